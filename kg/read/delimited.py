"""Tables as text: CSV and TSV with a header line, separated by comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kg.models import Paper, Rejected
from kg.read import fields
from kg.read.fields import BadRecordError
from kg.read.source import LIMIT, Source, UnreadableError, flaw

NAME = "csv"
DELIMITERS = ",;\t|"


def has_header(lines: Sequence[str]) -> bool:
    """Whether the first line names a column of titles or of abstracts."""
    names = {fields.KNOWN.get(fields.column(name)) for name in split(lines[0])}
    return not names.isdisjoint({"title", "abstract"})


def is_regular(lines: Sequence[str]) -> bool:
    """Whether the first lines have the same number of fields, more than one."""
    char = delimiter(lines[0])
    lengths = {len(split(line, char)) for line in lines[:20]}
    return len(lines) > 2 and len(lengths) == 1 and lengths != {1}


def delimiter(header: str) -> str:
    """The delimiter of a header line: the one that gives most known columns, then most columns."""

    def worth(char: str) -> tuple[int, int]:
        names = split(header, char)
        return sum(fields.column(name) in fields.KNOWN for name in names), len(names)

    return max(DELIMITERS, key=worth)


def split(line: str, char: str | None = None) -> list[str]:
    """The cells of a line that stands alone."""
    try:
        with _large_fields():
            return next(csv.reader([line], delimiter=char or delimiter(line)), [])
    except csv.Error:
        return []


def read(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of a table, one a row.

    Raises:
        UnreadableError: there is no column of titles or none of abstracts, or one is there twice.
    """
    rows = _Rows(source)
    header_line, header = rows.header()
    check_columns(header, "its header line")
    for line, row in rows:
        if isinstance(row, csv.Error):
            yield source.rejected(f"broken row: {row}", line=line)
        elif reason := flaw("".join(row)):
            yield source.rejected(reason, line=line)
        elif row == header:
            yield source.rejected(f"the header line once more (first in line {header_line})", line=line)
        elif len(row) != len(header):
            yield source.rejected(f"it has {len(row)} fields, the header has {len(header)}", line=line)
        else:
            record = dict(zip(header, row, strict=True))
            try:
                yield fields.paper(record, NAME)
            except BadRecordError as error:
                yield source.rejected(str(error), line=line, record=fields.label(record))


def check_columns(columns: Sequence[str], where: str) -> None:
    """Whether a table has what a paper needs.

    Raises:
        UnreadableError: there is no column of titles or none of abstracts, or a known one is there twice.
    """
    names = [fields.column(name) for name in columns]
    for field in ("title", "abstract"):
        if not set(fields.NAMES[field]).intersection(names):
            listed = ", ".join(fields.shorten(name.strip(), 30) or "(no name)" for name in columns[:20])
            listed += f" and {len(columns) - 20} more" if len(columns) > 20 else ""
            accepted = ", ".join(fields.NAMES[field])
            raise UnreadableError(
                f"{where} has no column {field!r}; found: {listed}; call one of them one of: {accepted}"
            )
    for name in names:
        if name in fields.KNOWN and names.count(name) > 1:
            raise UnreadableError(
                f"{where} has the column {name!r} {names.count(name)} times; rename or remove all but one"
            )


class _Rows:
    """The rows of a table with the line they begin at; a row that cannot be parsed comes as the error.

    After a broken row (a quote that is never closed swallows what follows) reading goes on with the very next line.
    """

    def __init__(self, source: Source) -> None:
        self._lines = source.lines(newline="")
        self._again: deque[tuple[int, str]] = deque()  # lines of a broken row, to be read once more
        self._taken: list[tuple[int, str]] = []  # lines of the row that is being read
        self._delimiter = ","
        self._columns = 0

    def header(self) -> tuple[int, list[str]]:
        """The first line that is not blank, which also tells the delimiter.

        Raises:
            UnreadableError: it is broken.
        """
        first = next(line for line in self._lines if line[1].strip())
        self._delimiter = delimiter(first[1])
        self._again.append(first)
        line, row = next(self)
        if isinstance(row, csv.Error):
            raise UnreadableError(f"its header, line {line}, is broken: {row}")
        self._columns = len(row)
        return line, row

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> tuple[int, list[str] | csv.Error]:
        while True:
            self._taken = []
            try:
                with _large_fields():
                    row = next(csv.reader(self._feed(), delimiter=self._delimiter, strict=True))
            except csv.Error as error:
                self._again.extendleft(reversed(self._taken[1:]))
                return self._taken[0][0], self._unquoted() or error
            if any(cell.strip() for cell in row):
                return self._taken[0][0], row

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            self._taken.append(line)
            yield line[1]

    def _unquoted(self) -> list[str] | None:
        """The first line as a row of a table without quoting, as many TSV files are: a title may begin with a quote."""
        row = self._taken[0][1].rstrip("\r\n").split("\t")
        return row if self._delimiter == "\t" and len(row) == self._columns else None


@contextmanager
def _large_fields() -> Iterator[None]:
    """Let the csv module take fields up to `LIMIT` characters, for as long as it takes: its limit is everyone's."""
    before = csv.field_size_limit(LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
