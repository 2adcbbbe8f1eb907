"""Papers of Semantic Scholar, as the Graph API, the bulk data sets and the open corpus have them."""

from __future__ import annotations

import json

from fixtures_read import Reading


def test_graph_api(reading: Reading) -> None:
    record = {
        "paperId": "ab12",
        "corpusId": 7,
        "externalIds": {"DOI": "10.1234/Widgets", "ArXiv": "2101.00001", "CorpusId": 7},
        "title": "Turning Widgets",
        "abstract": "We turn widgets.",
        "venue": "",
        "publicationVenue": {"name": "Widget Letters"},
        "journal": {"name": "Other"},
        "year": 2021,
        "publicationDate": "2021-01-02",
        "authors": [{"authorId": "1", "name": "Jane Doe"}],
        "url": "https://www.semanticscholar.org/paper/ab12",
    }
    (paper,), rejects = reading(json.dumps(record))
    assert rejects == []
    assert (paper.id, paper.s2, paper.doi, paper.arxiv) == ("ab12", "ab12", "10.1234/widgets", "2101.00001")
    assert (paper.title, paper.abstract, paper.venue) == ("Turning Widgets", "We turn widgets.", "Widget Letters")
    assert (paper.year, paper.date, paper.authors) == (2021, "2021-01-02", ("Jane Doe",))
    assert (paper.url, paper.source) == ("https://www.semanticscholar.org/paper/ab12", "semantic-scholar")


def test_bulk_data_set(reading: Reading) -> None:
    record = {
        "corpusid": 7,
        "externalids": {"DOI": None, "ArXiv": "2101.00001", "CorpusId": "7"},
        "title": "Turning Widgets",
        "venue": "WidgetConf",
        "publicationdate": "2021-01-02",
        "journal": None,
    }
    (paper,), _ = reading(json.dumps(record))
    assert (paper.id, paper.s2, paper.arxiv) == ("CorpusId:7", "CorpusId:7", "2101.00001")
    assert (paper.abstract, paper.venue, paper.year) == ("", "WidgetConf", 2021)


def test_open_corpus(reading: Reading) -> None:
    record = {
        "id": "ab12",
        "title": "Turning Widgets",
        "paperAbstract": "We turn widgets.",
        "journalName": "Widget Letters",
        "s2Url": "https://semanticscholar.org/paper/ab12",
        "doi": "10.1234/widgets",
        "authors": [{"name": "Jane Doe", "ids": ["1"]}],
    }
    (paper,), _ = reading(json.dumps(record))
    assert (paper.s2, paper.abstract, paper.venue) == ("ab12", "We turn widgets.", "Widget Letters")
    assert (paper.doi, paper.authors) == ("10.1234/widgets", ("Jane Doe",))


def test_strange_shapes_do_not_break_reading(reading: Reading) -> None:
    record = {"paperId": ["x"], "externalIds": "none", "title": "A", "journal": "Widget Letters", "authors": [None]}
    papers, rejects = reading(json.dumps(record))
    assert [(paper.title, paper.s2, paper.authors) for paper in papers] == [("A", None, ())]
    assert rejects == []
