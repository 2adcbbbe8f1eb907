"""The encoder's windows and heads, and what the shipped network says of an invented text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from kg.extract.encoder import FAR, MOST_PIECES, Encoder, Reader, first_pieces, nearest, shape_of, windows
from kg.extract.tables import MODELS

pytest.importorskip("onnxruntime")
FOLDER = MODELS / "accurate" / "kg_encoder"
TEXT = (
    "GlowNet: Quiet Networks\n"
    "We propose GlowNet, a network for image classification. GlowNet outperforms ResNet-50 on CIFAR-10."
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415  # optional

    return Tokenizer.from_file(str(FOLDER / "tokenizer.json"))


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(spacy.blank("en"), "kg_encoder").from_disk(FOLDER)


def document(text: str) -> Doc:
    nlp = spacy.blank("en")
    nlp.add_pipe("kg_sentences")
    return nlp(text)


@pytest.mark.parametrize(
    ("token", "shape"),
    [("-", 0), ("12", 1), ("net", 2), ("v2", 3), ("T5", 4), ("GAN", 5), ("MNIST5", 6), ("Adam", 7), ("LoRA", 8)],
)
def test_the_shape_tells_the_case_that_the_vocabulary_folds(token: str, shape: int) -> None:
    assert shape_of(token) == shape


def test_a_long_text_is_cut_between_sentences_and_no_token_is_read_twice(tokenizer: Any) -> None:
    doc = document("Title\n" + "We train a small network on many tokens. " * 200)
    cut = windows(doc, tokenizer)
    assert len(cut) > 2
    read = [token for *_, tokens in cut for token in first_pieces(tokens)[1].tolist()]
    assert read == list(range(len(doc))) or set(range(len(doc))) - set(read) <= {
        i for i, token in enumerate(doc) if token.is_space
    }
    for ids, shapes, tokens in cut:
        assert len(ids) == len(shapes) == len(tokens) <= MOST_PIECES + 2
        assert doc[tokens[1]].is_sent_start


def test_a_word_of_very_many_letters_and_a_sentence_without_end_are_read(tokenizer: Any) -> None:
    for text in ("Title\n" + "x" * 900_000, "Title\n" + "word " * 5000):
        assert all(len(ids) <= MOST_PIECES + 2 for ids, *_ in windows(document(text), tokenizer))


def test_the_end_of_the_title_is_a_separator(tokenizer: Any) -> None:
    ids, _, tokens = windows(document("Title\nText"), tokenizer)[0]
    assert ids.count(tokenizer.token_to_id("[SEP]")) == 2
    assert tokens[0] == tokens[-1] == -1


def test_nearest_mentions() -> None:
    assert nearest([(0, 2), (20, 21)], [(24, 26)]) == (20, 26)
    assert nearest([(30, 31)], [(24, 26)]) == (24, 31)


def test_the_network_tells_names_roles_relations_and_results(encoder: Encoder) -> None:
    doc = encoder(document(TEXT))
    assert doc._.kg_tags.shape == (len(doc), 11)
    assert np.allclose(doc._.kg_tags.sum(axis=1), 1, atol=1e-5)
    words = [token.text for token in doc]
    glow, resnet, cifar = (
        [(i, i + 1) for i, word in enumerate(words) if word == name] for name in ("GlowNet", "ResNet-50", "CIFAR-10")
    )
    assert doc._.kg_tags[resnet[0][0]].argmax() == 1  # B-METHOD
    assert doc._.kg_tags[cifar[0][0]].argmax() == 3  # B-DATASET
    reader: Reader = doc._.kg_reader
    for mentions, label, role in (
        (glow, "METHOD", "introduces"),
        (resnet, "METHOD", "compares"),
        (cifar, "DATASET", "evaluates_on"),
    ):
        chances = reader.roles(mentions, label)
        assert max(chances, key=chances.__getitem__) == role
        assert np.isclose(np.exp(list(chances.values())).sum(), 1, atol=1e-5)
    pairs = reader.relations([glow, glow], [resnet, cifar], ["METHOD", "DATASET"])
    assert pairs.shape == (2, 8)
    assert pairs[0].argmax() == 4  # outperforms
    assert pairs[1].argmax() == 6  # evaluated_on


def test_the_words_between_count_only_if_they_are_few() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    reader = Reader(rows, {})
    near, far = reader._between([(0, 1)], [(5, 6)]), reader._between([(0, 1)], [(FAR + 5, FAR + 6)])
    assert np.allclose(near, rows[:6].mean(axis=0), atol=1e-5)
    assert not far.any()


def test_a_text_gives_the_same_alone_and_after_others(encoder: Encoder) -> None:
    first = encoder(document(TEXT))._.kg_tags
    encoder(document("Another\nText about nothing."))
    assert np.array_equal(first, encoder(document(TEXT))._.kg_tags)


def test_empty_text(encoder: Encoder) -> None:
    assert encoder(document(""))._.kg_tags is None


def test_bytes_and_disk_carry_everything(encoder: Encoder, tmp_path: Path) -> None:
    encoder.to_disk(tmp_path)
    again = Encoder(spacy.blank("en"), "kg_encoder").from_bytes(encoder.to_bytes())
    for copy in (again, Encoder(spacy.blank("en"), "kg_encoder").from_disk(tmp_path)):
        assert np.array_equal(copy(document(TEXT))._.kg_tags, encoder(document(TEXT))._.kg_tags)
