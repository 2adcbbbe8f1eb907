"""Trimming articles and generic head words off candidate names."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span

import kg.extract.pipeline  # noqa: F401  # registers the components
from kg.extract.tagger import TAGS


def trimmed(words: str, start: int, end: int) -> tuple[str, str, str]:
    """Text, label and `id_` of what becomes of a candidate."""
    nlp = spacy.blank("en")
    doc = Doc(nlp.vocab, words.split(), sent_starts=[n == 0 for n in range(len(words.split()))])
    doc.spans["kg_patterns"] = [Span(doc, start, end, label="SHAPED")]
    (span,) = nlp.add_pipe("kg_heads")(doc).spans["kg_heads"]
    return span.text, span.label_, span.id_


@pytest.mark.parametrize(
    ("words", "name", "told"),
    [
        ("the QuietNet dataset", "QuietNet", "DATASET"),
        ("QuietNet leaderboard", "QuietNet", "BENCHMARK"),
        ("our novel QuietNet framework", "QuietNet", "METHOD"),
        ("QuietNet benchmark datasets", "QuietNet", "BENCHMARK"),
        ("QuietNet", "QuietNet", ""),
        ("quiet river loss", "quiet river loss", ""),
        ("nested dropout framework", "nested dropout framework", ""),
        ("( QuietNet )", "QuietNet", ""),
    ],
)
def test_trims(words: str, name: str, told: str) -> None:
    assert trimmed(words, 0, len(words.split())) == (name, "patterns:SHAPED", told)


def test_spans_of_a_tagger_are_candidates_too() -> None:
    nlp = spacy.blank("en")
    doc = Doc(nlp.vocab, ["on", "the", "FooSet", "corpus", "."], sent_starts=[True, *[False] * 4])
    tags = np.full((5, len(TAGS)), 0.001, dtype=np.float32)
    tags[:, 0] = 0.99
    tags[2, TAGS.index("B-DATASET")] = tags[3, TAGS.index("I-DATASET")] = 0.95
    doc._.kg_tags = tags
    (span,) = nlp.add_pipe("kg_heads")(doc).spans["kg_heads"]
    assert (span.text, span.label_, span.id_) == ("FooSet", "tagger:DATASET", "DATASET")


def test_again_gives_the_same() -> None:
    nlp = spacy.blank("en")
    doc = Doc(nlp.vocab, ["the", "FooSet", "corpus"], sent_starts=[True, False, False])
    doc.spans["kg_patterns"] = [Span(doc, 0, 3, label="SHAPED")]
    heads = nlp.add_pipe("kg_heads")
    assert [(s.start, s.end, s.id_) for s in heads(heads(doc)).spans["kg_heads"]] == [(1, 2, "DATASET")]
