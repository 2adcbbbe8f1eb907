"""How answers are printed: tables for people, JSON and CSV for programs.  Text from papers never acts on its reader."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kg.store import Rows

Format = Literal["json", "csv"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDE = 160
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(rows: Rows, format_: Format) -> str:
    """The rows as text that ends in a line feed; a table is printed by `print_table`."""
    if format_ == "json":
        objects = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
        return json.dumps(objects, ensure_ascii=False, indent=1, default=str) + "\n"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows([csv_cell(value) for value in row] for row in rows.rows)
    return buffer.getvalue()


def csv_cell(value: object) -> object:
    """A value as a CSV cell: lists as JSON, null as nothing, a quote before text that a spreadsheet would run."""
    if isinstance(value, (list, tuple, dict)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], *, title: str | None = None) -> Table:
    """A table for the terminal."""
    grid = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(visible(value)) for value in row))
    return grid


def visible(value: object) -> str:
    """A value as a person reads it; control characters, which could steer a terminal, are made visible."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(visible(item) for item in value)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read our output has seen enough: that is no failure."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)


def console(*, stderr: bool = False) -> Console:
    """A console that takes text as it is: no markup, no highlighting, no emoji codes."""
    return _Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=_width(stderr=stderr))


def _width(*, stderr: bool) -> int | None:
    """Columns where nobody's terminal sets them: into a file or pipe, tables may be wide."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return None if terminal else _WIDE
