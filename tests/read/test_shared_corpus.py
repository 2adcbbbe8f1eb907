"""The evaluation corpus: every entry and every record comes out, with the text that was annotated."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from kg.models import Rejected
from kg.read import read

pytestmark = pytest.mark.shared


def test_pages(shared: Path) -> None:
    rejects: list[Rejected] = []
    papers = list(read(sorted((shared / "corpus").glob("*.txt")), rejects.append))
    assert rejects == []
    assert len(papers) == 437
    assert all(paper.source == "hf-page" and paper.abstract and paper.year is None for paper in papers)
    read_texts = {(paper.title, paper.abstract) for paper in papers}
    with (shared / "eval" / "gold" / "dev.jsonl").open(encoding="utf-8") as lines:
        annotated = [json.loads(line) for line in lines]
    assert all((record["title"], record["abstract"]) in read_texts for record in annotated)


def test_no_conference_paper_is_lost(shared: Path) -> None:
    rejects: list[Rejected] = []
    papers = read([shared / "corpus" / "conferences.jsonl.gz"], rejects.append)
    ids = Counter(paper.id for paper in papers)
    assert rejects == []
    assert ids.total() == 87_188
    shared_ids = [count for count in ids.values() if count > 1]
    assert (len(shared_ids), sum(shared_ids)) == (1_308, 4_958)


def test_conference_papers_are_as_they_were(shared: Path) -> None:
    path = shared / "corpus" / "conferences.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = list(itertools.islice(file, 2_000))
    for paper, line in zip(read([path], print), lines, strict=False):
        record = json.loads(line)
        assert (paper.id, list(paper.authors)) == (record["id"], record.get("authors", []))
        assert printable(paper.title) == printable(record["title"])
        assert printable(paper.abstract) == printable(record["abstract"])
        assert (paper.year, paper.venue, paper.url) == (record.get("year"), record.get("venue"), record.get("url"))


def printable(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()
