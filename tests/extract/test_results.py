"""Results: which values are some, and what each is of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.extract.results import MOST_VALUES, STATEMENTS, Of, Reading, Results
from kg.extract.tables import Weights
from kg.models import Result, Role
from training.results import align, fit

ROLES: dict[str, Role] = {
    "METHOD": "introduces",
    "DATASET": "evaluates_on",
    "BENCHMARK": "evaluates_on",
    "TASK": "addresses",
    "METRIC": "reports",
}
HALF: dict[Of, float] = {"metric": 0.5, "dataset": 0.5, "method": 0.5}


def read(nlp: Language, abstract: str, **names: Sequence[str]) -> Doc:
    """A document with entities of these names, `METRIC=["accuracy"]`, found wherever the abstract has them."""
    doc = nlp(f"Quiet Rivers\n{abstract}")
    doc._.kg_entities = []
    for label, listed in names.items():
        for name in listed:
            tokens = [token.text for token in nlp.make_doc(name)]
            places = [
                (i, i + len(tokens))
                for i in range(len(doc))
                if [token.text for token in doc[i : i + len(tokens)]] == tokens
            ]
            assert places, name
            doc._.kg_entities.append(FoundEntity(label, name, 0.9, places, role=ROLES[label], role_score=0.9))
    return doc


def component(nlp: Language, **tables: dict[str, float]) -> Results:
    """A component with these weights for "absolute" and "yes"; where no feature holds, nothing is a result."""
    made = Results(nlp, "kg_results", threshold=0.5, least=HALF)
    stated = {"bias": 9.0} | tables.pop("statement", {})
    made.statement = Weights(STATEMENTS, {n: (0.0, w, -99.0 * (n == "bias")) for n, w in stated.items()})
    for name in ("metric", "dataset", "method", "right"):
        rows = tables.get(name, {"bias": 9.0 if name == "right" else -9.0})
        setattr(made, name, Weights(("no", "yes"), {feature: (0.0, weight) for feature, weight in rows.items()}))
    return made


def results(doc: Doc) -> list[Result]:
    found: list[Result] = doc._.kg_results
    return found


def test_a_result_is_told_with_its_number_and_its_sentence(nlp: Language) -> None:
    doc = read(nlp, "It rains. The accuracy is between 91.3% and 92% here.", METRIC=["accuracy"])
    (found,) = results(component(nlp, metric={"bias": 9.0})(doc))
    assert (found.value, found.number, found.number_max, found.unit) == ("91.3% and 92%", 91.3, 92, "%")
    assert (found.metric, found.dataset, found.method, found.delta) == ("accuracy", None, None, False)
    assert found.raw == "accuracy is between 91.3% and 92%"
    assert doc.text[found.start_char : found.end_char] == "The accuracy is between 91.3% and 92% here."
    assert found.score is not None
    assert found.score > 0.99


def test_values_that_are_probably_none_or_wrong_are_left_out(nlp: Language) -> None:
    doc = read(nlp, "It uses 20% and reaches 30%.")
    assert [one.value for one in results(component(nlp, statement={"bias": -9.0, "b1:reaches": 18.0})(doc))] == ["30%"]
    assert results(component(nlp, right={"bias": -1.0})(doc)) == []


def test_of_several_entities_the_most_probable_counts_and_an_improbable_one_does_not(nlp: Language) -> None:
    doc = read(nlp, "On Brook we get 50% recall and 60% precision.", METRIC=["recall", "precision"], DATASET=["Brook"])
    nearest = component(nlp, metric={"bias": -1.0, ">gap:1": 3.0}, dataset={"bias": -0.1})
    assert [(one.value, one.metric, one.dataset) for one in results(nearest(doc))] == [
        ("50%", "recall", None),
        ("60%", "precision", None),
    ]


def test_lists_are_aligned(nlp: Language) -> None:
    abstract = "It gets 10%, 20% and 30% on Brook, Creek and Delta, respectively."
    doc = read(nlp, abstract, DATASET=["Brook", "Creek", "Delta"])
    aligned = component(nlp, dataset={"bias": -5.0, "respectively:list:True": 9.0})
    assert [one.dataset for one in results(aligned(doc))] == ["Brook", "Creek", "Delta"]


def test_a_metric_that_is_the_unit_counts(nlp: Language) -> None:
    doc = read(nlp, "It runs at 30 FPS.", METRIC=["FPS"])
    (found,) = results(component(nlp, metric={"bias": -5.0, ">gap:1": 9.0})(doc))
    assert (found.metric, found.unit) == ("FPS", "FPS")


def test_where_an_entity_of_another_sentence_stands(nlp: Language) -> None:
    doc = read(nlp, "We test on Brook. It is wet. It gets 20%. Then comes Creek.", DATASET=["Brook", "Creek"])
    reading = Reading(doc)
    assert "away:back:2" in reading.pair_features("dataset", 0, 0)
    assert "away:later" in reading.pair_features("dataset", 0, 1)


class _Reader:
    """Says that the last value is a result, and of the last entity."""

    def values(self, tokens: list[int]) -> NDArray[np.float32]:
        says = np.full((len(tokens), 3), -5.0, np.float32)
        says[:-1, 0] = says[-1, 1] = -0.01
        return says

    def belongs(
        self, tokens: list[int], entities: list[list[tuple[int, int]]], labels: list[str]
    ) -> NDArray[np.float32]:
        assert len(labels) == len(entities)
        says = np.full((len(tokens), len(entities)), -4.0, np.float32)
        says[-1, -1] = 4.0
        return says


def test_a_reader_is_heard(nlp: Language) -> None:
    if not Doc.has_extension("kg_reader"):
        Doc.set_extension("kg_reader", default=None)
    doc = read(nlp, "It uses 20% and reaches 30% on Brook and Creek.", DATASET=["Brook", "Creek"])
    doc._.kg_reader = _Reader()
    heard = component(
        nlp, statement={"bias": 0.0, "reader:none": -1.0, "reader:absolute": 1.0}, dataset={"reader:belongs": 1.0}
    )
    heard.right = Weights(("no", "yes"), {"statement": (0.0, 1.0)})
    assert [(one.value, one.dataset) for one in results(heard(doc))] == [("30%", "Creek")]


def test_no_value_no_result(nlp: Language) -> None:
    doc = read(nlp, "Rivers are wet.")
    doc._.kg_results = ["of an earlier run"]
    assert results(component(nlp)(doc)) == []


def test_values_of_one_token_are_two(nlp: Language) -> None:
    doc = nlp("Rivers\nIt gets 84.2;85.3 now.")
    doc._.kg_entities = []
    assert [one.value for one in results(component(nlp)(doc))] == ["84.2", "85.3"]


def test_a_number_in_a_name_says_so(nlp: Language) -> None:
    doc = read(nlp, "We use Brook 2.0 here.", DATASET=["Brook 2.0"])
    assert "inside:<DATASET>" in Reading(doc).value_features(0)


def test_text_of_values_only_is_read_in_part(nlp: Language) -> None:
    assert len(results(component(nlp)(read(nlp, "1% " * 3000)))) == MOST_VALUES


def test_tables_survive_the_disk(nlp: Language, tmp_path: Path) -> None:
    doc = read(nlp, "The accuracy is 91.3% here.", METRIC=["accuracy"])
    made = component(nlp, metric={"bias": 1.0, "<gap:2": 0.5})
    made.to_disk(tmp_path)
    again = component(nlp, statement={"bias": -9.0}).from_disk(tmp_path)
    assert results(again(doc)) == results(made(doc)) != []


def paper(abstract: str, *stated: dict[str, Any]) -> dict[str, Any]:
    """An annotated paper with these results, whose metric and data set are always the same two."""
    entities = [
        {"type": "metric", "role": "reports", "name": "accuracy", "mentions": ["accuracy"]},
        {"type": "dataset", "role": "evaluates_on", "name": "Brook", "mentions": ["Brook"]},
    ]
    return {"title": "Quiet Rivers", "abstract": abstract, "entities": entities, "results": list(stated)}


def test_annotated_results_are_found_by_their_number_where_they_are_quoted(nlp: Language) -> None:
    reading = Reading(read(nlp, "Of 5% of the data it makes 7% and a gain of 5% and 1,000 drops."))
    gain, drops = {"value": "5%", "raw": "a gain of 5%"}, {"value": "1000", "raw": None}
    assert align(reading, [gain, drops, {"value": "half"}]) == {2: gain, 3: drops}


def test_fitting_learns_what_is_a_result_and_of_what(nlp: Language) -> None:
    examples = []
    for n in range(30, 60):
        shown = f"We train on {n - 20}% of Stream. It has {n}.5% accuracy at low cost on Brook."
        wanted = {"value": f"{n}.5%", "metric": "accuracy", "dataset": "Brook", "method": None}
        doc = read(nlp, shown, METRIC=["accuracy", "cost"], DATASET=["Stream", "Brook"])
        examples.append((doc, paper(shown, {**wanted, "delta": False, "raw": f"{n}.5% accuracy"})))
        lost = f"It improves by {n}% over Stream."
        examples.append(
            (read(nlp, lost, DATASET=["Stream"]), paper(lost, {"value": f"{n}%", "delta": True, "raw": lost}))
        )
    made = Results(nlp, "kg_results", threshold=0.5, least=HALF)
    fit(made, examples)
    new = read(
        nlp,
        "We train on 25% of Stream. It has 71.5% accuracy at low cost on Brook.",
        METRIC=["accuracy"],
        DATASET=["Stream", "Brook"],
    )
    (found,) = results(made(new))
    assert (found.value, found.metric, found.dataset, found.delta) == ("71.5%", "accuracy", "Brook", False)
    (change,) = results(made(read(nlp, "It improves by 71% over Stream.", DATASET=["Stream"])))
    assert (change.delta, change.dataset) == (True, None)


def test_papers_annotated_without_results_teach_nothing(nlp: Language) -> None:
    made = Results(nlp, "kg_results", threshold=0.5, least=HALF)
    with pytest.raises(ValueError, match="no annotated results"):
        fit(made, [(read(nlp, "It has 5%."), {"title": "", "abstract": "", "entities": []})])
