"""What is weighed to decide what is a name, and the decision."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span

from kg.extract.entities import Entities, candidates
from kg.extract.features import CLASSES, LABELS
from kg.extract.pipeline import blank
from kg.extract.tables import Weights
from kg.extract.tagger import TAGS


@pytest.fixture
def doc() -> Doc:
    words = ["FooNet", ":", "a", "net", "\n", "We", "test", "FooNet", "on", "BarSet", "and", "FooNet", "."]
    return Doc(spacy.blank("en").vocab, words, sent_starts=[n in {0, 5} for n in range(len(words))])


def tagged(doc: Doc, **places: float) -> Doc:
    tags = np.full((len(doc), len(TAGS)), 1e-4, dtype=np.float32)
    for place, chance in places.items():
        tag, _, i = place.rpartition("_")
        tags[int(i), TAGS.index(tag.replace("_", "-"))] = chance
    tags[:, 0] = 1 - tags[:, 1:].sum(axis=1)
    doc._.kg_tags = tags
    return doc


def test_one_candidate_for_all_places_of_a_name(doc: Doc) -> None:
    doc.spans["kg_patterns"] = [Span(doc, i, i + 1, label="SHAPED") for i in (0, 7, 11)]
    found = candidates(doc)
    assert list(found) == ["foonet"]
    assert found["foonet"].spans == [(0, 1), (7, 8), (11, 12)]
    assert {"patterns:SHAPED", "title", "prev:test", "prev:and", "times:3"} <= found["foonet"].features.keys()


def test_mined_names_tell_their_label_and_how_surely(doc: Doc) -> None:
    doc.spans["kg_mined"] = [Span(doc, 9, 10, label="DATASET", span_id="sure")]
    assert {"mined:DATASET", "mined:DATASET:sure"} <= candidates(doc)["barset"].features.keys()


def test_trimmed_head_words_tell_the_type(doc: Doc) -> None:
    doc.spans["kg_heads"] = [Span(doc, 9, 10, label="patterns:SHAPED", span_id="DATASET")]
    assert {"patterns:SHAPED", "trimmed:DATASET"} <= candidates(doc)["barset"].features.keys()


def test_what_a_tagger_finds_is_a_candidate_and_every_candidate_has_its_word(doc: Doc) -> None:
    doc.spans["kg_patterns"] = [Span(doc, i, i + 1, label="SHAPED") for i in (7, 11)]
    found = candidates(tagged(doc, B_METHOD_7=0.9, B_DATASET_9=0.8))
    assert found.keys() == {"foonet", "barset"}
    assert found["barset"].features["tagger-best:DATASET"] == pytest.approx(np.log(0.8 / 0.2), abs=0.01)
    net = found["foonet"].features
    assert net["tagger-best:METHOD"] == pytest.approx(np.log(9), abs=0.01)
    assert net["tagger-mean:METHOD"] == pytest.approx((np.log(9) - 6) / 2, abs=0.01)
    assert "tagger:METHOD:1" in net
    assert net["tagger-best:O"] > 0 > net["tagger-best:TASK"]


def test_without_a_tagger_there_is_no_such_feature(doc: Doc) -> None:
    doc.spans["kg_patterns"] = [Span(doc, 7, 8, label="SHAPED")]
    assert not any(name.startswith("tagger") for name in candidates(doc)["foonet"].features)


def test_the_score_is_the_fitted_probability_and_the_threshold_cuts(doc: Doc) -> None:
    component = Entities(blank(), "kg_entities", threshold=0.5)
    component.weights = Weights(CLASSES, {"patterns:SHAPED": tuple(2.0 * (c == "DATASET") for c in CLASSES)})
    component.calibration = Weights(("wrong", "right"), {})
    doc.spans["kg_patterns"] = [Span(doc, 9, 10, label="SHAPED")]
    (entity,) = component(doc)._.kg_entities
    assert (entity.label, entity.name, entity.mentions) == ("DATASET", "BarSet", [(9, 10)])
    assert entity.score == pytest.approx(np.exp(2) / (np.exp(2) + len(LABELS)), abs=1e-3)
    component.threshold = 0.7
    assert component(doc)._.kg_entities == []


def test_the_score_is_calibrated_by_type_after_the_threshold(doc: Doc) -> None:
    component = Entities(blank(), "kg_entities", threshold=0.5)
    component.weights = Weights(CLASSES, {"patterns:SHAPED": tuple(2.0 * (c == "DATASET") for c in CLASSES)})
    component.calibration = Weights(("wrong", "right"), {"log-odds": (0.0, 1.0), "DATASET": (0.0, -1.0)})
    doc.spans["kg_patterns"] = [Span(doc, 9, 10, label="SHAPED")]
    (entity,) = component(doc)._.kg_entities
    assert entity.score == pytest.approx(1 / (1 + np.exp(1) * len(LABELS) / np.exp(2)), abs=2e-3)
