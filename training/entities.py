"""Fit `kg_entities`: what speaks for a phrase being a name, and of what type, and how often each phrase was one.

Every candidate of the annotated papers is one example, its class the type of the annotated entity it names, or NONE;
optional entities are no examples.  How often a phrase was a name is counted over all other papers than the example's
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from spacy.tokens import Doc

from kg.extract.entities import Entities, calibration_features, candidates
from kg.extract.features import CLASSES, SEEN_LEAST, seen_features
from kg.extract.names import fold
from kg.extract.tables import Counts
from training.annotation import Annotated, named, umbrella_terms
from training.tables import Numbered, fit_rows, fit_weights

PENALTY = 5e-5  # the best of several on the last fifth of the annotated conference papers
LEAST_COUNT = 6
CALIBRATION_PENALTY = 1e-3

_numbered = Numbered()


@dataclass(frozen=True)
class Examples:
    """The candidates of one paper: their folded forms, their features as rows of `_numbered`, their classes."""

    keys: list[str]
    rows: csr_matrix
    classes: list[int]


def fit(component: Entities, examples: Sequence[tuple[Doc, Annotated]], counts: Sequence[float] | None = None) -> None:
    """Fit the component's tables to documents that all components before it have read; `counts`: how much each counts,
    once unless given."""
    papers = [_examples(doc, paper) for doc, paper in examples]
    keys = [key for paper in papers for key in paper.keys]
    classes = [label for paper in papers for label in paper.classes]
    each = [count for paper, count in zip(papers, counts or [1.0] * len(examples), strict=True) for _ in paper.keys]
    seen: dict[str, np.ndarray] = {}
    for key, label in zip(keys, classes, strict=True):
        seen.setdefault(key, np.zeros((len(CLASSES),), dtype=int))[label] += 1
    elsewhere = Numbered()
    rows = elsewhere.rows(
        [
            dict.fromkeys(seen_features(tuple(int(n) - (c == label) for c, n in enumerate(seen[key]))), 1.0)
            for key, label in zip(keys, classes, strict=True)
        ]
    )
    width = len(_numbered.names)
    matrix = vstack([csr_matrix((p.rows.data, p.rows.indices, p.rows.indptr), (len(p.keys), width)) for p in papers])
    component.weights = fit_rows(
        hstack([matrix, rows], format="csr"),
        [*_numbered.names, *elsewhere.names],
        classes,
        CLASSES,
        PENALTY,
        LEAST_COUNT,
        each,
    )
    kept = {key: tuple(map(int, row)) for key, row in seen.items() if row.sum() >= SEEN_LEAST}
    component.seen = Counts(CLASSES, kept)


def calibrate(component: Entities, examples: Sequence[tuple[Doc, Annotated]]) -> None:
    """Fit the component's calibration to documents with findings of tables that were fitted to other papers.

    What was annotated as optional, here or in three papers, is neither right nor wrong.
    """
    optional = umbrella_terms([paper for _, paper in examples])
    judged = []
    for doc, paper in examples:
        forms = named(paper)
        joined = {fold(form.text) for found in doc._.kg_abbreviations for form in (found.short, found.long)}
        taken: set[int] = set()
        for found in sorted(doc._.kg_entities, key=lambda found: -found.score):
            key = fold(found.name)
            entity = forms.get(key)
            if entity.get("optional") if entity else key in optional:
                continue
            right = entity is not None and entity["type"].upper() == found.label
            if right and id(entity) in taken:  # a second entity for one thing is wrong unless the two will be joined
                if key in joined:
                    continue
                right = False
            taken.add(id(entity))
            judged.append((calibration_features(found), int(right)))
    component.calibration = fit_weights(judged, ("wrong", "right"), CALIBRATION_PENALTY)


def _examples(doc: Doc, paper: Annotated) -> Examples:
    """The candidates of a paper; kept with the document, since no table changes them."""
    found: Examples | None = doc.user_data.get("training_entities")
    if found is None:
        forms = named(paper)
        keys, features, classes = [], [], []
        for key, candidate in candidates(doc).items():
            entity = forms.get(key)
            if entity is None or not entity.get("optional"):
                keys.append(key)
                features.append(candidate.features)
                classes.append(CLASSES.index(entity["type"].upper()) if entity else 0)
        found = doc.user_data["training_entities"] = Examples(keys, _numbered.rows(features), classes)
    return found
