"""Fit `names.tsv` and `seen.tsv` (what speaks for a phrase being a name, and of what type) and `roles.tsv` of
`kg/extract`.

    python training/weights.py ANNOTATED.jsonl [--output kg/extract] [--held-out SHARE]

Every candidate of `kg.extract.entities` in the annotated abstracts is one example, its class the type of the
annotated entity it names, or NONE; optional entities are no examples.  How often a phrase was a name is counted over
all other abstracts than the example's own.  Every entity found with the right type is an example of its role.
Multinomial logistic regressions with L2 penalty (scikit-learn, L-BFGS); deterministic.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import MOST_PLACES, candidates
from kg.extract.features import CLASSES, SEEN_LEAST, Seen, Text, seen, seen_features, weights
from kg.extract.names import fold
from kg.extract.pipeline import build
from kg.extract.roles import carried, place_features
from kg.models import ROLES

LEAST_COUNT = 6  # rarer features are left out
LEAST_WEIGHT = 0.1  # rows with no larger weight are left out
# L2 penalties: good ones of several on the last fifth of the abstracts, fitted to the others.
NAME_PENALTY = 5e-5
ROLE_PENALTY = 4e-4
MOST_STEPS = 1000

ROLE_NAMES = tuple(dict.fromkeys(role for roles in ROLES.values() for role in roles))

Example = tuple[str, set[str], int]  # folded key, features, class


def examples(papers: list[dict[str, Any]]) -> list[Example]:
    """Features and class of every candidate of every paper."""
    nlp = build()
    found = []
    for paper in papers:
        doc = _read(nlp, paper, "kg_entities")
        named = _named(paper)
        for key, candidate in candidates(doc).items():
            entity = named.get(key)
            if entity is None:
                found.append((key, candidate.features, 0))
            elif not entity.get("optional"):
                found.append((key, candidate.features, CLASSES.index(entity["type"].upper())))
    return found


def role_examples(papers: list[dict[str, Any]]) -> list[Example]:
    """Features and role of every entity that is found with the right type; needs the tables of names."""
    nlp = build()
    found = []
    for paper in papers:
        doc = _read(nlp, paper, "kg_roles")
        named, text = _named(paper), Text.of(doc)
        for entity in doc._.kg_entities:
            gold = named.get(fold(entity.name))
            if gold and not gold.get("optional") and gold["type"].upper() == entity.label:
                places = (place_features(text, entity, *place) for place in entity.mentions[:MOST_PLACES])
                found.append((entity.name, set(carried(entity)).union(*places), ROLE_NAMES.index(gold["role"])))
    return found


def _read(nlp: Language, paper: dict[str, Any], before: str) -> Doc:
    doc = nlp.make_doc(f"{paper['title']}\n{paper['abstract']}")
    for name, component in nlp.pipeline:
        if name == before:
            break
        doc = component(doc)
    return doc


def _named(paper: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {fold(form): entity for entity in paper["entities"] for form in (*entity["mentions"], entity["name"])}


def count(data: list[Example]) -> Seen:
    """How often each phrase was of each class."""
    counts: dict[str, list[int]] = {}
    for key, _, label in data:
        counts.setdefault(key, [0] * len(CLASSES))[label] += 1
    return {key: tuple(row) for key, row in sorted(counts.items())}


def with_seen(data: list[Example], counts: Seen) -> list[Example]:
    """The examples with the features of how often the phrase was of each class in all other abstracts."""
    return [
        (key, {*features, *seen_features(tuple(n - (c == label) for c, n in enumerate(counts[key])))}, label)
        for key, features, label in data
    ]


def fit(data: list[Example], classes: int, penalty: float) -> tuple[list[str], np.ndarray]:
    """Feature names, the bias first, and their weights: (features, classes)."""
    vectorizer = CountVectorizer(analyzer=sorted, binary=True, min_df=LEAST_COUNT)
    matrix = vectorizer.fit_transform([features for _, features, _ in data])
    # scikit-learn sums the loss over the examples; divided by their number, the penalty does not depend on it.
    model = LogisticRegression(C=1 / (penalty * len(data)), max_iter=MOST_STEPS)
    model.fit(matrix, [label for *_, label in data])
    table = np.zeros((1 + len(vectorizer.vocabulary_), classes))
    table[:, model.classes_] = np.vstack([model.intercept_, model.coef_.T])
    return ["bias", *vectorizer.get_feature_names_out()], table


def write(names: list[str], table: np.ndarray, classes: tuple[str, ...], path: Path) -> int:
    """Write the table; returns its number of rows."""
    kept = [
        (name, row)
        for name, row in zip(names, table, strict=True)
        if name == "bias" or np.abs(row).max() >= LEAST_WEIGHT
    ]
    lines = [
        "\t".join(("feature", *classes)),
        *(f"{name}\t" + "\t".join(f"{value:.2f}" for value in row) for name, row in kept),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(kept)


def write_seen(counts: Seen, path: Path) -> int:
    """Write the counts of phrases seen often enough; returns their number."""
    kept = {key: row for key, row in counts.items() if sum(row) >= SEEN_LEAST}
    lines = ["\t".join(("phrase", *CLASSES)), *("\t".join((key, *map(str, row))) for key, row in kept.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(kept)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--output", type=Path, default=Path("kg/extract"))
    parser.add_argument(
        "--held-out", type=float, default=0.0, help="share of the papers (the last) that is not fitted to"
    )
    arguments = parser.parse_args()
    papers = [json.loads(line) for line in arguments.annotated.read_text(encoding="utf-8").splitlines()]
    papers = papers[: round(len(papers) * (1 - arguments.held_out))]
    data = examples(papers)
    counts = count(data)
    rows = write(*fit(with_seen(data, counts), len(CLASSES), NAME_PENALTY), CLASSES, arguments.output / "names.tsv")
    phrases = write_seen(counts, arguments.output / "seen.tsv")
    print(f"{len(data)} candidates: {rows} weights, {phrases} phrases")
    weights.cache_clear()
    seen.cache_clear()
    data = role_examples(papers)
    rows = write(*fit(data, len(ROLE_NAMES), ROLE_PENALTY), ROLE_NAMES, arguments.output / "roles.tsv")
    print(f"{len(data)} entities: {rows} weights")


if __name__ == "__main__":
    main()
