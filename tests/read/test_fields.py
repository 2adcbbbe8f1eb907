"""From columns with usual names to a paper, and the clean form of each field."""

from __future__ import annotations

import datetime

import pytest

from kg.read import fields
from kg.read.fields import BadRecordError


def test_usual_names_in_any_case() -> None:
    paper = fields.paper(
        {
            "Paper ID": 17,
            "TITLE": " A  widget\r\n that turns ",
            "Summary": " First line.\r\nSecond line. ",
            "Author Names": "Jane Doe; John Roe",
            "Publication-Year": "2021",
            "Conference": "WidgetConf",
            "Link": "https://example.org/w",
            "DOI": "https://doi.org/10.1234/ABC",
            "unknown": {"x": 1},
        },
        "csv",
    )
    assert paper.id == "17"
    assert paper.title == "A  widget that turns"
    assert paper.abstract == "First line.\nSecond line."
    assert paper.authors == ("Jane Doe", "John Roe")
    assert (paper.year, paper.date, paper.venue) == (2021, None, "WidgetConf")
    assert (paper.url, paper.doi, paper.source) == ("https://example.org/w", "10.1234/abc", "csv")


def test_the_most_telling_column_that_is_not_blank_wins() -> None:
    record = {"description": "long", "abstract": "  ", "summary": "short", "title": "A", "paper_title": "B"}
    assert fields.paper(record, "csv").abstract == "short"
    assert fields.paper(record, "csv").title == "A"


@pytest.mark.parametrize("title", [None, "", "  ", "\x00\x01", float("nan")])
def test_no_title(title: object) -> None:
    with pytest.raises(BadRecordError, match="no title"):
        fields.paper({"title": title, "abstract": "We turn it."}, "csv")


@pytest.mark.parametrize(
    ("value", "kind"), [(5, "number"), (["a"], "list"), ({"a": 1}, "object"), (True, "true or false"), (b"a", "bytes")]
)
@pytest.mark.parametrize("name", ["title", "abstract"])
def test_title_and_abstract_must_be_text(name: str, value: object, kind: str) -> None:
    with pytest.raises(BadRecordError, match=f"its {name} is .*{kind}"):
        fields.paper({"title": "A widget", "abstract": "We turn it.", name: value}, "jsonl")


def test_senseless_values_elsewhere_are_left_out() -> None:
    paper = fields.paper(
        {"title": "A", "id": ["x"], "year": "soon", "date": 5, "venue": {"a": 1}, "url": 7, "doi": 1.5, "authors": 3},
        "jsonl",
    )
    assert paper == fields.paper({"title": "A"}, "jsonl")


def test_no_abstract_is_no_fault() -> None:
    assert fields.paper({"title": "A", "abstract": None}, "jsonl").abstract == ""


def test_text_stays_as_it_is_but_for_controls() -> None:
    given = "ﬁne – Ångström e\u0301\tx \u200b$\\alpha$ <b>"
    assert fields.title_text(given) == given
    assert fields.abstract_text(f" {given}\x0b\x1b\n\nmore\rlines ") == f"{given}\n\nmore\nlines"
    assert fields.title_text("lone \ud800 half") == "lone \ufffd half"


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("10.1000/XyZ", "10.1000/xyz"),
        ("https://doi.org/10.1000/xyz", "10.1000/xyz"),
        ("http://dx.doi.org/10.1000/xyz", "10.1000/xyz"),
        ("doi: 10.1000/xyz", "10.1000/xyz"),
        ("https://doi.org/10.1000%2Fxyz", "10.1000/xyz"),
        ("11.1000/xyz", None),
        ("see 10.1000/xyz", None),
        ("", None),
        (None, None),
    ],
)
def test_doi(given: object, clean: str | None) -> None:
    assert fields.doi(given) == clean


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("2106.09685", "2106.09685"),
        ("2106.09685v2", "2106.09685"),
        ("arXiv:2106.09685v12", "2106.09685"),
        ("arXiv: 0704.0001 [cs.LG]", "0704.0001"),
        ("https://arxiv.org/abs/2106.09685v1", "2106.09685"),
        ("http://arxiv.org/pdf/2106.09685v1.pdf", "2106.09685"),
        ("https://doi.org/10.48550/arXiv.2106.09685", "2106.09685"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/math.GT/0309136", "math/0309136"),
        ("2106.096851234", None),
        ("no id", None),
        (2106.09685, None),
    ],
)
def test_arxiv_id(given: object, clean: str | None) -> None:
    assert fields.arxiv_id(given, bare=True) == clean


