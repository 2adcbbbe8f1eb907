import csv
import io
import json

from kg.output import console, csv_cell, render, table, visible
from kg.store import Rows

ROWS = Rows(("name", "n", "list"), [("=1+1", 1.5, ["a", "-b"]), ("\x1b[31mred", None, []), ("[bold]x[/]", True, ["é"])])


def test_json_keeps_values_as_they_are() -> None:
    assert json.loads(render(ROWS, "json"))[1] == {"name": "\x1b[31mred", "n": None, "list": []}


def test_csv_never_starts_a_formula_and_reads_back() -> None:
    lines = list(csv.reader(io.StringIO(render(ROWS, "csv"))))
    assert lines[0] == ["name", "n", "list"]
    assert lines[1] == ["'=1+1", "1.5", '["a", "-b"]']
    assert lines[2] == ["\x1b[31mred", "", "[]"]
    assert lines[3][1] == "true"
    for start in "=+-@\t\r":
        assert csv_cell(start + "x") == "'" + start + "x"
    assert csv_cell(-1.5) == -1.5


def test_a_table_shows_control_characters_and_reads_no_markup() -> None:
    out = console()
    with out.capture() as capture:
        out.print(table(ROWS.columns, ROWS.rows))
    text = capture.get()
    assert "\x1b[31m" not in text
    assert "[bold]x[/]" in text
    assert visible("a\x1bb\u202ec") == "a\ufffdb\ufffdc"
    assert visible(None) == ""
