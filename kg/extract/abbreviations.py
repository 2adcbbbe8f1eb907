"""`kg_abbreviations`: short forms and what they stand for, "Long Form (LF)" and "LF (Long Form)".

The algorithm of Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions in biomedical text,
PSB 2003: the letters of the short form are looked for from right to left in the words before the bracket, its first
letter at the beginning of a word.  Plural acronyms ("STNs") are matched without their s.  Sets
`Doc._.kg_abbreviations`, a list of `Definition` in text order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.words import words

if not Doc.has_extension("kg_abbreviations"):
    Doc.set_extension("kg_abbreviations", default=())

_MAX_SHORT = 14
_MAX_WORDS = 12
_FARTHEST = 30  # tokens before the bracket
_BRACKETS = {"(": ")", "[": "]"}
_MARKUP = frozenset({"*", "**", "`", "'", '"', "“", "”", "‘", "’", "``", "''", "}", "_"})
_LEAD = words("before_short_form")
_OPENERS = words("before_long_form")
_HYPHENS = frozenset("-‐‑")


@dataclass(frozen=True)
class Definition:
    """A definition: both spans, and which of them stands inside the brackets."""

    short: Span
    long: Span
    short_inside: bool


@Language.component("kg_abbreviations")
def abbreviations(doc: Doc) -> Doc:
    """Set `Doc._.kg_abbreviations`."""
    texts = [token.text for token in doc]
    starts = [sentence.start for sentence in doc.sents] if doc.has_annotation("SENT_START") else [0]
    places = [i for i, text in enumerate(texts) if text in _BRACKETS and 0 < i < len(texts) - 2]
    doc._.kg_abbreviations = [found for i in places if (found := _definition(doc, texts, starts, i))]
    return doc


def _definition(doc: Doc, texts: list[str], starts: list[int], bracket: int) -> Definition | None:
    """The definition whose bracket opens at token `bracket`; `starts`: the first tokens of sentences."""
    closing = _BRACKETS[texts[bracket]]
    start = bracket + 1
    while start < len(texts) and (
        texts[start] in _MARKUP or texts[start].casefold() in _LEAD or texts[start].startswith("\\")
    ):
        start += 1
    end = start
    while end < len(texts) and end - start <= _MAX_WORDS * 2 and texts[end] not in (closing, ";", ",", "\n"):
        end += 1
    if end >= len(texts) or end == start or end - start > _MAX_WORDS * 2:
        return None
    stop = end
    while stop > start and texts[stop - 1] in _MARKUP:
        stop -= 1
    before = bracket
    while before and (texts[before - 1] in _MARKUP or texts[before - 1].isspace()):
        before -= 1
    if stop <= start or before == 0:
        return None
    inside = doc[start:stop]
    first = max(starts[bisect_right(starts, bracket) - 1], before - _FARTHEST)
    if _is_short(inside.text) and (place := _long_form(texts, first, before, inside.text)) is not None:
        return Definition(inside, doc[place:before], short_inside=True)
    return _reversed(doc, texts, before, start, stop)


def _reversed(doc: Doc, texts: list[str], before: int, start: int, stop: int) -> Definition | None:
    """The definition whose short form ends before token `before` and whose long form is in tokens [start, stop)."""
    if stop - start < 2:
        return None
    widths = (1, 3) if before > 2 and texts[before - 2] in _HYPHENS else (1,)
    for width in widths:
        short = doc[before - width : before]
        place = _long_form(texts, start, stop, short.text) if _is_short(short.text) else None
        if place == start or (place == start + 1 and texts[start].casefold() in _OPENERS):
            return Definition(short, doc[place:stop], short_inside=False)
    return None


def _is_short(text: str) -> bool:
    """Whether a text can be a short form: 2 to 14 characters, at most two words, two letters, a capital, no year."""
    return (
        2 <= len(text) <= _MAX_SHORT
        and text.count(" ") <= 1
        and text[0].isalnum()
        and any(map(str.isupper, text))
        and sum(map(str.isalpha, text)) >= 2
        and not re.search(r"[=<>≥≤%]|\d{4}", text)
    )


def _long_form(texts: list[str], first: int, last: int, short: str) -> int | None:
    """The token at which the long form of `short` begins that ends before token `last`, None if there is none."""
    letters = [c.casefold() for c in short if c.isalnum()]
    if (len(letters) > 2 and short.endswith("s") and short[:-1].isupper()) or re.fullmatch(r".*[A-Z]s", short):
        letters.pop()
    most = min(len(letters) + 5, 2 * len(letters))
    i, position, count = last, 0, 0
    remaining = len(letters) - 1
    begin = None
    while i > first and remaining >= 0 and count <= 2 * most + 2:
        i -= 1
        count += 1
        word = texts[i].casefold()
        if word in {".", ";", "!", "?", "(", ")", ":"} and count > 1:
            return None
        position = len(word)
        while position > 0 and remaining >= 0:
            position -= 1
            at_start = position == 0 or not word[position - 1].isalnum()
            if word[position] == letters[remaining] and (remaining > 0 or at_start):
                remaining -= 1
                begin = i
    if remaining >= 0 or begin is None:
        return None
    while begin > first + 1 and texts[begin - 1] in _HYPHENS:
        begin -= 2  # the first letter of "self-attention" opens the compound
    size = sum(1 for text in texts[begin:last] if text[0].isalnum())
    long = " ".join(texts[begin:last])
    if size > most or len(long) <= len(short) or short in texts[begin:last] or not long[0].isalnum():
        return None
    return begin
