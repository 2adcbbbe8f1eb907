"""Pages of similar papers: banner, then title and abstract in turn."""

from __future__ import annotations

import gzip

import pytest
from fixtures_read import Reading

BANNER = "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nby us and the research community\n\nJun 6\n\n"


def abstract(number: int) -> str:
    return f"We turn widget {number}. " + "It turns and turns, as widgets do. " * 12 + "It turns well."


def page(*blocks: str) -> str:
    return BANNER + "\n\n".join(blocks)


def test_titles_and_abstracts_in_turn(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", abstract(1), "Widget 2", abstract(2)))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Widget 1", abstract(1)),
        ("Widget 2", abstract(2)),
    ]
    assert rejects == []


def test_the_date_line_gives_no_year(reading: Reading) -> None:
    (paper,), _ = reading(page("Widget 1", abstract(1)))
    assert (paper.year, paper.date, paper.id, paper.source) == (None, None, "", "hf-page")


def test_banner_with_fewer_lines(reading: Reading) -> None:
    papers, rejects = reading("Subscribe\n\nDec 24\n\nWidget 1\n\n" + abstract(1))
    assert [paper.title for paper in papers] == ["Widget 1"]
    assert rejects == []


def test_lines_of_one_block_belong_together(reading: Reading) -> None:
    papers, _ = reading(page("A Widget\n  That Turns", abstract(1) + "\nMore of it."))
    assert papers[0].title == "A Widget That Turns"
    assert papers[0].abstract == abstract(1) + "\nMore of it."


def test_several_blank_lines_between_blocks(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", "\n\n" + abstract(1), "  \n\nWidget 2", abstract(2) + "\n\n\n"))
    assert (len(papers), rejects) == (2, [])


def test_pages_one_after_the_other(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", abstract(1)) + "\n\n" + page("Widget 2", abstract(2)))
    assert ([paper.title for paper in papers], rejects) == (["Widget 1", "Widget 2"], [])


def test_page_cut_behind_a_title(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", abstract(1), "Widget 2"), "cut.txt")
    assert [paper.title for paper in papers] == ["Widget 1"]
    assert [(reject.line, reject.record) for reject in rejects] == [(15, "Widget 2")]
    assert "no abstract" in rejects[0].reason
    assert rejects[0].input.endswith("cut.txt")


def test_page_cut_inside_a_sentence(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", abstract(1), "Widget 2", abstract(2)[:-8]))
    assert [paper.title for paper in papers] == ["Widget 1"]
    assert [(reject.line, reject.record) for reject in rejects] == [(17, "Widget 2")]
    assert "breaks off" in rejects[0].reason


@pytest.mark.parametrize(
    "end", ["", "!", ' "turned."', " Code: https://example.org/turn", " See turn.example/a", " no full stop\n"]
)
def test_last_abstract_that_is_whole(reading: Reading, end: str) -> None:
    papers, rejects = reading(page("Widget 1", abstract(1) + end))
    assert ([paper.title for paper in papers], rejects) == (["Widget 1"], [])


def test_missing_abstract_costs_no_other_entry(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", "Widget 2", abstract(2), "Widget 3", abstract(3)))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Widget 2", abstract(2)),
        ("Widget 3", abstract(3)),
    ]
    assert [(reject.line, reject.record) for reject in rejects] == [(11, "Widget 1")]


def test_missing_title_costs_no_other_entry(reading: Reading) -> None:
    papers, rejects = reading(page(abstract(1), "Widget 2", abstract(2), abstract(3), "Widget 4", abstract(4)))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Widget 2", abstract(2)),
        ("Widget 4", abstract(4)),
    ]
    assert [reject.line for reject in rejects] == [11, 17]
    assert all("title" in reject.reason and len(reject.reason) < 120 for reject in rejects)


def test_short_abstracts_are_abstracts(reading: Reading) -> None:
    papers, rejects = reading(page("Widget 1", "We turn it.", "Widget 2", "We turn it, too."))
    assert [paper.abstract for paper in papers] == ["We turn it.", "We turn it, too."]
    assert rejects == []


def test_banner_without_papers(reading: Reading) -> None:
    papers, rejects = reading(BANNER)
    assert papers == []
    assert [reject.reason for reject in rejects] == ["there is no record in it"]


def test_entry_that_is_not_utf8(reading: Reading) -> None:
    text = page("Widget 1", "We turn a br\xfccke.", "Widget 2", "We turn it.").encode("latin-1")
    papers, rejects = reading(text)
    assert [paper.title for paper in papers] == ["Widget 2"]
    assert [(reject.line, reject.record) for reject in rejects] == [(11, "Widget 1")]
    assert "UTF-8" in rejects[0].reason


def test_entry_before_the_break_of_a_gzip_file_is_kept(reading: Reading) -> None:
    packed = gzip.compress(page("Widget 1", abstract(1), "Widget 2", abstract(2)).encode() + b"\n\nWidget 3\n\nIt")
    papers, rejects = reading(packed[:-8])  # without checksum and length
    assert [paper.title for paper in papers] == ["Widget 1", "Widget 2"]
    assert len(rejects) == 1
    assert "cut off" in rejects[0].reason
