from __future__ import annotations

from typing import Any

import pytest

from kg.extract.pipeline import blank
from training import crossvalidate
from training.crossvalidate import FOLDS, CrossValidation, figures

Annotated = dict[str, Any]


def paper(n: int) -> Annotated:
    """An invented paper with a method, a data set and a relation between the two."""
    method, data = f"Quux{chr(65 + n)}Net", f"BazSet-{n + 2}"
    return {
        "id": f"p{n}",
        "title": f"{method}: Better Parsing",
        "abstract": f"We propose {method}, a model for parsing. We train and evaluate {method} on the {data} dataset.",
        "entities": [
            {"type": "method", "role": "introduces", "name": method, "mentions": [method]},
            {"type": "dataset", "role": "evaluates_on", "name": data, "mentions": [data]},
        ],
        "links": [],
        "relations": [{"head": method, "type": "evaluated_on", "tail": data}],
        "results": [],
    }


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The ids of the papers that each fold fits to; the steps keep the tables of the shipped model."""
    ids: list[set[str]] = []
    monkeypatch.setattr(
        crossvalidate, "fit_pipeline", lambda _, examples, __: ids.append({known["id"] for _, known in examples})
    )
    return ids


@pytest.fixture(scope="module")
def work() -> CrossValidation:
    return CrossValidation(blank(), [paper(n) for n in range(15)], [paper(n) for n in range(15, 26)])


def test_every_paper_is_predicted_once_and_by_what_never_saw_it(work: CrossValidation, fitted: list[set[str]]) -> None:
    everything = {known["id"] for known in work.papers}
    folds = work.folds()
    assert len(folds) == FOLDS
    for held in folds:
        found = work.fold(work.silver, held)
        ids = {record.id for _, record in found}
        assert ids == {work.papers[number]["id"] for number in held}
        assert fitted[-1] == everything - ids
    assert sorted(number for held in folds for number in held) == list(work.dev)


def test_predictions_are_in_the_order_of_the_papers_and_scored_once(
    work: CrossValidation, fitted: list[set[str]]
) -> None:
    predictions = work.predict()
    assert fitted == []  # folds run in processes of their own
    assert [record.id for record in predictions] == [known["id"] for known in work.papers[15:]]
    found = figures(work.golds, predictions)
    assert found["measures"]["papers"] == found["measures"]["predicted"] == 11
    assert found["measures"]["method"]["tp"] > 0
    assert sum(map(sum, found["confusion"]["type"]["counts"])) >= 22
    assert found["calibration"]["entity"]["all"]["count"] > 0


def test_a_part_of_the_papers_can_be_fitted_to(work: CrossValidation, fitted: list[set[str]]) -> None:
    held = work.folds()[0]
    work.fold([0, 1, 2], held)
    assert len(fitted[-1]) == 3 + 11 - len(held)
    assert {"p0", "p1", "p2"} <= fitted[-1]
    assert "p3" not in fitted[-1]
