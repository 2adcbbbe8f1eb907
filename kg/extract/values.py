"""Numbers that a text states as values, with their units: "92.3%", "1.3x-1.6x", "$88.6\\%$", "+2.1 points", "30 FPS".

All of them, of whatever they are: `kg_results` decides which are results.  No values are years, numbers in links and
citations, and numbers that are part of a word or formula (`CIFAR-10`, `top-1`, `4-bit`, `3D`, `$L_2$`, `3x3`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from spacy.tokens import Doc

from kg.extract.features import Text

Kind = Literal["percent", "factor", "points", "measure", "scaled", "bare"]
Step = Literal["", "from", "to"]


@dataclass(frozen=True)
class Value:
    """A number or a range with its unit, as written.

    `start_char`, `end_char`: the characters of all of it, sign and unit included; `start`, `end`: the tokens that this
    touches; `token`: the first token of the number.  `low` and `high` (None where there is no range) are the numbers as
    written; `unit` is as written, empty where `kind` is "bare"; `kind`: "measure" for units of time, size, ... ,
    "scaled" for "1.2M".  `step`: "from" and "to" for the two values of "from 61.2 to 64.0".
    """

    start_char: int
    end_char: int
    start: int
    end: int
    token: int
    low: str
    high: str | None
    unit: str
    kind: Kind
    step: Step = ""

    @property
    def number(self) -> float:
        """The number, or the lower one of a range."""
        return _read(self.low)

    @property
    def number_max(self) -> float | None:
        """The higher number of a range."""
        return None if self.high is None else _read(self.high)


class _Found(NamedTuple):
    """A value in a text: its characters, where its number begins, and the rest as in `Value`."""

    start: int
    end: int
    number: int
    low: str
    high: str | None
    unit: str
    kind: Kind
    step: Step = ""


_COUNTED = {"an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0} | {
    word: float(n)
    for n, word in enumerate(
        ["eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"], start=8
    )
}
# Begins with a digit, since such a pattern is searched for fast.
_DIGITS = r"\d(?:\d{0,2}(?:,\d{3}){1,4}(?!\d)|\d*)(?:\.\d+|:\d{1,2}(?=\s?\\?%))?"
_LONGEST = 15  # characters of a number; longer ones are debris
# Markup that may stand before and after a number: mathematics, bold.
_OPENS = r"(?:\$|\\(?:mathbf|textbf|mathrm|text|bf|boldsymbol)\s?\{|\{|\*\*){1,3}"
_CLOSES = r"(?:\}|\$|\*\*|\\[,;:!]){0,3}"
_BEFORE = re.compile(rf"(?:[+\-−]?{_OPENS})?(?P<sign>[+\-−]?)(?P<point>(?<![\w.])\.)?$")
_UNITS: dict[Kind, str] = {
    "points": r"[\s-](?:(?:absolute|accuracy|percentage|percent)[\s-])?(?:points?|pts?)\b|\s?(?:pp\b|p\.p\.)",
    "percent": (
        r"[\s~]?(?:\{?\\?%\}?|％|-?per ?cent(?:age)?\b)"
        r"(?:(?:\$?[\s-]?(?:percentage )?(?:points?|pts?|pp)|p)\b)?"
    ),
    "factor": (
        r"[\s~]?(?:\$?\\times(?![A-Za-z])|[x×X](?![\w@]))(?!\s?\$?\d)"
        r"|\s?times\b(?! \d)|[\s-]?folds?\b|[\s-]orders? of magnitudes?\b"
    ),
    "measure": (
        r"[\s~]?(?:(?:[nuµμ]s|ms|milliseconds?|microseconds?|secs?|seconds?|s|minutes?|mins?|hours?|hrs?|h|days?)\b"
        r"|(?:fps|FPS|Fps|(?:frames|images|samples|tokens?|queries)(?:/s| per second)|[kMG]?Hz)\b"
        r"|(?:dBm?|db|bpp|bits?|[KMGTk]i?B|[mg]b|gigabytes?|megabytes?)\b"
        r"|[KMGTP]?[\s-]?(?:FLOP[sS]?|flops|MACs?|TOPS|G?OPS)(?:/\w{1,4})?\b"
        r"|(?:[kcmµμn]?m|centimeters?|meters?|kilometers?|km/h|m/s|pixels?|px|[kmµμn]?[JW])\b"
        r"|°|\^\{?\\circ\}?|-?deg(?:rees?)?\b|N\b)"
    ),
    "scaled": r"(?:[KMBkGT]|mil)\b(?:\s?(?:FLOPs?|MACs?)\b)?|\s(?:million|billion|thousand|trillion)\b",
}
_PATTERNS: list[tuple[Kind, re.Pattern[str]]] = [
    (kind, re.compile(rf"{_CLOSES}(?P<unit>{pattern})(?P<close>{_CLOSES})")) for kind, pattern in _UNITS.items()
]
_NUMBER = re.compile(_DIGITS)
_WORD = re.compile(
    rf"\b(?P<low>{'|'.join(_COUNTED)})[\s-]?(?P<unit>(?<!one )(?<!an )(?:times|folds?)\b|orders? of magnitude\b)",
    re.IGNORECASE,
)
_AFTER_WORDS = ("times", "fold", "magnitude")
_DEVIATION = re.compile(rf"\s?\$?\s?(?:±|\\pm|\+/?-)\s?\$?\s?(?:{_DIGITS})")
_JOIN = re.compile(rf"{_CLOSES}(?:\s?(?:-{{1,3}}|[–—−∼~])\s?|\s(?P<word>to|and)\s)(?:{_OPENS})?[+~]?(?={_DIGITS})")
_BETWEEN = re.compile(
    r"\b(?:between|range of|rang(?:ing|es?) (?:from|in|of)|var(?:ying|y|ies) (?:from|between))\W*$", re.I
)
_FROM = re.compile(r"\bfrom\b[^,;]{0,25}$", re.I)
_GLUED_BEFORE = re.compile(r"(?:[A-Za-z@_^\\]|\w[-‐‑]|\w[.,:]|\d\s?(?:[x×]|\\times)\s?)$")
_GLUED_AFTER = re.compile(r"[^\W\d_]|[@_^]|[-‐‑](?=[A-Za-z(])|\.\d|,\d{3}|\s?(?:[x×]|\\times)\s?\$?\d")
_RUN = re.compile(r"[\w./‐‑-]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LOOK_BACK = 40  # characters before a number in which "between" and "from" tell what a second number is
_MARKUP = 30  # characters that the markup before a number can have


def find_values(doc: Doc) -> list[Value]:
    """Every value in the abstract, in text order; needs sentence boundaries, and links for leaving theirs out."""
    read = Text.of(doc)
    if not len(doc):
        return []
    begins = [token.idx for token in doc]
    found = []
    for value in _in_text(doc.text, begins[read.title_end]):
        token = bisect_right(begins, value.number) - 1
        if token in read.blocked:
            continue
        start, end = bisect_right(begins, value.start) - 1, bisect_left(begins, value.end)
        found.append(Value(value.start, value.end, start, end, token, *value[3:]))
    return found


def _in_text(text: str, begin: int) -> Iterator[_Found]:
    """The values from character `begin` on."""
    done = begin  # up to here all is read
    words = list(_WORD.finditer(text, begin))[::-1] if any(word in text for word in _AFTER_WORDS) else []
    for match in _NUMBER.finditer(text, begin):
        while words and words[-1].start() < match.start():
            yield _in_words(words.pop())
        if match.start() >= done:
            values = _at(text, match)
            yield from values
            done = values[-1].end if values else _end(_RUN, text, match.end())
    yield from map(_in_words, words[::-1])


def _at(text: str, match: re.Match[str]) -> list[_Found]:
    """The value whose number `match` is, with the other end of its range or the one after "to"; none if it is none."""
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    outside = before[: len(before) - len(_opening(before)[0])]
    if len(match[0]) > _LONGEST or _GLUED_BEFORE.search(outside):
        return []
    first = _measured(text, match, match)
    if first is None:
        return []
    join = _JOIN.match(text, first.end)
    second = _NUMBER.match(text, join.end()) if join else None
    if join is None or second is None or len(second[0]) > _LONGEST:
        return [first]
    between = _BETWEEN.search(before)
    if join["word"] == "and" and not between:
        return [first]
    if join["word"] and not between and _FROM.search(before):
        last = _measured(text, second, second)
        if last is None:
            return [first]
        if first.kind == "bare":
            first = first._replace(unit=last.unit, kind=last.kind)
        return [first._replace(step="from"), last._replace(step="to")]
    return [_measured(text, match, second) or first]


def _measured(text: str, low: re.Match[str], high: re.Match[str]) -> _Found | None:
    """The value with these numbers and the unit after the last; None for part of a word, a year, a number of a list."""
    deviation = _DEVIATION.match(text, high.end())
    after = deviation.end() if deviation else high.end()
    unit, inner, outer = "", after, after
    kind: Kind = "bare"
    for name, pattern in _PATTERNS:
        if found := pattern.match(text, after):
            unit, kind, inner, outer = found["unit"].strip(" ~-$"), name, found.end("unit"), found.end()
            break
    else:
        if _GLUED_AFTER.match(text, after):
            return None
        if _YEAR.fullmatch(low[0]) or (len(low[0]) == 1 and text[after : after + 1] == ")"):
            return None
    opening = _opening(text[max(0, low.start() - _MARKUP) : low.start()])
    point = opening["point"] or ""
    start, most = low.start() - len(opening["sign"] + point), low.start() - len(opening[0])
    for a, b in ((start, inner), (start, outer), (most, inner), (most, outer)):
        written = text[a:b]
        closed = "$" not in written or text[b : b + 1] != "$"
        if closed and not written.count("$") % 2 and written.count("{") == written.count("}"):
            start, inner = a, b
            break
    first = point + low[0]
    return _Found(start, inner, low.start(), first, None if low is high else high[0], unit, kind)


def _opening(before: str) -> re.Match[str]:
    """The markup and the sign at the end of what stands before a number."""
    found = _BEFORE.search(before[-_MARKUP:])
    assert found is not None  # it may be empty
    return found


def _in_words(match: re.Match[str]) -> _Found:
    """The value of "three times" or "an order of magnitude"."""
    return _Found(*match.span(), match.start(), match["low"], None, match["unit"], "factor")


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _read(number: str) -> float:
    return _COUNTED.get(number.casefold()) or float(number.replace(",", "").replace(":", "."))
