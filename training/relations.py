"""Fit `kg_relations`: what speaks for a relation between two found entities, and from which probability on it counts.

Every pair that the component looks at is one example: its class is the annotated relation between the entities that
the two match, or none, also because one of the two is no entity at all.  So the fitted probability is that of the
relation being right, entities included.  The threshold is the one with the best F1 in a cross-validation by paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.extract.names import fold
from kg.extract.relations import CLASSES, Pair, Relations, pairs
from kg.extract.tables import Weights
from training.annotation import Annotated
from training.tables import fit_weights

PENALTY = 1e-2  # the best of 1e-4 ... 3e-2 in a cross-validation on the annotated conference papers
LEAST_COUNT = 12
FOLDS = 3
THRESHOLDS = [round(0.1 + 0.01 * n, 2) for n in range(41)]


@dataclass(frozen=True)
class Example:
    """A paper: its pairs, the classes each stands for (numbers; none if empty), how many relations it has, and how
    much it counts."""

    pairs: list[Pair]
    classes: list[list[int]]
    wanted: int
    count: float = 1.0


def fit(component: Relations, examples: Sequence[tuple[Doc, Annotated]], counts: Sequence[float] | None = None) -> None:
    """Fit the component's tables to documents that all components before it have read; papers without relations in
    their annotation are left out.  `counts`: how much each counts, once unless given."""
    papers = [
        example(doc, paper, count)
        for (doc, paper), count in zip(examples, counts or [1.0] * len(examples), strict=True)
        if "relations" in paper
    ]
    kept = component.weights
    chances = []
    for held in range(FOLDS):
        component.weights = weights([paper for n, paper in enumerate(papers) if n % FOLDS != held])
        chances += [(paper, component.chances(paper.pairs)) for paper in papers[held::FOLDS]]
    component.thresholds = Weights(("least",), {"relation": (best_threshold(chances),)})
    component.weights = weights(papers) if papers else kept


def example(doc: Doc, paper: Annotated, count: float = 1.0) -> Example:
    """What a document's pairs stand for in the annotation."""
    by_name = {entity["name"]: _forms([entity["name"], *entity["mentions"]]) for entity in paper["entities"]}

    def ends(relation: dict[str, str]) -> tuple[set[str], set[str]]:
        head, tail = (by_name.get(name, {fold(name)}) for name in (relation["head"], relation["tail"]))
        return head, tail

    stated = [(CLASSES.index(relation["type"]), *ends(relation)) for relation in paper["relations"]]
    found = pairs(doc)
    forms = {id(entity): _found_forms(doc, entity) for pair in found for entity in (pair.head, pair.tail)}
    classes = [
        sorted({n for n, head, tail in stated if head & forms[id(pair.head)] and tail & forms[id(pair.tail)]})
        for pair in found
    ]
    return Example(found, classes, len(stated), count)


def weights(papers: Sequence[Example]) -> Weights:
    """The weights fitted to some papers; a pair with two relations is an example of each."""
    data = [
        (features, n)
        for paper in papers
        for pair, classes in zip(paper.pairs, paper.classes, strict=True)
        for features in (pair.features(),)
        for n in classes or [0]
    ]
    each = [paper.count for paper in papers for classes in paper.classes for _ in classes or [0]]
    return fit_weights(data, CLASSES, PENALTY, LEAST_COUNT, each)


def best_threshold(predicted: Sequence[tuple[Example, np.ndarray]]) -> float:
    """The threshold with the best F1 over all papers: predictions (pairs, classes) beside what they should be."""
    right, found = Counter[float](), Counter[float]()
    for paper, chances in predicted:
        for classes, row in zip(paper.classes, chances[:, 1:].tolist(), strict=True):
            for n, chance in enumerate(row, start=1):
                for least in THRESHOLDS:
                    if chance < least:
                        break
                    found[least] += 1
                    right[least] += n in classes
    wanted = sum(paper.wanted for paper, _ in predicted)
    return max(THRESHOLDS, key=lambda least: right[least] / (found[least] + wanted or 1))


def _found_forms(doc: Doc, entity: FoundEntity) -> set[str]:
    return _forms([entity.name, *(doc[start:end].text for start, end in entity.mentions)])


def _forms(texts: Sequence[str]) -> set[str]:
    return {fold(text) for text in texts} - {""}
