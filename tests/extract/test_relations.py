"""Which pairs are looked at, what speaks for a relation between them, and what the fitted component makes of it."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from kg.extract import extract_batch
from kg.extract.entities import FoundEntity
from kg.extract.relations import CLASSES, MOST_PAIRS, Pair, Relations, main_method, pairs
from kg.extract.tables import Weights
from kg.extract.tokenizer import build_tokenizer
from kg.models import Paper, Relation, Role

TITLE = "RiverNet: Quiet Nets"
NLP = spacy.blank("en")
NLP.tokenizer = build_tokenizer(NLP.vocab)
NLP.add_pipe("kg_sentences")
if not Doc.has_extension("kg_reader"):
    Doc.set_extension("kg_reader", default=None)


def read(abstract: str, *, title: str = TITLE, **named: str) -> Doc:
    """A document with found entities; `named` is label_role="name, name"."""
    doc = NLP(f"{title}\n{abstract}")
    found = []
    for key, names in named.items():
        label, _, role = key.partition("_")
        for name in names.split(", "):
            starts = [n for n in range(len(doc.text)) if doc.text.startswith(name, n)]
            spans = [doc.char_span(n, n + len(name)) for n in starts]
            mentions = [(span.start, span.end) for span in spans if span is not None]
            its: Role = role  # type: ignore[assignment]
            found.append(FoundEntity(label.upper(), name, 0.9, mentions, role=its, role_score=0.8))
    doc._.kg_entities = sorted(found, key=lambda entity: entity.mentions[0])
    return doc


def between(doc: Doc, head: str, tail: str) -> Pair | None:
    return next((pair for pair in pairs(doc) if (pair.head.name, pair.tail.name) == (head, tail)), None)


def features(doc: Doc, head: str, tail: str) -> dict[str, float]:
    pair = between(doc, head, tail)
    assert pair is not None
    return pair.features()


def component(least: float = 0.5, **rows: dict[str, float]) -> Relations:
    """The component with a table of its own: class=features with their weights."""
    names = {name for row in rows.values() for name in row}
    table = {name: tuple(rows.get(label, {}).get(name, 0.0) for label in CLASSES) for name in sorted(names)}
    made = Relations(NLP, "kg_relations")
    made.weights = Weights(CLASSES, table)
    made.thresholds = Weights(("least",), {"relation": (least,)})
    return made


def related(made: Relations, doc: Doc) -> list[Relation]:
    found: list[Relation] = made(doc)._.kg_relations
    return found


def test_only_methods_are_heads() -> None:
    doc = read("RiverNet is tried on Foo1K.", method_introduces="RiverNet", dataset_evaluates_on="Foo1K")
    assert [(pair.head.name, pair.tail.name) for pair in pairs(doc)] == [("RiverNet", "Foo1K")]


def test_two_that_share_no_sentence_are_looked_at_only_if_one_is_central() -> None:
    doc = read(
        "RiverNet is new. BarNet is old. We know QuxNet.", method_introduces="RiverNet", method_uses="BarNet, QuxNet"
    )
    assert between(doc, "RiverNet", "QuxNet")
    assert between(doc, "QuxNet", "RiverNet")
    assert not between(doc, "BarNet", "QuxNet")


def test_the_words_between_two_names_count_in_their_order() -> None:
    doc = read("RiverNet outperforms BarNet.", method_introduces="RiverNet", method_compares="BarNet")
    assert {"MM>between:outperforms", "MM>cue:beat"} <= features(doc, "RiverNet", "BarNet").keys()
    assert "MM<between:outperforms" in features(doc, "BarNet", "RiverNet")


def test_a_listed_name_has_the_words_before_its_list() -> None:
    doc = read(
        "RiverNet outperforms BarNet, BazNet and QuxNet.",
        method_introduces="RiverNet",
        method_compares="BarNet, BazNet, QuxNet",
    )
    last = features(doc, "RiverNet", "QuxNet")
    assert {"MM>gap:1", "MM>between:outperforms", "MM>second-in-list"} <= last.keys()
    assert not any(name.startswith("MM>between:and") for name in last)
    assert "MM>listed" in features(doc, "BarNet", "QuxNet")


def test_a_list_ends_with_its_sentence() -> None:
    doc = read("We know BarNet. (QuxNet beats RiverNet.", method_introduces="RiverNet", method_uses="BarNet, QuxNet")
    assert "MM>listed" not in features(doc, "BarNet", "RiverNet")
    assert "MM>first:beats" in features(doc, "QuxNet", "RiverNet")


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        ("Nested Dropout", "Dropout", "MM:head-ends-with-other"),
        ("Dropout", "Nested Dropout", "MM:tail-ends-with-other"),
        ("RiverNet-v2", "RiverNet", "MM:head-starts-with-other"),
    ],
)
def test_names_that_are_alike(head: str, tail: str, expected: str) -> None:
    doc = read(f"We turn {tail} into {head} here.", title="On nets", method_introduces=head, method_uses=tail)
    assert expected in features(doc, head, tail)
    assert expected not in features(doc, tail, head)


def test_names_that_share_a_word() -> None:
    doc = read("River Mixing, River Sampling, Pooling.", method_uses="River Mixing, River Sampling, Pooling")
    assert "MM:share-word" in features(doc, "River Mixing", "River Sampling")
    assert "MM:share-word" not in features(doc, "River Mixing", "Pooling")


def test_no_feature_breaks_a_line_of_its_table() -> None:
    doc = read("RiverNet\n\tuses\u2028BarNet\n", method_introduces="RiverNet", method_uses="BarNet, Nets")
    doc._.kg_entities[0].features = {"prev:\n": 1.0, "next:of": 1.0}
    for pair in pairs(doc):
        assert all(name.isprintable() for name in pair.features())
    assert "head|M|next:of" in features(doc, "RiverNet", "BarNet")


def test_role_probabilities_count_as_log_odds() -> None:
    doc = read("RiverNet uses BarNet.", method_introduces="RiverNet", method_uses="BarNet")
    doc._.kg_entities[1].role_chances = {"uses": 0.5, "compares": 0.5}
    found = features(doc, "RiverNet", "BarNet")
    assert found["tail|M:uses"] == pytest.approx(0)
    assert found["head|M:introduces"] == pytest.approx(np.log(0.8 / 0.2))


def test_a_reader_counts_if_there_is_one() -> None:
    class Reader:
        def relations(self, heads: list[Any], tails: list[Any], labels: list[str]) -> np.ndarray:
            assert (len(heads), labels) == (1, ["DATASET"])
            return np.log(np.array([[0.3, 0, 0, 0, 0, 0, 0.7, 0]]) + 1e-9)

    doc = read("RiverNet is tried on Foo1K.", method_introduces="RiverNet", dataset_evaluates_on="Foo1K")
    assert not any(name.startswith("reader:") for name in features(doc, "RiverNet", "Foo1K"))
    doc._.kg_reader = Reader()
    found = features(doc, "RiverNet", "Foo1K")
    assert found["reader:evaluated_on"] == pytest.approx(np.log(0.7))
    assert found["reader:uses"] == -8


def test_a_relation_has_its_probability_and_the_sentence_that_says_it() -> None:
    doc = read(
        "RiverNet is near BarNet. Here RiverNet outperforms BarNet.",
        method_introduces="RiverNet",
        method_compares="BarNet",
    )
    (relation,) = related(component(outperforms={"MM>between:outperforms": 4.0}), doc)
    assert (relation.type, relation.head, relation.tail) == ("outperforms", "RiverNet", "BarNet")
    assert relation.score == pytest.approx(np.exp(4) / (np.exp(4) + 7), abs=1e-3)
    assert doc.text[relation.start_char : relation.end_char] == "Here RiverNet outperforms BarNet."


def test_what_is_less_probable_than_the_threshold_is_no_relation() -> None:
    doc = read("RiverNet uses BarNet.", method_introduces="RiverNet", method_uses="BarNet")
    rows = {"MM>between:uses": 1.0}
    assert not related(component(0.5, uses=rows), doc)
    assert [relation.type for relation in related(component(0.2, uses=rows), doc)] == ["uses"]


def test_probabilities_are_those_of_the_table() -> None:
    doc = read(
        "RiverNet outperforms BarNet on Foo1K.",
        method_introduces="RiverNet",
        method_compares="BarNet",
        dataset_evaluates_on="Foo1K",
    )
    made = component(
        outperforms={"MM>between:outperforms": 1.5, "head|main": 0.5, "bias": -1.0},
        evaluated_on={"tail|label:DATASET": 2.0, "head|score": 0.3, "bias": 0.25},
    )
    found = pairs(doc)
    for pair, row in zip(found, made.chances(found), strict=True):
        assert row == pytest.approx(list(made.weights.chances(pair.features()).values()))


def test_a_document_read_again_has_its_relations_once() -> None:
    doc = read("RiverNet uses BarNet.", method_introduces="RiverNet", method_uses="BarNet")
    made = component(uses={"MM>between:uses": 4.0})
    assert related(made, doc) == related(made, doc) != []
    made.weights = Weights(CLASSES, {})
    assert related(made, doc) == []


def test_tables_come_back_from_disk_and_bytes(tmp_path: Path) -> None:
    made = component(0.25, uses={"MM>between:uses": 4.0})
    made.to_disk(tmp_path / "kg_relations")
    for again in (component().from_disk(tmp_path / "kg_relations"), component().from_bytes(made.to_bytes())):
        assert (again.weights, again.thresholds) == (made.weights, made.thresholds)


def test_without_entities_there_are_no_relations() -> None:
    doc = NLP("")
    doc._.kg_entities = []
    assert related(component(0.0), doc) == []


def test_very_many_entities_make_a_bounded_number_of_pairs() -> None:
    doc = NLP("On nets\n" + "Foo1 and " * 3000)
    doc._.kg_entities = [
        FoundEntity("METHOD", f"Foo{n}", 0.9, [(k, k + 1) for k in range(3 + n, len(doc), 100)], role="introduces")
        for n in range(100)
    ]
    assert len(pairs(doc)) == MOST_PAIRS


def test_the_main_method_is_introduced_and_in_the_title() -> None:
    doc = read("We propose QuxNet for RiverNet.", method_introduces="RiverNet, QuxNet", method_uses="Nets")
    main = main_method(doc)
    assert main is not None
    assert main.name == "RiverNet"
    for entity in doc._.kg_entities:
        entity.role = "uses"
    assert main_method(doc) is None


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("RiverNet outperforms the baseline RoBERTa.", ("outperforms", "RoBERTa")),
        ("We evaluate RiverNet on ImageNet and achieve high accuracy.", ("evaluated_on", "ImageNet")),
        ("RiverNet uses ResNet-50 as its backbone.", ("uses", "ResNet-50")),
    ],
)
def test_stated_relations_are_found_by_the_shipped_model(abstract: str, expected: tuple[str, str]) -> None:
    (record,) = extract_batch([Paper(title=TITLE, abstract=f"We propose RiverNet. {abstract}")])
    found = [relation for relation in record.relations or () if relation.head == "RiverNet"]
    assert expected in {(relation.type, relation.tail) for relation in found}
    assert all(0 < (relation.score or 0) <= 1 for relation in found)


class TestFit:
    """What `training/relations.py` makes of annotated papers."""

    def papers(self) -> list[tuple[Doc, dict[str, Any]]]:
        made = []
        for n in range(60):
            verb, type_ = [("beats", "outperforms"), ("contains", "uses"), ("ignores", "")][n % 3]
            doc = read(f"RiverNet {verb} Bar{n}Net.", method_introduces="RiverNet", method_uses=f"Bar{n}Net")
            entities = [{"name": name, "mentions": [name]} for name in ("RiverNet", f"Bar{n}Net")]
            stated = [{"type": type_, "head": "RiverNet", "tail": f"Bar{n}Net"}] if type_ else []
            made.append((doc, {"entities": entities, "relations": stated}))
        return made

    def test_it_learns_which_words_tell_a_relation(self) -> None:
        training = pytest.importorskip("training.relations", reason="needs scikit-learn")
        made = component()
        papers = self.papers()
        training.fit(made, [*papers, (papers[0][0], {"entities": []})])
        unseen = read("RiverNet beats QuuxNet.", method_introduces="RiverNet", method_uses="QuuxNet")
        assert [(r.type, r.head, r.tail) for r in related(made, unseen)] == [("outperforms", "RiverNet", "QuuxNet")]
        unrelated = read("RiverNet ignores QuuxNet.", method_introduces="RiverNet", method_uses="QuuxNet")
        assert related(made, unrelated) == []

    def test_fitted_again_it_is_the_same(self) -> None:
        training = pytest.importorskip("training.relations", reason="needs scikit-learn")
        one, two = component(), component()
        training.fit(one, self.papers())
        training.fit(two, copy.deepcopy(self.papers()))
        assert (one.weights.text(), one.thresholds.text()) == (two.weights.text(), two.thresholds.text())

    def test_the_threshold_is_the_one_with_the_best_f1(self) -> None:
        training = pytest.importorskip("training.relations", reason="needs scikit-learn")
        doc = read("RiverNet uses BarNet.", method_introduces="RiverNet", method_uses="BarNet")
        found = pairs(doc)
        right = np.zeros((2, len(CLASSES)))
        right[:, CLASSES.index("uses")] = 0.45, 0.31
        paper = training.Example(found, [[CLASSES.index("uses")], []], 1)
        assert 0.31 < training.best_threshold([(paper, right)]) <= 0.45
