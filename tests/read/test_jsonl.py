"""JSON Lines, and JSON in other layouts."""

from __future__ import annotations

import json

import pytest
from fixtures_read import Reading

from kg.read import source


def test_a_record(reading: Reading) -> None:
    record = {
        "id": "w1",
        "title": "Turning Widgets",
        "abstract": "We turn widgets.\nAll of them.",
        "authors": ["Jane Doe"],
        "venue": "WidgetConf",
        "year": 2021,
        "url": "https://example.org/w1",
        "github": "https://github.com/doe/widgets",
    }
    (paper,), rejects = reading(json.dumps(record))
    assert rejects == []
    assert (paper.id, paper.title, paper.abstract) == ("w1", "Turning Widgets", "We turn widgets.\nAll of them.")
    assert (paper.authors, paper.venue, paper.year) == (("Jane Doe",), "WidgetConf", 2021)
    assert (paper.url, paper.source) == ("https://example.org/w1", "jsonl")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"title": "A widget"', "broken JSON"),
        (b'{"title": "A widget"}}', "broken JSON"),
        (b"{'title': 'A widget'}", "broken JSON"),
        (b'{"title": "A br\xfccke"}', "UTF-8"),
        (b'["A widget"]', "no object"),
        (b'"A widget"', "no object"),
        (b"null", "no object"),
        (b'{"abstract": "We turn it."}', "no title"),
        (b"{}", "no title"),
        (b'{"title": 5}', "title is a number"),
        (b'{"title": "A widget", "abstract": ["We", "turn"]}', "abstract is a list"),
        (b"[" * 100_000, "broken JSON"),
        (b'{"title": ' + b"[" * 100_000, "broken JSON"),
        (b'{"title": "A widget", "year": ' + b"9" * 5000 + b"x}", "broken JSON"),
        (b'{"x": "' + b"long " * 10_000 + b'"}', "no title"),
    ],
)
def test_a_bad_line_is_named_and_costs_no_other(reading: Reading, line: bytes, reason: str) -> None:
    papers, rejects = reading(b'{"title": "First"}\n' + line + b'\n{"title": "Last"}\n', "papers.jsonl")
    assert [paper.title for paper in papers] == ["First", "Last"]
    assert [reject.line for reject in rejects] == [2]
    assert reason in rejects[0].reason
    assert len(rejects[0].reason) < 150


def test_reason_says_where_the_json_breaks(reading: Reading) -> None:
    _, rejects = reading('{"title": "A widget" "abstract": ""}\n')
    assert rejects[0].reason == "broken JSON: Expecting ',' delimiter at character 22"


def test_nan_lone_surrogates_and_large_numbers_are_taken(reading: Reading) -> None:
    papers, rejects = reading(
        '{"title": "A \\ud800 widget", "year": NaN, "abstract": NaN}\n'
        '{"title": "B", "year": 2021, "size": ' + "9" * 400 + "}\n"
    )
    assert [(paper.title, paper.abstract, paper.year) for paper in papers] == [
        ("A \ufffd widget", "", None),
        ("B", "", 2021),
    ]
    assert rejects == []


def test_last_line_needs_no_line_end(reading: Reading) -> None:
    papers, _ = reading('{"title": "A"}\n\n{"title": "B"}')
    assert [paper.title for paper in papers] == ["A", "B"]


def test_line_separators_inside_strings_are_text(reading: Reading) -> None:
    papers, rejects = reading('{"title": "A", "abstract": "one\u2028two\x85three"}\n')
    assert [paper.abstract for paper in papers] == ["one\u2028two\x85three"]
    assert rejects == []


def test_a_very_long_field(reading: Reading) -> None:
    abstract = "We turn it. " * 200_000
    papers, rejects = reading(json.dumps({"title": "A", "abstract": abstract}))
    assert papers[0].abstract == abstract.strip()
    assert rejects == []


def test_an_endless_line_is_rejected_without_being_kept(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LIMIT", 1000)
    papers, rejects = reading('{"title": "' + "a" * 9000 + '"}\n{"title": "B"}\n')
    assert [paper.title for paper in papers] == ["B"]
    assert [reject.line for reject in rejects] == [1]
    assert "longer than" in rejects[0].reason


RECORDS: list[dict[str, object]] = [
    {"id": "1", "title": "A {widget} with \"quotes\" and \\ [brackets]", "abstract": "We turn it. }{ \\\" \u00e9"},
    {"id": "2", "title": "B", "nested": {"a": [{"b": {}}], "c": "}"}},
    {"id": "3", "title": "C", "abstract": "x" * 70_000},
    {"id": "4", "title": "D\\"},
]  # fmt: skip
LAYOUTS = {
    "array": json.dumps(RECORDS),
    "indented array": json.dumps(RECORDS, indent=2),
    "array, one a line": "[\n" + ",\n".join(map(json.dumps, RECORDS)) + "\n]\n",
    "indented objects": "\n".join(json.dumps(record, indent=4) for record in RECORDS),
    "unescaped": json.dumps(RECORDS, ensure_ascii=False),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_json(reading: Reading, layout: str) -> None:
    papers, rejects = reading(LAYOUTS[layout], "papers.json")
    assert [paper.id for paper in papers] == ["1", "2", "3", "4"]
    assert [paper.title for paper in papers] == [record["title"] for record in RECORDS]
    assert rejects == []


@pytest.mark.parametrize("head", [64, 65, 66, 67, 4096])
def test_pieces_may_end_anywhere(reading: Reading, monkeypatch: pytest.MonkeyPatch, head: int) -> None:
    monkeypatch.setattr("kg.read.jsonl.HEAD", head)
    records = [{"title": 'Widget \\ "' + "\\" * n + '{"' + "x" * n, "abstract": "{" * n} for n in range(60)]
    papers, rejects = reading(json.dumps(records))
    assert [paper.title for paper in papers] == [record["title"] for record in records]
    assert rejects == []


def test_bad_elements_of_an_array_are_named(reading: Reading) -> None:
    papers, rejects = reading('[\n{"title": "A"},\n5,\n{"title": 5},\n{"title" "B"},\n{"title": "C"}\n]\n')
    assert [paper.title for paper in papers] == ["A", "C"]
    assert [reject.line for reject in rejects] == [4, 4, 5]
    assert "object {...} was expected" in rejects[0].reason


def test_array_that_is_cut(reading: Reading) -> None:
    papers, rejects = reading('[\n{"title": "A"},\n{"title": "B"},\n{"title": "C", "abst')
    assert [paper.title for paper in papers] == ["A", "B"]
    assert [reject.line for reject in rejects] == [4]
    assert "no closing brace" in rejects[0].reason
