"""What a tagger's probabilities say of spans."""

from __future__ import annotations

import math

import numpy as np
import pytest
import spacy

from kg.extract.tag_spans import CLIP, likely, log_odds, tags_of
from kg.extract.tagger import TAGS


def tags(*tokens: dict[str, float]) -> np.ndarray:
    """Probabilities of the tokens; what a token's leave goes to O."""
    rows = np.zeros((len(tokens), len(TAGS)))
    for row, given in zip(rows, tokens, strict=True):
        for tag, chance in given.items():
            row[TAGS.index(tag)] = chance
        row[0] += 1 - row.sum()
    return np.clip(rows, 1e-6, 1 - 1e-6)


NET = {"B-METHOD": 0.9}
INSIDE = {"I-METHOD": 0.8, "I-DATASET": 0.1}


def test_spans_that_are_names_with_some_probability_of_any_label() -> None:
    found = {(start, end) for start, end, _ in likely(tags({}, NET, INSIDE, {}))}
    assert found == {(1, 3)}  # 0.9 * 0.9; ends after one token with 0.9 * 0.1 only
    assert list(likely(tags({}, {"B-METHOD": 0.05, "B-DATASET": 0.04}, {}))) == []


def test_label_is_what_most_tokens_say() -> None:
    ((_, _, label),) = likely(tags({"B-DATASET": 0.5, "B-METHOD": 0.4}, {"I-METHOD": 0.9}))
    assert label == 0


def test_the_last_token_can_end_a_name() -> None:
    assert [(start, end) for start, end, _ in likely(tags({}, NET))] == [(1, 2)]


def test_log_odds_of_labels_and_of_no_name() -> None:
    found = np.array(log_odds(tags({}, NET, INSIDE, {}), [(1, 3), (1, 2), (0, 1)]))
    assert found.shape == (3, 6)
    whole = 0.9 * 0.8 * (1 - 1e-6)
    assert found[0, 0] == pytest.approx(math.log(whole / (1 - whole)), abs=1e-4)
    cut = 0.9 * (1 - 0.8)
    assert found[1, 0] == pytest.approx(math.log(cut / (1 - cut)), abs=1e-4)
    assert found[2, 5] == CLIP
    assert found[0, 2] == -CLIP


def test_texts_of_any_length() -> None:
    many = np.tile(tags(NET, INSIDE), (20_000, 1))
    assert len(list(likely(many))) <= 20_000 * 2
    ((first, *_), (last, *_)) = log_odds(many, [(0, 2), (39_998, 40_000)])
    assert first == pytest.approx(math.log(0.72 / 0.28), abs=1e-2)
    assert last == pytest.approx(math.log(0.72 / 0.28), abs=1e-2)


def test_without_a_tagger_nothing_is_said() -> None:
    assert tags_of(spacy.blank("en")("We propose FooNet.")) is None