def test_arxiv_id_from_other_fields() -> None:
    for record in (
        {"url": "https://arxiv.org/abs/2101.00001v3"},
        {"doi": "10.48550/arXiv.2101.00001"},
        {"id": "http://arxiv.org/abs/2101.00001v1"},
        {"arxiv_id": "2101.00001"},
        {"url": "https://example.org/", "pdf": "https://arxiv.org/pdf/2101.00001"},
    ):
        assert fields.paper({"title": "A", **record}, "jsonl").arxiv == "2101.00001"
    assert fields.paper({"title": "A", "id": "2101.00001"}, "jsonl").arxiv is None


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("2021", "2021"),
        ("2021-02", "2021-02"),
        ("2021-02-28", "2021-02-28"),
        ("2021-02-28T10:00:00Z", "2021-02-28"),
        ("2021-02-28 00:00:00", "2021-02-28"),
        (datetime.date(2021, 2, 28), "2021-02-28"),
        (datetime.datetime(2021, 2, 28, 9), "2021-02-28"),
        ("2021-02-30", None),
        ("2021-13", None),
        ("0021-01-01", None),
        ("28.2.2021", None),
        ("yesterday", None),
        (20210228, None),
    ],
)
def test_date(given: object, clean: str | None) -> None:
    assert fields.iso_date(given) == clean


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        (2021, 2021), ("2021", 2021), (2021.0, 2021), ("2021.0", 2021), (" 1500 ", 1500), (2100, 2100),
        (1499, None), (2101, None), ("21", None), (2021.5, None), (True, None), ("２０２１", None), (10**400, None),
        (float("inf"), None), (float("nan"), None),
    ],
)  # fmt: skip
def test_year(given: object, clean: int | None) -> None:
    assert fields.year_number(given) == clean


def test_year_from_the_date() -> None:
    assert fields.paper({"title": "A", "published": "2021-05-01"}, "csv").year == 2021
    assert fields.paper({"title": "A", "published": "2021-05-01", "year": 2020}, "csv").year == 2020


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["Jane Doe", "John Roe"], ["Jane Doe", "John Roe"]),
        ([{"name": "Jane Doe"}, 3, {"first": "John", "last": "Roe"}], ["Jane Doe", "John Roe"]),
        ([{"given": "A.", "family": "Bo"}], ["A. Bo"]),
        ("Jane Doe; John Roe;", ["Jane Doe", "John Roe"]),
        ("Doe, Jane; Roe, John", ["Doe, Jane", "Roe, John"]),
        ("Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Jane Doe, John Roe, and Ann Bo", ["Jane Doe", "John Roe", "Ann Bo"]),
        ("Doe, Jane and Roe, John", ["Doe, Jane", "Roe, John"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ("['Jane Doe', \"John O'Roe\"]", ["Jane Doe", "John O'Roe"]),
        ("Sandy Alexander", ["Sandy Alexander"]),
        ("The Widget Team", ["The Widget Team"]),
        ("", []),
        (None, []),
    ],
)  # fmt: skip
def test_authors(given: object, names: list[str]) -> None:
    assert fields.author_names(given) == names


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/x", "example.org", "https://a b", "x"])
def test_only_web_addresses(address: str) -> None:
    assert fields.paper({"title": "A", "url": address}, "csv").url is None


def test_openalex_id() -> None:
    assert fields.openalex_id("https://openalex.org/W123") == "W123"
    assert fields.openalex_id("w123") == "W123"
    assert fields.openalex_id("A123") is None


def test_label_is_short() -> None:
    assert fields.label({"ID": 5, "title": "A"}) == "5"
    assert len(fields.label({"title": "A " * 500}) or "") <= 60
    assert fields.label({"x": 1}) is None
