"""JSON: one object a line, or objects in an array or over several lines; each object tells its own dialect.

An object of the arXiv snapshot, OpenAlex or Semantic Scholar is read as such, any other by the usual names of its keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from kg.models import Paper, Rejected
from kg.read import arxiv, fields, openalex, semantic_scholar
from kg.read.fields import BadRecordError
from kg.read.source import HEAD, LIMIT, DamagedError, Source, flaw

NAME = "jsonl"

_MARKS = re.compile(r'[{}"\n]|\\[^\n]?')
_BETWEEN = " \t\r\n,[]"  # what may stand between objects


class _Dialect(Protocol):
    NAME: str

    def matches(self, record: Mapping[str, object]) -> bool: ...

    def flatten(self, record: Mapping[str, object]) -> dict[str, object]: ...


_DIALECTS: tuple[_Dialect, ...] = (openalex, semantic_scholar, arxiv)


def read(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of JSON Lines: a broken line costs that line only."""
    for number, line in source.lines():
        if line.strip():
            yield _read_object(source, number, line)


def read_objects(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of a JSON array of objects, or of objects that span lines; memory holds one object at a time."""
    for number, text in _objects(source):
        if text.startswith("{"):
            yield _read_object(source, number, text)
        else:
            yield source.rejected("an object {...} was expected here", line=number)


def _read_object(source: Source, number: int, text: str) -> Paper | Rejected:
    if reason := flaw(text):
        return source.rejected(reason, line=number)
    try:
        record = _decode(text)
    except (ValueError, RecursionError) as error:
        return source.rejected(f"broken JSON: {_explain(error)}", line=number)
    if not isinstance(record, dict):
        return source.rejected("it is JSON, but no object {...}", line=number)
    try:
        return paper(record)
    except BadRecordError as error:
        return source.rejected(str(error), line=number, record=fields.label(record))


def paper(record: Mapping[str, object]) -> Paper:
    """The paper in a JSON object of any dialect.

    Raises:
        BadRecordError: it gives none.
    """
    for dialect in _DIALECTS:
        if dialect.matches(record):
            return fields.paper(dialect.flatten(record), dialect.NAME)
    return fields.paper(record, NAME)


def _decode(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        # The standard decoder is slower, but takes NaN and lone surrogates, and says where an error is.
        return json.loads(text)


def _explain(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else fields.shorten(str(error))


def _objects(source: Source) -> Iterator[tuple[int, str]]:
    """The outermost {...} of a text with the line they begin at, and whatever else stands between them.

    Raises:
        DamagedError: an object has no closing brace.
    """
    parts, size, start = list[str](), 0, 0
    for line, text, place in _segments(source):
        if place == "between":
            if stray := text.strip(_BETWEEN):
                yield line, stray
            continue
        start = start if parts else line
        if size <= LIMIT:
            parts.append(text)
            size += len(text)
        if place == "end":
            yield start, "".join(parts)
            parts, size = [], 0
    if parts:
        raise DamagedError("an object that begins here has no closing brace; nothing after it could be read", start)


def _segments(source: Source) -> Iterator[tuple[int, str, Literal["between", "inside", "end"]]]:
    """The text cut before and behind its outermost objects, with line numbers; long ones come in several segments.

    Works on pieces of the text, since a whole array may stand in one line.
    """
    text = source.text()
    depth, quoted, escaped = 0, False, False
    while piece := text.read(HEAD):
        begin, skip, escaped = 0, int(escaped), False
        for mark in _MARKS.finditer(piece, skip):
            before, char = depth, mark[0]
            escaped = char == "\\"  # what it escapes is in the next piece
            if char == "\n":
                source.line += 1
                quoted = False  # JSON has no string of several lines: its quote is missing
            elif char == '"':
                quoted = depth > 0 and not quoted
            elif not quoted:
                depth = max(0, depth + {"{": 1, "}": -1}.get(char, 0))
            if before == 0 and depth == 1:
                yield source.line + 1, piece[begin : mark.start()], "between"
                begin = mark.start()
            elif before == 1 and depth == 0:
                yield source.line + 1, piece[begin : mark.end()], "end"
                begin = mark.end()
        yield source.line + 1, piece[begin:], "inside" if depth else "between"
