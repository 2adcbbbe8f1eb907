"""`kg_heads`: candidate names without the words around them that are no part of a name: articles before, generic head
words after ("the Foo dataset", "Foo leaderboard").

Reads the span group `kg_patterns` and what a tagger finds likely (`Doc._.kg_tags`).  Sets `Doc.spans["kg_heads"]`: all
these candidates, trimmed; a span's label is where it comes from ("patterns:SHAPED", "tagger:METHOD"), its `id_` the
type that the trimmed head word tells ("DATASET"), if one was trimmed.  A phrase of ordinary words keeps its head word:
it may be all that makes it a name ("nested dropout layer").
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.features import LABELS, Text, label_of
from kg.extract.names import is_name_shaped, singular
from kg.extract.tag_spans import likely, tags_of
from kg.extract.words import words

_BEFORE = words("trimmed_before")
_AFTER = words("trimmed_after")
_MARKS = frozenset("-‐‑–—~`'\"“”‘’.,:;()[]{}") | {"'s", "’s"}  # no name begins or ends with one of these tokens


@Language.component("kg_heads")
def heads(doc: Doc) -> Doc:
    """Set `Doc.spans["kg_heads"]`."""
    text = Text.of(doc)
    found = []
    for start, end, source in dict.fromkeys(untrimmed(doc)):
        first, last, head = _trimmed(text, *bare(text, start, end))
        found.append(Span(doc, first, last, label=source, span_id=head))
    doc.spans["kg_heads"] = found
    return doc


def untrimmed(doc: Doc) -> Iterator[tuple[int, int, str]]:
    """(start, end, source) of the candidates of `kg_patterns` and of a tagger."""
    for span in doc.spans.get("kg_patterns", ()):
        yield span.start, span.end, f"patterns:{span.label_}"
    if (tags := tags_of(doc)) is not None:
        for start, end, label in likely(tags):
            yield start, end, f"tagger:{LABELS[label]}"


def bare(text: Text, start: int, end: int) -> tuple[int, int]:
    """The span without hyphens, quotes and other marks at its ends; of one that is all marks its last.

    Markup before it stays if there is more inside: what it opens is part of the name ("**Q**uiet **R**iver").
    """
    first, last = start, end
    while last - first > 1 and (text.markup[first] or text.texts[first] in _MARKS):
        first += 1
    while last - first > 1 and (text.markup[last - 1] or text.texts[last - 1] in _MARKS):
        last -= 1
    return (start if text.markup[start] and True in text.markup[first:last] else first), last


def _trimmed(text: Text, start: int, end: int) -> tuple[int, int, str]:
    """The span without articles before and generic head words after the name, and the type these tell."""
    head = ""
    while end - start > 1 and text.lower[start] in _BEFORE:
        start += 1
    while end - start > 1 and text.lower[end - 1] in _AFTER and any(map(is_name_shaped, text.texts[start : end - 1])):
        end -= 1
        head = label_of(text.lower[end]) or label_of(singular(text.lower[end])) or head
    return start, end, head
