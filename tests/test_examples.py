"""The example papers: 31 records of 30 invented papers, whole as the readers give them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from kg.models import Paper, Rejected
from kg.read import read

EXAMPLES = Path(__file__).parent.parent / "examples"


def read_examples(*names: str) -> list[Paper]:
    rejected: list[Rejected] = []
    papers = list(read([str(EXAMPLES / name) for name in names], rejected.append))
    assert not rejected
    return papers


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return read_examples("abstracts.jsonl", "abstracts.bib")


def test_each_file_gives_all_its_records() -> None:
    assert len(read_examples("abstracts.jsonl")) == 18
    assert len(read_examples("abstracts.bib")) == 13


def test_ids_are_unique(papers: list[Paper]) -> None:
    assert len({paper.id for paper in papers}) == len(papers) == 31


def test_one_paper_is_in_both_files(papers: list[Paper]) -> None:
    dois = Counter(paper.doi for paper in papers)
    (twice,) = (doi for doi, count in dois.items() if count > 1)
    first, second = (paper for paper in papers if paper.doi == twice)
    assert len(dois) == 30
    assert first.title == second.title
    assert first.source != second.source
    assert len(first.abstract) > len(second.abstract)


def test_nothing_points_at_a_real_paper(papers: list[Paper]) -> None:
    for paper in papers:
        assert paper.doi is not None
        assert paper.doi.startswith("10.5555/invented.")
        assert paper.url is not None
        assert paper.url.startswith("https://example.org/")


def test_abstracts_are_as_long_as_usual_ones(papers: list[Paper]) -> None:
    lengths = {paper.id: len(paper.abstract.split()) for paper in papers}
    assert {id_: words for id_, words in lengths.items() if not 90 <= words <= 160} == {}


def test_every_paper_has_year_venue_and_authors(papers: list[Paper]) -> None:
    assert {paper.year for paper in papers} == {2021, 2022, 2023, 2024, 2025}
    assert all(paper.venue and len(paper.authors) >= 2 for paper in papers)


def test_latex_is_read_as_text_except_formulas(papers: list[Paper]) -> None:
    text = "\n".join((*(paper.text for paper in papers), *(author for paper in papers for author in paper.authors)))
    assert set(re.findall(r"\S*[\\{}$]\S*", text)) == {r"3.6$\times$"}
    assert "Yara Brückner" in text
    assert "retains 96.8% of the single-task accuracy" in text
    assert "Code: https://gitlab.com/example-lab/solder." in text


def test_links_of_every_kind_and_a_paper_without_any(papers: list[Paper]) -> None:
    text = "\n".join(paper.abstract for paper in papers)
    for link in (
        "https://github.com/example-",
        "www.github.com/example-",
        "https://gitlab.com/example-",
        "https://anonymous.4open.science/r/",
        "https://huggingface.co/example-",
        "https://huggingface.co/datasets/example-",
        "https://huggingface.co/spaces/example-",
        ".github.io/",
        "https://docs.example.org/",
        "https://vimeo.com/example-",
    ):
        assert link in text
    assert any("://" not in paper.abstract and "www." not in paper.abstract for paper in papers)
