"""Fit the tables of `kg_results`: which values are results, and of what.

Each value of an annotated abstract is one example of a statement, none if no annotated result has it; each entity that
a result's value may be of is one example of its metric, data set or method.  How surely a result is right in all is
fitted to what tables predict that were fitted to other papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from spacy.tokens import Doc

from kg.evaluate import pair, same_result
from kg.extract.names import fold
from kg.extract.results import LABELS, STATEMENTS, Features, Of, Reading, Results, right_features, to_result
from kg.extract.tables import Weights
from kg.models import Result
from training.annotation import named
from training.tables import fit_weights

# L2 penalties: good ones of several in cross-validation on the annotated abstracts.
STATEMENT_PENALTY = 4e-3
PAIR_PENALTY = 2e-3
RIGHT_PENALTY = 1e-3
LEAST_COUNT = 3
FOLDS = 5

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Example:
    """A paper: its values with their features, what each was annotated as, and how much it counts."""

    reading: Reading
    paper: dict[str, Any]
    stated: dict[int, dict[str, Any]]
    statements: list[tuple[Features, int]]
    pairs: dict[Of, list[tuple[Features, int]]]
    count: float = 1.0


def fit(
    component: Results, examples: Sequence[tuple[Doc, dict[str, Any]]], counts: Sequence[float] | None = None
) -> None:
    """Fit the component's tables in place.

    Args:
        component: whose `statement`, `metric`, `dataset`, `method` and `right` are replaced.
        examples: documents that all components before this one have read, and the annotated papers; those annotated
            without results are left out.
        counts: how much each counts, once unless given.

    Raises:
        ValueError: no paper has a result that a value states.
    """
    read = [
        example(doc, paper, count)
        for (doc, paper), count in zip(examples, counts or [1.0] * len(examples), strict=True)
        if "results" in paper
    ]
    if not any(one.stated for one in read):
        raise ValueError("no annotated results: give papers that have some")
    judged: list[tuple[Features, int]] = []
    each: list[float] = []
    for fold_ in range(FOLDS):
        _fit_parts(component, [one for n, one in enumerate(read) if n % FOLDS != fold_])
        for one in read[fold_::FOLDS]:
            found = judgements(component, one)
            judged += found
            each += [one.count] * len(found)
    component.right = _yes_or_no(judged, RIGHT_PENALTY, each)
    _fit_parts(component, read)


def _fit_parts(component: Results, read: Sequence[Example]) -> None:
    stated = [(pair, one.count) for one in read for pair in one.statements]
    component.statement = fit_weights(
        [pair for pair, _ in stated], STATEMENTS, STATEMENT_PENALTY, LEAST_COUNT, [count for _, count in stated]
    )
    for of in LABELS:
        asked = [(pair, one.count) for one in read for pair in one.pairs[of]]
        setattr(component, of, _yes_or_no([pair for pair, _ in asked], PAIR_PENALTY, [count for _, count in asked]))


def _yes_or_no(examples: Sequence[tuple[Features, int]], penalty: float, counts: Sequence[float]) -> Weights:
    """The table for a question; one that knows nothing if all examples have the same answer."""
    classes = ("no", "yes")
    if len({label for _, label in examples}) < len(classes):
        return Weights(classes, {})
    return fit_weights(examples, classes, penalty, LEAST_COUNT, counts)


def example(doc: Doc, paper: dict[str, Any], count: float = 1.0) -> Example:
    """The examples that one paper gives."""
    reading = Reading(doc)
    stated = align(reading, paper["results"])
    statements = []
    for n in range(len(reading.values)):
        kind = "none" if n not in stated else "delta" if stated[n].get("delta") else "absolute"
        statements.append((reading.value_features(n), STATEMENTS.index(kind)))
    entities = named(paper)
    pairs: dict[Of, list[tuple[Features, int]]] = {of: [] for of in LABELS}
    for n, result in stated.items():
        for of in LABELS:
            wanted = entities.get(fold(result.get(of) or ""))
            for e in reading.groups[of]:
                same = wanted is not None and entities.get(fold(reading.entities[e].name)) is wanted
                pairs[of].append((reading.pair_features(of, n, e), int(same)))
    return Example(reading, paper, stated, statements, pairs, count)


def align(reading: Reading, results: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Number of a value to the annotated result that states it: one with its number, in the quoted text if any is."""
    text = reading.written
    numbers = [_numbers(text[value.start_char : value.end_char]) for value in reading.values]
    found: dict[int, dict[str, Any]] = {}
    for result in results:
        wanted = _numbers(result["value"])
        start = text.find(result.get("raw") or "\0")
        end = start + len(result.get("raw") or "")
        same = [n for n in range(len(numbers)) if n not in found and not wanted.isdisjoint(numbers[n])]
        if same:
            n = min(same, key=lambda n: (not start <= reading.values[n].start_char < end, n))
            found[n] = result
    return found


def judgements(component: Results, one: Example) -> list[tuple[Features, int]]:
    """What the component finds in a paper, and whether each is right in the sense of `kg.evaluate`."""
    findings = list(component.findings(one.reading))
    found = [to_result(one.reading, finding, 0.0) for finding in findings]
    hits = set(pair(msgspec.convert(one.paper["results"], list[Result]), found, same_result).values())
    return [(right_features(one.reading, finding), int(n in hits)) for n, finding in enumerate(findings)]


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}
