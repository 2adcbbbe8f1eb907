"""The tagger: a trainable component over all tokens of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from kg.extract import tagger as module
from kg.extract.tagger import DEFAULT_MODEL, LABELS, TAGS, Tagger

SMALL = DEFAULT_MODEL.merge(
    {
        "model": {
            "tok2vec": {
                "embed": {"embed": {"width": 16, "rows": [200, 50, 100, 100]}},
                "encode": {"width": 16, "depth": 2},
            }
        }
    }
)
TEXTS = [
    "We propose QuaNet for parsing .",
    "We propose RilFormer for tagging .",
    "Here ZubNet is trained on Plim-100 .",
    "Then RilFormer is trained on Grob-5 .",
]


def lesson(nlp: Language, text: str) -> Example:
    """A name that ends in Net or Former is a method, one with a number a data set."""
    doc = nlp.make_doc(text)
    rows = np.zeros((len(doc), len(TAGS)), dtype=np.float32)
    for token, row in zip(doc, rows, strict=True):
        method, dataset = token.text.endswith(("Net", "Former")), "-" in token.text
        row[TAGS.index("B-METHOD" if method else "B-DATASET" if dataset else "O")] = 1
    doc._.kg_tags = rows
    return Example(doc, doc)


def untrained() -> tuple[Language, Tagger]:
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "kg.NameTokenizer.v1"}}})
    fix_random_seed(0)
    tagger = nlp.add_pipe("kg_tagger", config={"model": SMALL["model"]})
    assert isinstance(tagger, Tagger)
    tagger.initialize(lambda: [lesson(nlp, text) for text in TEXTS])
    return nlp, tagger


@pytest.fixture(scope="module")
def trained() -> tuple[Language, Tagger]:
    nlp, tagger = untrained()
    sgd = Adam(0.01)
    for _ in range(60):
        tagger.update([lesson(nlp, text) for text in TEXTS], sgd=sgd)
    return nlp, tagger


def tags(doc: Doc) -> list[str]:
    return [TAGS[n] for n in doc._.kg_tags.argmax(axis=1)]


def test_learns_and_tells_unseen_names(trained: tuple[Language, Tagger]) -> None:
    doc = trained[0]("We propose VosNet for parsing .")
    assert tags(doc) == ["O", "O", "B-METHOD", "O", "O", "O"]
    assert doc._.kg_tags.shape == (6, 11)
    assert doc.tensor.shape == (6, 16)
    assert doc._.kg_tags.dtype == doc.tensor.dtype == np.float32
    assert doc._.kg_tags.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_classes_are_outside_and_two_for_each_label() -> None:
    assert TAGS[:5] == ("O", "B-METHOD", "I-METHOD", "B-DATASET", "I-DATASET")
    assert len(TAGS) == 1 + 2 * len(LABELS)


@pytest.mark.parametrize("text", ["", " ", "\n", "x"])
def test_short_texts(trained: tuple[Language, Tagger], text: str) -> None:
    doc = trained[0].make_doc(text)
    trained[1](doc)
    assert doc._.kg_tags.shape == (len(doc), 11)
    assert doc.tensor.shape == (len(doc), 16)


def test_batch_with_empty_documents_reads_as_one_by_one(trained: tuple[Language, Tagger]) -> None:
    nlp, tagger = trained
    texts = ["", TEXTS[0], "", TEXTS[2], ""]
    together = list(tagger.pipe(map(nlp.make_doc, texts), batch_size=5))
    for text, doc in zip(texts, together, strict=True):
        alone = tagger(nlp.make_doc(text))
        assert doc._.kg_tags == pytest.approx(alone._.kg_tags, abs=1e-5)
        assert doc.tensor == pytest.approx(alone.tensor, abs=1e-4)


def test_no_documents(trained: tuple[Language, Tagger]) -> None:
    assert trained[1].predict([]) == []


def test_long_text_in_parts_reads_as_in_one(trained: tuple[Language, Tagger], monkeypatch: pytest.MonkeyPatch) -> None:
    nlp, tagger = trained
    doc = nlp.make_doc(" ".join(TEXTS * 5))
    ((vectors, chances),) = tagger.predict([doc])
    sizes: list[int] = []
    monkeypatch.setattr(module, "MOST_TOKENS", 7)
    monkeypatch.setattr(type(tagger.model), "predict", _watched(type(tagger.model).predict, sizes), raising=True)
    ((in_parts, its_chances),) = tagger.predict([doc])
    assert max(sizes) <= 7 + 2 * 2  # depth 2: two tokens of context on either side
    assert its_chances == pytest.approx(chances, abs=1e-5)
    assert in_parts == pytest.approx(vectors, abs=1e-4)


def _watched(predict: Any, sizes: list[int]) -> Any:
    def watching(model: Any, batch: Any) -> Any:
        sizes.extend(map(len, batch))
        return predict(model, batch)

    return watching


def test_each_type_once_embeds_and_learns_as_without_it(trained: tuple[Language, Tagger]) -> None:
    nlp, tagger = trained
    docs = [nlp.make_doc(text) for text in (*TEXTS, "")]
    once = tagger.model.get_ref("tok2vec").get_ref("embed")
    plain = once.layers[0]
    shortened, learn_shortened = once.begin_update(docs)
    full, learn_full = plain.begin_update(docs)
    for one, other in zip(shortened, full, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    gradients = [np.sin(np.arange(part.size, dtype=np.float32)).reshape(part.shape) for part in full]
    layers = [layer for layer in plain.walk() if "E" in layer.param_names]
    found = []
    for learn in (learn_shortened, learn_full):
        for layer in layers:
            layer.get_grad("E").fill(0)
        learn([part.copy() for part in gradients])
        found.append([np.array(layer.get_grad("E")) for layer in layers])
    assert any(np.abs(table).max() > 0.01 for table in found[1])
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_loss_counts_a_token_by_the_sum_of_its_row() -> None:
    nlp, tagger = untrained()
    example = lesson(nlp, TEXTS[0])
    scores, _ = tagger.model.begin_update([example.predicted])
    loss, (gradient,) = tagger.get_loss([example], scores)
    assert loss > 0
    assert gradient == pytest.approx((scores[0] - example.reference._.kg_tags) / 6, abs=1e-6)
    example.reference._.kg_tags[1:] = 0
    example.reference._.kg_tags[0] /= 4
    less, (gradient,) = tagger.get_loss([example], scores)
    assert less == pytest.approx(-np.log(scores[0][0, 0]), abs=1e-4)
    assert not gradient[1:].any()
    assert gradient[0].any()


def test_loss_falls_towards_soft_targets() -> None:
    nlp, tagger = untrained()
    example = lesson(nlp, TEXTS[0])
    example.reference._.kg_tags[2] = 0
    example.reference._.kg_tags[2, [0, 1]] = 0.3, 0.7
    sgd = Adam(0.01)
    for _ in range(80):
        tagger.update([example], sgd=sgd)
    doc = tagger(nlp.make_doc(TEXTS[0]))
    assert doc._.kg_tags[2, :2] == pytest.approx([0.3, 0.7], abs=0.1)


def test_update_without_tokens_changes_nothing() -> None:
    nlp, tagger = untrained()
    before = tagger.model.to_bytes()
    tagger.update([lesson(nlp, "")], sgd=Adam(0.01))
    assert tagger.model.to_bytes() == before


def test_survives_the_disk_with_its_pipeline(trained: tuple[Language, Tagger], tmp_path: Path) -> None:
    nlp, _ = trained
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for text in TEXTS:
        assert again(text)._.kg_tags == pytest.approx(nlp(text)._.kg_tags, abs=1e-6)


def test_survives_bytes(trained: tuple[Language, Tagger]) -> None:
    nlp, tagger = trained
    _, other = untrained()
    other.from_bytes(tagger.to_bytes())
    assert other(nlp.make_doc(TEXTS[0]))._.kg_tags == pytest.approx(nlp(TEXTS[0])._.kg_tags, abs=1e-6)
