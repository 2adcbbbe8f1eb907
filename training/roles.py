"""Fit `kg_roles`: what speaks for each role of the paper towards a thing.

Every entity that is found with the right type is an example of its annotated role; optional ones are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from kg.extract.names import fold
from kg.extract.roles import CLASSES, Roles, features, place_features
from training.annotation import Annotated, named
from training.tables import fit_weights

PENALTY = 4e-4  # the best of several on the last fifth of the annotated conference papers
LEAST_COUNT = 6


def fit(component: Roles, examples: Sequence[tuple[Doc, Annotated]], counts: Sequence[float] | None = None) -> None:
    """Fit the component's table to documents that all components before it have read; `counts`: how much each counts,
    once unless given."""
    data, each = [], []
    for (doc, paper), count in zip(examples, counts or [1.0] * len(examples), strict=True):
        forms = named(paper)
        for entity in doc._.kg_entities:
            gold = forms.get(fold(entity.name))
            if gold and not gold.get("optional") and gold["type"].upper() == entity.label:
                data.append((features(doc, entity, place_features(doc, entity)), CLASSES.index(gold["role"])))
                each.append(count)
    component.weights = fit_weights(data, CLASSES, PENALTY, LEAST_COUNT, each)
