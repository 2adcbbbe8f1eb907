"""The metadata snapshot of arXiv."""

from __future__ import annotations

import json

import pytest
from fixtures_read import Reading

RECORD = {
    "id": "2101.00001",
    "submitter": "Jane Doe",
    "authors": "Jane Doe and Jo\\'se Roe Jr",
    "title": "Turning Widgets\n  Quickly",
    "comments": "9 pages",
    "journal-ref": "Widgets 5 (2022) 1-9",
    "doi": "10.1234/Widgets.5",
    "categories": "cs.LG",
    "abstract": "  We turn\nwidgets.\n",
    "versions": [{"version": "v1", "created": "Fri, 1 Jan 2021 10:00:00 GMT"}, {"version": "v2", "created": "x"}],
    "update_date": "2022-03-04",
    "authors_parsed": [["Doe", "Jane", ""], ["Roe", "José", "Jr"]],
}


def test_a_record(reading: Reading) -> None:
    (paper,), rejects = reading(json.dumps(RECORD))
    assert rejects == []
    assert (paper.id, paper.arxiv, paper.doi) == ("2101.00001", "2101.00001", "10.1234/widgets.5")
    assert (paper.title, paper.abstract) == ("Turning Widgets Quickly", "We turn\nwidgets.")
    assert paper.authors == ("Jane Doe", "José Roe Jr")
    assert (paper.date, paper.year) == ("2021-01-01", 2021)
    assert (paper.venue, paper.url) == ("Widgets 5 (2022) 1-9", "https://arxiv.org/abs/2101.00001")
    assert paper.source == "arxiv"


def test_old_ids(reading: Reading) -> None:
    (paper,), _ = reading(json.dumps(RECORD | {"id": "math.GT/0309136"}))
    assert (paper.id, paper.arxiv) == ("math.GT/0309136", "math/0309136")


@pytest.mark.parametrize("versions", [None, [], [5], [{}], [{"created": "some day"}], "v1"])
def test_date_of_the_last_change_stands_in(reading: Reading, versions: object) -> None:
    (paper,), _ = reading(json.dumps(RECORD | {"versions": versions}))
    assert paper.date == "2022-03-04"


@pytest.mark.parametrize("parsed", [None, [], "Doe", [5], [[]]])
def test_listed_authors_stand_in(reading: Reading, parsed: object) -> None:
    (paper,), _ = reading(json.dumps(RECORD | {"authors_parsed": parsed, "authors": "Jane Doe and John Roe"}))
    assert paper.authors == ("Jane Doe", "John Roe")
