"""Pages of "similar papers" as Hugging Face's daily papers show them.

Five banner lines, the last of which is a date without a year, then title and abstract in turn; blank lines between all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kg.models import Paper, Rejected
from kg.read.fields import abstract_text, shorten, title_text
from kg.read.source import LIMIT, DamagedError, Source, flaw

NAME = "hf-page"

# Longer text is no title.  Real titles stay below 150 characters, real abstracts of such pages above 300.
TITLE_LENGTH = 300

_BANNER = re.compile(
    r"new|get trending papers in your email inbox!?|subscribe|by\s*\S.* and the research community"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:, \d{4})?",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"[.!?…][\W_]*$")
_ENDS_IN_ADDRESS = re.compile(r"\w\.\w[^\s]*/?$")

Block = tuple[int, str]  # line number, text


def is_page(lines: Sequence[str]) -> bool:
    """Whether the first lines that are not blank are the banner of such a page."""
    return sum(bool(_BANNER.fullmatch(line.strip())) for line in lines[:5]) >= 2


def read(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of a page, or of several pages one after the other; `year` and `date` stay empty.

    A title without an abstract is rejected and costs no other entry.
    """
    waiting: list[Block] = []  # a title, then an abstract by its place: only the next block tells whether it is one
    try:
        for block in _blocks(source):
            if _BANNER.fullmatch(block[1].strip()):
                continue
            waiting.append(block)
            if len(waiting[0][1]) > TITLE_LENGTH:
                yield _misplaced(source, waiting.pop(0))
            elif len(waiting) == 3 and len(waiting[1][1]) < TITLE_LENGTH < len(block[1]):  # two titles, an abstract
                yield _without_abstract(source, waiting.pop(0))
            elif len(waiting) == 3:
                yield _entry(source, waiting.pop(0), waiting.pop(0))
    except DamagedError:
        if len(waiting) == 2:
            yield _entry(source, *waiting)
        raise
    if len(waiting) == 2:
        yield _entry(source, *waiting, last=True)
    elif waiting:
        yield _without_abstract(source, *waiting)


def _entry(source: Source, title: Block, abstract: Block, *, last: bool = False) -> Paper | Rejected:
    line, text = title
    name = shorten(title_text(text))
    if reason := flaw(text) or flaw(abstract[1]):
        return source.rejected(reason, line=line, record=None if flaw(text) else name)
    if last and _breaks_off(abstract[1]):
        reason = "its abstract breaks off at the end of the page; if it is complete, end it with a full stop"
        return source.rejected(reason, line=abstract[0], record=name)
    return Paper(title=title_text(text), abstract=abstract_text(abstract[1]), source=NAME)


def _breaks_off(text: str) -> bool:
    """Whether the last text of a page was cut inside a sentence: no full stop, no web address, no line end."""
    return not (text.endswith("\n") or _FULL_STOP.search(text) or _ENDS_IN_ADDRESS.search(text))


def _without_abstract(source: Source, title: Block) -> Rejected:
    reason = "no abstract follows this title; the page is cut here"
    return source.rejected(flaw(title[1]) or reason, line=title[0], record=shorten(title_text(title[1])))


def _misplaced(source: Source, block: Block) -> Rejected:
    reason = "an abstract stands where a title should be; the title before it is missing"
    return source.rejected(flaw(block[1]) or reason, line=block[0])


def _blocks(source: Source) -> Iterator[Block]:
    """Lines that no blank line parts, with the number of the first."""
    start, lines, size = 0, list[str](), 0
    for number, line in source.lines():
        if line.strip():
            start = start if lines else number
            if size <= LIMIT:
                lines.append(line)
                size += len(line)
        elif lines:
            yield start, "".join(lines)
            lines, size = [], 0
    if lines:
        yield start, "".join(lines)
