"""The format of an input is told by its content, whatever it is called."""

from __future__ import annotations

import pytest
from fixtures_read import Reading

SAMPLES = {
    "hf-page": (
        "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nby us and the research community\n\nJun 6\n\n"
        "Turning Widgets\n\nWe turn widgets.\n"
    ),
    "jsonl": '{"title": "Turning Widgets", "abstract": "We turn widgets."}\n',
    "arxiv": '{"id": "2101.00001", "title": "Turning Widgets", "abstract": "We turn widgets.", '
    '"categories": "cs.LG"}\n',
    "openalex": '{"id": "https://openalex.org/W1", "title": "Turning Widgets", '
    '"abstract_inverted_index": {"We": [0], "turn": [1], "widgets.": [2]}}\n',
    "semantic-scholar": '{"paperId": "ab1", "title": "Turning Widgets", "abstract": "We turn widgets."}\n',
    "bibtex": "@article{a,\n  title = {Turning Widgets},\n  abstract = {We turn widgets.}\n}\n",
    "csv": "title,abstract\nTurning Widgets,We turn widgets.\n",
}


@pytest.mark.parametrize("name", ["input", "input.csv", "input.json", "input.bib", "input.txt", "input.parquet"])
@pytest.mark.parametrize("source", SAMPLES)
def test_content_decides(reading: Reading, source: str, name: str) -> None:
    papers, rejects = reading(SAMPLES[source], name)
    assert [(paper.title, paper.abstract) for paper in papers] == [("Turning Widgets", "We turn widgets.")]
    assert papers[0].source == source
    assert rejects == []


@pytest.mark.parametrize("source", SAMPLES)
def test_blank_lines_and_windows_line_ends_do_not_matter(reading: Reading, source: str) -> None:
    papers, rejects = reading("\r\n \r\n" + SAMPLES[source].replace("\n", "\r\n"))
    assert [(paper.title, paper.abstract) for paper in papers] == [("Turning Widgets", "We turn widgets.")]
    assert rejects == []


def test_dialects_of_json_may_be_mixed(reading: Reading) -> None:
    sources = ("openalex", "arxiv", "jsonl", "semantic-scholar")
    papers, _ = reading("".join(SAMPLES[source] for source in sources))
    assert tuple(paper.source for paper in papers) == sources


def test_json_lines_may_begin_with_a_broken_one(reading: Reading) -> None:
    papers, rejects = reading("oops\n" + SAMPLES["jsonl"] + "oops\noops\noops\n", "papers.txt")
    assert len(papers) == 1
    assert [reject.line for reject in rejects] == [1, 3, 4, 5]


def test_bibtex_inside_a_table_does_not_make_it_bibtex(reading: Reading) -> None:
    papers, _ = reading('title,abstract,bibtex\nA widget,We turn it.,"\n@misc{a,\n title={A widget}}"\n')
    assert [paper.source for paper in papers] == ["csv"]


def test_a_control_character_does_not_make_text_binary(reading: Reading) -> None:
    papers, rejects = reading('{"title": "A widget\\u0000", "abstract": "We \\u0007turn it."}\n' + "\x00\n")
    assert [(paper.title, paper.abstract) for paper in papers] == [("A widget", "We turn it.")]
    assert len(rejects) == 1
