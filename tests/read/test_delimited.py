"""Tables as text: CSV and TSV."""

from __future__ import annotations

import csv
import gzip

import pytest
from fixtures_read import Reading

from kg.read import delimited

GOOD = "title,abstract\nFirst,We turn it.\n"


def test_a_record(reading: Reading) -> None:
    (paper,), rejects = reading(
        "ID,Title,Abstract,Authors,Year,DOI,Rating\n"
        'w1,"Turning ""Widgets"", Fast","We turn widgets.\nAll of them.",Jane Doe; John Roe,2021,10.1234/W,5\n'
    )
    assert rejects == []
    assert (paper.id, paper.title) == ("w1", 'Turning "Widgets", Fast')
    assert paper.abstract == "We turn widgets.\nAll of them."
    assert (paper.authors, paper.year, paper.doi) == (("Jane Doe", "John Roe"), 2021, "10.1234/w")
    assert paper.source == "csv"


@pytest.mark.parametrize("char", list(delimited.DELIMITERS))
def test_delimiters(reading: Reading, char: str) -> None:
    papers, rejects = reading(f"id{char}title{char}abstract\nw1{char}A widget{char}We turn it.\n")
    assert [(paper.id, paper.title, paper.abstract) for paper in papers] == [("w1", "A widget", "We turn it.")]
    assert rejects == []


def test_delimiter_is_the_one_that_gives_known_columns(reading: Reading) -> None:
    papers, _ = reading("title;abstract;a,b,c,d,e\nA widget;We turn it, and so on;x\n")
    assert [(paper.title, paper.abstract) for paper in papers] == [("A widget", "We turn it, and so on")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Only a title", "1 fields, the header has 2"),
        ("A,b,c", "3 fields, the header has 2"),
        (",We turn it.", "no title"),
        ("title,abstract", "header line once more (first in line 1)"),
        ('"A" widget,We turn it.', "broken row"),
    ],
)
def test_a_bad_row_is_named_and_costs_no_other(reading: Reading, row: str, reason: str) -> None:
    papers, rejects = reading(f'{GOOD}{row}\n"La\nst",We turn it.\n', "papers.csv")
    assert [paper.title for paper in papers] == ["First", "La st"]
    assert [reject.line for reject in rejects] == [3]
    assert reason in rejects[0].reason


def test_a_row_that_is_not_utf8(reading: Reading) -> None:
    papers, rejects = reading(GOOD.encode() + b"A br\xfccke,We turn it.\nLast,We turn it.\n")
    assert [paper.title for paper in papers] == ["First", "Last"]
    assert [reject.line for reject in rejects] == [3]
    assert "UTF-8" in rejects[0].reason


def test_a_quote_that_is_never_closed_costs_its_row_only(reading: Reading) -> None:
    papers, rejects = reading(GOOD + '"Second,We turn it.\nThird,We turn it.\n"Fourth","We turn it."\nLast,x\n')
    assert [paper.title for paper in papers] == ["First", "Third", "Fourth", "Last"]
    assert [reject.line for reject in rejects] == [3]


def test_blank_rows_are_passed_over(reading: Reading) -> None:
    papers, rejects = reading("\n" + GOOD + "\n , \n,\nLast,We turn it.")
    assert ([paper.title for paper in papers], rejects) == (["First", "Last"], [])


@pytest.mark.parametrize(
    ("header", "missing"),
    [("id,title,text", "abstract"), ("name,abstract", "title"), ("title", "abstract"), ("a,b,c", "title")],
)
def test_without_a_column_the_input_is_rejected_with_what_is_there(reading: Reading, header: str, missing: str) -> None:
    papers, rejects = reading(header + "\n" + ",".join("x" for _ in header.split(",")) + "\n", "papers.csv")
    assert papers == []
    assert len(rejects) == 1
    assert f"no column {missing!r}" in rejects[0].reason
    assert header.replace(",", ", ") in rejects[0].reason
    assert f"{missing}, paper_{missing}" in rejects[0].reason


def test_a_wide_header_is_not_poured_out(reading: Reading) -> None:
    _, rejects = reading("title," + ",".join(f"column_{'x' * 200}_{n}" for n in range(500)) + "\n")
    assert "and 481 more" in rejects[0].reason
    assert len(rejects[0].reason) < 1200


def test_a_column_that_is_there_twice(reading: Reading) -> None:
    papers, rejects = reading("title,abstract,Abstract\nA,b,c\n")
    assert papers == []
    assert "'abstract' 2 times" in rejects[0].reason
    papers, rejects = reading("title,abstract,x,x\nA,b,c,d\n")
    assert (len(papers), rejects) == (1, [])


def test_large_fields_do_not_touch_the_limit_of_others(reading: Reading) -> None:
    before = csv.field_size_limit()
    abstract = "We turn it, and more. " * 100_000
    papers, rejects = reading(f'title,abstract\nA,"{abstract}"\n')
    assert papers[0].abstract == abstract.strip()
    assert rejects == []
    assert csv.field_size_limit() == before


def test_tables_without_quoting(reading: Reading) -> None:
    papers, rejects = reading('title\tabstract\n"Why?" Widgets\tWe "turn" it.\n"Because\tWe turn it.\nLast\tx\n')
    assert [paper.title for paper in papers] == ['"Why?" Widgets', '"Because', "Last"]
    assert rejects == []


def test_old_line_ends(reading: Reading) -> None:
    for end in ("\r\n", "\r"):
        papers, rejects = reading((GOOD + '"Se\ncond",We turn it.\n').replace("\n", end))
        assert [paper.title for paper in papers] == ["First", "Se cond"]
        assert rejects == []


def test_a_broken_header(reading: Reading) -> None:
    papers, rejects = reading('title,abstract,"x" y\nA,b,c\n')
    assert papers == []
    assert "header, line 1, is broken" in rejects[0].reason


def test_truncated_gzip(reading: Reading) -> None:
    table = "title,abstract\n" + "".join(f"Widget {n},We turn it.\n" for n in range(50))
    papers, rejects = reading(gzip.compress(table.encode())[:-8])
    assert len(papers) == 50
    assert [reject.line for reject in rejects] == [52]
