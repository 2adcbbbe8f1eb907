"""Works of OpenAlex."""

from __future__ import annotations

import json

import pytest
from fixtures_read import Reading

RECORD = {
    "id": "https://openalex.org/W42",
    "doi": "https://doi.org/10.1234/Widgets",
    "title": "Turning Widgets",
    "display_name": "Turning Widgets",
    "publication_year": 2021,
    "publication_date": "2021-01-02",
    "ids": {"openalex": "https://openalex.org/W42", "doi": "https://doi.org/10.1234/Widgets"},
    "primary_location": {"landing_page_url": "https://example.org/w", "source": {"display_name": "Widget Letters"}},
    "locations": [{"landing_page_url": "https://example.org/w"}, {"landing_page_url": "http://arxiv.org/abs/2101.00001"}],
    "authorships": [{"author": {"id": "https://openalex.org/A1", "display_name": "Jane Doe"}}, {"author": None}],
    "abstract_inverted_index": {"turn": [1, 4], "We": [0, 3], "widgets.": [2], "well.": [5]},
}  # fmt: skip


def test_a_record(reading: Reading) -> None:
    (paper,), rejects = reading(json.dumps(RECORD))
    assert rejects == []
    assert (paper.id, paper.openalex) == ("W42", "W42")
    assert (paper.title, paper.abstract) == ("Turning Widgets", "We turn widgets. We turn well.")
    assert (paper.doi, paper.arxiv, paper.url) == ("10.1234/widgets", "2101.00001", "https://example.org/w")
    assert (paper.year, paper.date, paper.venue) == (2021, "2021-01-02", "Widget Letters")
    assert (paper.authors, paper.source) == (("Jane Doe",), "openalex")


@pytest.mark.parametrize("name", list(RECORD))
def test_fields_may_be_null(reading: Reading, name: str) -> None:
    papers, rejects = reading(json.dumps(RECORD | {name: None}))
    assert (len(papers), rejects) == (1, [])
    assert papers[0].abstract == ("" if name == "abstract_inverted_index" else "We turn widgets. We turn well.")


@pytest.mark.parametrize("index", ["text", [1], 5, {"We": 0}, {"We": ["0"]}, {"We": [True]}, {"We": [0.5]}])
def test_index_that_is_none(reading: Reading, index: object) -> None:
    papers, rejects = reading(json.dumps(RECORD | {"abstract_inverted_index": index}))
    assert papers == []
    assert [reject.line for reject in rejects] == [1]
    assert "abstract_inverted_index" in rejects[0].reason


def test_far_positions_cost_no_memory(reading: Reading) -> None:
    (paper,), _ = reading(json.dumps(RECORD | {"abstract_inverted_index": {"far": [10**15], "So": [-1]}}))
    assert paper.abstract == "So far"
