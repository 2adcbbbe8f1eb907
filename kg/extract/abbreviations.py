"""`kg_abbreviations`: short forms and what they stand for, "Long Form (LF)" and "LF (Long Form)".

The algorithm of Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions in biomedical text,
PSB 2003: the letters of the short form are looked for from right to left in the words before the bracket, its first
letter at the beginning of a word.  Beyond the paper: plural acronyms ("STNs") are matched without their s, a phrase
whose initials spell the short form is preferred to a shorter one, and pieces of clauses are refused.  Sets
`Doc._.kg_abbreviations`, a list of `Definition` in text order.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.clean import texts_of
from kg.extract.words import words

if not Doc.has_extension("kg_abbreviations"):
    Doc.set_extension("kg_abbreviations", default=())

_MAX_SHORT = 14
_MAX_WORDS = 12
_FARTHEST = 30  # tokens before the bracket
_BRACKETS = {"(": ")", "[": "]"}
_MARKUP = frozenset({"*", "**", "`", "'", '"', "“", "”", "‘", "’", "``", "''", "}", "_", "~", "$", "-", "‐", "‑"})
_LEAD = words("before_short_form")
_OPENERS = words("before_long_form")
_HEADS = words("loose_heads")
_NEW = words("determiners")
_JOINING = frozenset({"and", "or", "&"})
_HYPHENS = frozenset("-‐‑")
_FUNCTION_WORDS = words("function_words")
_CLAUSE_WORDS = words("clause_words")
_PARTING = frozenset(".;!?():")
_QUOTES = frozenset('"“”«»')
_LEAST_SHARE = 0.6  # of the letters of an acronym that words inside a phrase with "of", "and", ... must begin with
_WIDEST = 60  # characters of a word whose capitals count


@dataclass(frozen=True)
class Definition:
    """A definition: both spans, and which of them stands inside the brackets."""

    short: Span
    long: Span
    short_inside: bool


@dataclass(frozen=True)
class _Words:
    """The words of a text: its tokens, residue of markup left out and the parts it tore put together.

    `texts`: as cleaned; `first`, `last`: the tokens of each; `spaced`: whether white space follows.
    """

    texts: list[str]
    first: list[int]
    last: list[int]
    spaced: list[bool]

    def span(self, doc: Doc, start: int, end: int) -> Span:
        """The tokens of words [start, end), with the markup hung on them if there is some inside ("**Q**uiet")."""
        first, last = self.first[start], self.last[end - 1] + 1
        markup = doc._.kg_markup
        if markup is not None and markup[first:last].any():
            while first and markup[first - 1] and not doc[first - 1].whitespace_:
                first -= 1
        return doc[first:last]


def _words_of(doc: Doc) -> _Words:
    texts, markup = texts_of(doc)
    spaced = [bool(token.whitespace_) for token in doc]
    if True not in markup:
        return _Words(texts, [*range(len(texts))], [*range(len(texts))], spaced)
    found = _Words([], [], [], [])
    torn = False  # whether nothing but markup is between this token and the word before
    for i, text in enumerate(texts):
        if markup[i]:
            torn = torn or bool(found.last and found.last[-1] == i - 1 and not spaced[i - 1])
            torn = torn and not spaced[i] and not doc._.kg_clean_texts[i]  # "~" reads as a blank
        elif torn and text[0].isalnum() and found.texts[-1][-1].isalnum() and len(found.texts[-1]) < _WIDEST:
            found.texts[-1] += text
            found.last[-1], found.spaced[-1], torn = i, spaced[i], False
        else:
            found.texts.append(text)
            found.first.append(i)
            found.last.append(i)
            found.spaced.append(spaced[i])
            torn = False
    return found


@Language.component("kg_abbreviations")
def abbreviations(doc: Doc) -> Doc:
    """Set `Doc._.kg_abbreviations`."""
    words = _words_of(doc)
    sentences = [sentence.start for sentence in doc.sents] if doc.has_annotation("SENT_START") else [0]
    starts = sorted({bisect_left(words.first, start) for start in sentences})
    places = [i for i, text in enumerate(words.texts) if text in _BRACKETS and 0 < i < len(words.texts) - 2]
    doc._.kg_abbreviations = [
        Definition(words.span(doc, *short), words.span(doc, *long), inside)
        for i in places
        for short, long, inside in _definition(words, starts, i)
    ]
    return doc


_Found = tuple[tuple[int, int], tuple[int, int], bool]  # words of the short and the long form, as in `Definition`


def _definition(words: _Words, starts: list[int], bracket: int) -> Iterator[_Found]:
    """The definition whose bracket opens at word `bracket`, if one does; `starts`: the first words of sentences."""
    texts = words.texts
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
        return
    stop = end
    while stop > start and texts[stop - 1] in _MARKUP:
        stop -= 1
    before = bracket
    while before and (texts[before - 1] in _MARKUP or texts[before - 1].isspace()):
        before -= 1
    if stop <= start or before == 0:
        return
    inside = _spelt(words, start, stop)
    first = max(starts[bisect_right(starts, bracket) - 1], before - _FARTHEST)
    if _is_short(inside) and (place := _long_form(words, first, before, inside)) is not None:
        yield (start, stop), (place, _without_head(texts, place, before, inside)), True
    elif stop - start >= 2:
        yield from _reversed(words, before, start, stop)


def _reversed(words: _Words, before: int, start: int, stop: int) -> Iterator[_Found]:
    """The definition whose short form ends before word `before` and whose long form is in words [start, stop)."""
    texts = words.texts
    for width in (1, 3) if before > 2 and texts[before - 2] in _HYPHENS else (1,):
        short = _spelt(words, before - width, before)
        place = _long_form(words, start, stop, short) if _is_short(short) else None
        if (place == start or (place == start + 1 and texts[start].casefold() in _OPENERS)) and not (
            _JOINING & set(texts[start:stop]) and _share(texts[start:stop], short) < 1
        ):
            yield (before - width, before), (place, stop), False
            return


def _spelt(words: _Words, start: int, end: int) -> str:
    """The text of words [start, end)."""
    parts = (words.texts[i] + " " * words.spaced[i] for i in range(start, end))
    return "".join(parts).rstrip()


def _without_head(texts: list[str], begin: int, end: int, short: str) -> int:
    """The end of a long form without a head word that no letter stands for: "Quiet River Learning framework (QRL)"."""
    letters = _capitals(short)
    if texts[end - 1].casefold() in _HEADS and end - begin > 2 and texts[end - 2] != "based" and len(letters) > 1:
        least = _shared(letters, _initials(texts[begin:end]))
        if least == len(letters) and _shared(letters, _initials(texts[begin : end - 1])) == least:
            return end - 1
    return end


def _is_short(text: str) -> bool:
    """Whether a text can be a short form: 2 to 14 characters, at most two words, two letters, a capital, no year."""
    return (
        2 <= len(text) <= _MAX_SHORT
        and text.count(" ") <= 1
        and text[0].isalnum()
        and text.split(maxsplit=1)[0] not in _FUNCTION_WORDS | _CLAUSE_WORDS
        and any(map(str.isupper, text))
        and sum(map(str.isalpha, text)) >= 2
        and not re.search(r"[=<>≥≤%]|\d{4}", text)
    )


def _long_form(words: _Words, first: int, last: int, short: str) -> int | None:
    """The word at which the long form of `short` begins that ends before word `last`, None if there is none."""
    texts = words.texts
    letters = [c.casefold() for c in short if c.isalnum()]
    if (len(letters) > 2 and short.endswith("s") and short[:-1].isupper()) or re.fullmatch(r".*[A-Z]s", short):
        letters.pop()
    most = min(len(letters) + 5, 2 * len(letters))
    begin = _aligned(texts, max(first, last - 2 * most - 2), last, letters)
    if begin is None:
        return None
    while begin > first + 1 and texts[begin - 1] in _HYPHENS and not words.spaced[begin - 1]:
        begin -= 2  # the first letter of "self-attention" opens the compound
    begin = _spelt_out(texts, first, begin, last, _capitals(short), most) or begin
    number = sum(1 for text in texts[begin:last] if text[0].isalnum())
    return begin if number <= most and _is_long(texts[begin:last], short) else None


def _capitals(short: str) -> list[str]:
    """The letters of a short form that words should begin with: its capitals, or all if it begins in lower case."""
    plain = short.rstrip("s") if re.fullmatch(r".*[A-Z]s", short) else short
    return [c.casefold() for c in plain if c.isalnum() and (plain[0].islower() or not c.islower())]


def _aligned(texts: list[str], first: int, last: int, letters: list[str]) -> int | None:
    """The token at which the letters, looked for from right to left before token `last`, are all found."""
    remaining = len(letters) - 1
    for i in range(last - 1, first - 1, -1):
        word = texts[i].casefold()
        if word in _PARTING and i < last - 1:
            return None
        for position in range(len(word) - 1, -1, -1):
            at_start = position == 0 or not word[position - 1].isalnum()
            opens = at_start and not _is_function_word(texts, i)
            if word[position] == letters[remaining] and (remaining > 0 or opens):
                remaining -= 1
                if remaining < 0:
                    return i
    return None


def _spelt_out(texts: list[str], first: int, begin: int, last: int, letters: list[str], most: int) -> int | None:
    """The nearest token, at `begin` or before it, from which the words' initials spell the short form: what stands
    before "Time Adaptation (TTA)" belongs to it.
    """
    for i in range(begin, max(first, last - 2 * most) - 1, -1):
        if texts[i].casefold() in _PARTING or texts[i] in _NEW or texts[i] == ",":
            return None
        opens = texts[i][0].casefold() == letters[0] and not _is_function_word(texts, i)
        if opens and _shared(letters, _initials(texts[i:last])) == len(letters):
            return i
    return None


def _is_long(texts: list[str], short: str) -> bool:
    """Whether a phrase that has the letters can be a long form: no part of a clause, no list, not the name itself."""
    long = " ".join(texts)
    if (
        not long[0].isalnum()
        or len(long) <= len(short)
        or any(
            text == short or text.startswith(f"{short}-") or text in _CLAUSE_WORDS or text in _QUOTES for text in texts
        )
        or texts[-1] in _FUNCTION_WORDS
    ):
        return False
    share = _share(texts, short)
    if "," in texts:
        return share == 1 and short.isupper()
    return share >= _LEAST_SHARE or not _FUNCTION_WORDS & set(texts) - {"based"}


def _share(texts: list[str], short: str) -> float:
    """The share of a short form's letters that words begin with, in order."""
    letters = _capitals(short)
    return _shared(letters, _initials(texts)) / len(letters)


def _is_function_word(texts: list[str], i: int) -> bool:
    """Whether no long form begins with token `i`: "the", "via", "and", but not "in" of "in-context learning"."""
    return texts[i] in _FUNCTION_WORDS and not (i + 1 < len(texts) and texts[i + 1] in _HYPHENS)


def _initials(texts: list[str]) -> list[str]:
    """First letters and inner capitals of words, folded."""
    return [c.casefold() for text in texts for k, c in enumerate(text[:_WIDEST]) if c.isalnum() and _opens(text, k)]


def _opens(text: str, k: int) -> bool:
    return k == 0 or text[k].isupper() or not text[k - 1].isalnum()


def _shared(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for a in one:
        diagonal = 0
        for j, b in enumerate(other, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]
