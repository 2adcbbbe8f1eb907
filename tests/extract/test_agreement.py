"""A document agrees with itself."""

from __future__ import annotations

import pytest
import spacy
from spacy.tokens import Doc

import kg.extract.pipeline  # noqa: F401  # registers the components
from kg.extract.abbreviations import Definition
from kg.extract.entities import FoundEntity

WORDS = "Slow nets rest . Quiet River Networks ( QRN ) use QuietNets . A QRN is a quietnet , a QuietNet based on GLUE ."


@pytest.fixture
def doc() -> Doc:
    words = WORDS.split()
    nlp = spacy.blank("en")
    return Doc(nlp.vocab, words, sent_starts=[n == 0 or words[n - 1] == "." for n in range(len(words))])


def agreed(doc: Doc, *entities: FoundEntity) -> dict[str, list[str]]:
    """Name and mentions of every entity."""
    doc._.kg_entities = list(entities)
    spacy.blank("en").add_pipe("kg_agreement")(doc)
    return {entity.name: [doc[a:b].text for a, b in entity.mentions] for entity in doc._.kg_entities}


def test_every_place_of_a_name_is_a_mention_if_it_is_written_as_a_name(doc: Doc) -> None:
    assert agreed(doc, FoundEntity("METHOD", "QuietNets", 0.9, [(11, 12)])) == {"QuietNet": ["QuietNets", "QuietNet"]}


def test_long_form_and_acronym_are_the_more_probable_entity(doc: Doc) -> None:
    doc._.kg_abbreviations = [Definition(doc[8:9], doc[4:7], short_inside=True)]
    long = FoundEntity("TASK", "Quiet River Networks", 0.6, [(4, 7)], {"a": 1.0})
    short = FoundEntity("METHOD", "QRN", 0.8, [(8, 9)], {"b": 1.0})
    found = agreed(doc, long, short)
    assert found == {"Quiet River Networks": ["Quiet River Networks", "QRN", "QRN"]}
    (entity,) = doc._.kg_entities
    assert (entity.label, entity.score, entity.features) == ("METHOD", 0.8, {"a": 1.0, "b": 1.0})


def test_a_definition_of_which_one_form_was_found_adds_the_other(doc: Doc) -> None:
    doc._.kg_abbreviations = [Definition(doc[8:9], doc[4:7], short_inside=True)]
    assert list(agreed(doc, FoundEntity("METHOD", "QRN", 0.8, [(8, 9)])).values()) == [
        ["Quiet River Networks", "QRN", "QRN"]
    ]


@pytest.mark.parametrize(("label", "name"), [("METRIC", "Quiet River Networks"), ("METHOD", "QRN")])
def test_a_measure_has_its_long_form_though_the_acronym_comes_first(doc: Doc, label: str, name: str) -> None:
    doc._.kg_abbreviations = [Definition(doc[8:9], doc[4:7], short_inside=False)]
    assert list(agreed(doc, FoundEntity(label, "QRN", 0.8, [(8, 9)]))) == [name]


@pytest.mark.parametrize(
    ("label", "written", "name"),
    [
        ("METRIC", "F1 scores", "F1"),
        ("METRIC", "macro-F1 scores", "macro-F1"),
        ("METRIC", "human scores", "human scores"),
        ("METRIC", "test accuracies", "test accuracy"),
        ("DATASET", "F1 scores", "F1 scores"),
    ],
)
def test_a_measure_is_called_what_its_scores_are_of(label: str, written: str, name: str) -> None:
    words = ["We", "see", *written.split(), "here"]
    doc = Doc(spacy.blank("en").vocab, words, sent_starts=[True, *[False] * (len(words) - 1)])
    assert agreed(doc, FoundEntity(label, written, 0.8, [(2, 4)])) == {name: [written]}


def test_a_name_that_the_text_does_not_spell_keeps_it(doc: Doc) -> None:
    assert list(agreed(doc, FoundEntity("BENCHMARK", "GLUE-2", 0.8, [(23, 24)]))) == ["GLUE-2"]


def test_nothing_to_agree_on(doc: Doc) -> None:
    assert agreed(doc) == {}
