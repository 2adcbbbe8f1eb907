"""Fitting the tables of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import Entities
from kg.extract.pipeline import blank
from kg.extract.roles import Roles
from kg.extract.tables import Weights
from training import entities, fit, roles
from training.annotation import Annotated
from training.tables import Numbered, fit_rows, fit_weights


def paper(n: int, optional: bool = False) -> Annotated:
    """An invented paper with a method and a data set; and a word that looks like a name and is none."""
    method, data = f"Quux{chr(65 + n)}Net", f"BazSet-{n + 2}"
    found: list[dict[str, Any]] = [
        {"type": "method", "role": "introduces", "name": method, "mentions": [method]},
        {"type": "dataset", "role": "evaluates_on", "name": data, "mentions": [data]},
    ]
    found[1] |= {"optional": True} if optional else {}
    return {
        "id": f"p{n}",
        "title": "On parsing",
        "abstract": f"We propose {method} for parsing. We evaluate {method} on the {data} dataset. Ask FooBar today.",
        "entities": found,
        "relations": [],
        "results": [],
        "links": [],
    }


@pytest.fixture(scope="module")
def nlp() -> Language:
    return blank()


def read(nlp: Language, papers: list[Annotated]) -> list[tuple[Doc, Annotated]]:
    return list(zip(fit.read_papers(nlp, papers), papers, strict=True))


def test_weights_say_what_speaks_for_each_class() -> None:
    data = [({"odd": 1.0, "size": float(n % 5)}, n % 2) for n in range(40)] + [({"size": 4.0, "rare": 1.0}, 1)]
    data += [({"even": 1.0, "size": 1.0}, 0)] * 20 + [({"a\nline": 1.0}, 0)] * 20
    table = fit_weights(data, ("no", "yes"), penalty=1e-3)
    assert "rare" not in table.rows
    assert "a\nline" not in table.rows
    assert table.chances({"even": 1.0, "size": 1.0})["no"] > 0.9
    assert table.chances({"odd": 1.0, "size": 2.0})["yes"] == pytest.approx(0.5, abs=0.15)


def test_order_of_the_columns_does_not_matter() -> None:
    data = [({"a": 1.0, "b": n / 7, "c": n % 3 / 2}, n % 3) for n in range(60)]
    back = [(dict(reversed(features.items())), label) for features, label in data]
    assert fit_weights(data, "xyz", 1e-3) == fit_weights(back, "xyz", 1e-3)


def test_rows_of_papers_can_be_put_together() -> None:
    numbered = Numbered()
    first, second = numbered.rows([{"a": 1.0, "b": 2.0}]), numbered.rows([{"b": 3.0}, {}])
    assert first.toarray().tolist() == [[1, 2]]
    assert second.toarray().tolist() == [[0, 3], [0, 0]]
    assert list(numbered.names) == ["a", "b"]
    assert set(fit_rows(second, ["a", "b"], [0, 1], ("x", "y"), 1e-3, least_count=1).rows) == {"bias", "b"}


def test_entities_are_found_after_fitting(nlp: Language) -> None:
    component = Entities(nlp, "kg_entities", threshold=0.5)
    entities.fit(component, read(nlp, [paper(n) for n in range(16)]))
    assert component.seen.rows["foobar"][0] == 16
    assert "quuxanet" not in component.seen.rows  # seen once only
    ((doc, _),) = read(nlp, [paper(20)])
    assert {(e.name, e.label) for e in component(doc)._.kg_entities} == {
        ("QuuxUNet", "METHOD"),
        ("BazSet-22", "DATASET"),
    }


def test_what_is_optional_is_no_example(nlp: Language) -> None:
    component = Entities(nlp, "kg_entities", threshold=0.5)
    entities.fit(component, read(nlp, [paper(n, optional=True) for n in range(16)]))
    assert all(row[2] == 0.0 for row in component.weights.rows.values())


def test_roles_are_those_of_found_entities(nlp: Language) -> None:
    names, component = Entities(nlp, "kg_entities", threshold=0.5), Roles(nlp, "kg_roles")
    examples = read(nlp, [paper(n) for n in range(16)])
    entities.fit(names, examples)
    for doc, _ in examples:
        names(doc)
    roles.fit(component, examples)
    ((doc, _),) = read(nlp, [paper(20)])
    found = component(names(doc))._.kg_entities
    assert [entity.role for entity in found] == ["introduces", "evaluates_on"]
    for entity in found:
        assert sum(entity.role_chances.values()) == pytest.approx(1.0)
        assert entity.role_score == round(entity.role_chances[entity.role], 3)
        assert entity.sentence


def test_an_example_that_counts_twice_is_as_two() -> None:
    data = [({"a": 1.0}, 0), ({"a": 1.0, "b": 1.0}, 1), ({"b": 1.0}, 1), ({"a": 1.0, "b": 0.5}, 0)]
    counted = fit_weights(data, ("no", "yes"), 1e-2, 1, [1.0, 2.0, 1.0, 1.0])
    twice = fit_weights([*data, data[1]], ("no", "yes"), 1e-2, 1)
    assert counted == twice
    assert counted != fit_weights(data, ("no", "yes"), 1e-2, 1)


def test_each_step_is_fitted_to_what_those_before_it_find_on_papers_they_do_not_know(
    nlp: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, set[str]] = {}  # step to the papers it was last fitted to
    found_by: dict[str, list[set[str]]] = {name: [] for name in fit.FITS}  # who found what in the papers of each fit

    calibrated: list[tuple[Doc, Annotated]] = []

    class Step:
        calibration = Weights(("wrong", "right"), {})

        def __init__(self, name: str) -> None:
            self.name = name

        def __call__(self, doc: Doc) -> Doc:
            if self.name in known:
                assert doc.user_data["id"] not in known[self.name]
            doc.user_data[self.name] = True
            return doc

    def fitting(name: str) -> Any:
        def note(component: Step, examples: fit.Examples, counts: Sequence[float]) -> None:
            known[name] = {annotated["id"] for _, annotated in examples}
            for (_, annotated), count in zip(examples, counts, strict=True):
                assert count == (fit.OWN if annotated["id"] in {"p5", "p6"} else 1.0)
            found_by[name].append({step for doc, _ in examples for step in fit.FITS if step in doc.user_data})

        return note

    steps = [(name, Step(name)) for name in nlp.pipe_names[fit.first_fitted(nlp) :]]
    examples = read(nlp, [paper(n) for n in range(7)])
    for doc, annotated in examples:
        doc.user_data["id"] = annotated["id"]
    monkeypatch.setattr(entities, "calibrate", lambda component, its: calibrated.extend(its))
    monkeypatch.setattr(fit, "FITS", {name: fitting(name) for name in fit.FITS})
    monkeypatch.setattr(Language, "pipeline", [*nlp.pipeline[: fit.first_fitted(nlp)], *steps])
    monkeypatch.setattr(fit, "first_fitted", lambda nlp: len(nlp.pipeline) - len(steps))
    fit.fit_pipeline(nlp, examples, 2)
    assert [annotated["id"] for _, annotated in calibrated] == ["p5", "p6"]
    assert all(ids == {annotated["id"] for _, annotated in examples} for ids in known.values())
    assert found_by["kg_relations"] == [{"kg_entities", "kg_roles"}]


def test_a_paper_is_read_by_the_tagger_that_does_not_know_it() -> None:
    nlp = blank("kg_tagger")

    def tagger(number: int) -> fit.Component:
        def tag(doc: Doc) -> Doc:
            doc._.kg_tags = np.full((len(doc), 11), number / 100, dtype=np.float32)
            return doc

        return tag

    docs = fit.read_papers(nlp, [paper(n) for n in range(5)], [tagger(1), tagger(2)])
    assert [round(100 * float(doc._.kg_tags[0, 0])) for doc in docs] == [1, 2, 1, 2, 1]
