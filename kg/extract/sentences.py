"""`kg_sentences`: sentence boundaries for a title and its abstract.

The title is a sentence of its own; abbreviations (`e.g.`, `et al.`, `vs.`, `Fig.`), initials, decimals and URLs do
not end one. Sets `Token.is_sent_start`; `sentence_span` gives a sentence's characters without the white space around
them.
"""

from __future__ import annotations

import numpy as np
from spacy.attrs import SENT_START  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc, Span

_ENDS = frozenset({".", "!", "?", "…", "..."})
_CLOSERS = frozenset(")]}\"'”’»*`_")
_BOTH = frozenset("\"'*`_") | {"**"}  # marks that open and close
_NO_END_BEFORE_NUMBER = frozenset({"no", "fig", "figs", "eq", "eqs", "sec", "tab", "ch", "vol"})


@Language.component("kg_sentences")
def sentences(doc: Doc) -> Doc:
    """Mark the first token of every sentence."""
    texts = [token.text for token in doc]
    begins = [i == 0 for i in range(len(texts))]
    in_title = "\n" in doc.text
    for i, before in enumerate(texts[:-1]):
        if "\n" in before and (in_title or before.count("\n") > 1):
            in_title = False
            begins[i + 1] = True
        elif (before in _ENDS or before in _CLOSERS or before.isspace() or before == "etc.") and _ends_before(
            doc, texts, i + 1
        ):
            begins[i + 1] = True
    # All at once: setting them token by token costs time quadratic in their number.
    marks = np.array([1 if begin else -1 for begin in begins]).astype(np.uint64)
    doc.from_array([SENT_START], marks)  # type: ignore[arg-type]  # its stub knows no one-dimensional array
    return doc


def _ends_before(doc: Doc, texts: list[str], i: int) -> bool:
    """Whether a sentence ends right before token `i`."""
    word = texts[i]
    if word in _ENDS or word in {",", ";", ":"} or word.isspace():
        return False
    if word in _CLOSERS and not (word in _BOTH and doc[i - 1].whitespace_):
        return False
    spaced = bool(doc[i - 1].whitespace_)
    k = i - 1
    while k > 0 and (texts[k] in _CLOSERS or texts[k].isspace()):
        spaced = spaced or texts[k].isspace()
        if texts[k] in _BOTH and doc[k - 1].whitespace_ and not doc[k].whitespace_:
            return False  # an opening mark: the sentence began before it
        k -= 1
    if texts[k] not in _ENDS or k == 0:
        return texts[k] == "etc." and word[0].isupper()
    if not spaced and not word[0].isupper():
        return False
    return not (word[0].isdigit() and texts[k - 1].lower() in _NO_END_BEFORE_NUMBER)


def sentences_of(doc: Doc) -> list[Span]:
    """The sentences of a text; where no component has marked them, all of it is one."""
    return list(doc.sents) if doc.has_annotation("SENT_START") else [doc[:]]


def sentence_spans(doc: Doc) -> list[tuple[int, int]]:
    """First character and one past the last of every sentence, without surrounding white space."""
    text = doc.text
    spans = []
    for sentence in sentences_of(doc):
        inside = text[sentence.start_char : sentence.end_char]
        start = sentence.start_char + len(inside) - len(inside.lstrip())
        spans.append((start, start + len(inside.strip())))
    return spans
