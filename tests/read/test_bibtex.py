"""BibTeX and BibLaTeX."""

from __future__ import annotations

import gzip

import pytest
from fixtures_read import Reading

from kg.read.bibtex import plain

GOOD = "@article{first, title = {First}, abstract = {We turn it.}}\n"
LAST = "@article{last, title = {Last}}\n"


def test_a_record(reading: Reading) -> None:
    (paper,), rejects = reading(
        r"""
@string{wl = "Widget Letters"}
% A comment, doe@example.org
@Article{doe21,
  Title     = "Turning {W}idgets: K{\"o}nig's Way",
  author    = {Doe, Jane and Jos{\'e} van der Roe and {The Widget Team}},
  abstract  = {We turn
               {WidgetNet} in $O(n^2)$; 5\% and 5% better \& faster.
               See \url{https://example.org/~doe/w_1}.},
  journal   = wl # ", new series",
  year      = 2021,
  month     = feb,
  doi       = {10.1234/Widgets},
  url       = {https://example.org/w\_1},
  eprint    = {2101.00001v2},
  archivePrefix = {arXiv},
}
"""
    )
    assert rejects == []
    assert (paper.id, paper.title) == ("doe21", "Turning Widgets: König's Way")
    assert paper.authors == ("Jane Doe", "José van der Roe", "The Widget Team")
    assert paper.abstract == (
        "We turn WidgetNet in $O(n^2)$; 5% and 5% better & faster. See https://example.org/~doe/w_1."
    )
    assert (paper.venue, paper.year, paper.date) == ("Widget Letters, new series", 2021, "2021-02")
    assert (paper.doi, paper.url) == ("10.1234/widgets", "https://example.org/w_1")
    assert (paper.arxiv, paper.source) == ("2101.00001", "bibtex")


@pytest.mark.parametrize(
    "field",
    [
        "eprint = {2101.00001}",
        "eprint = {arXiv:2101.00001v3}",
        "journal = {arXiv preprint arXiv:2101.00001}",
        "journal = {CoRR}, volume = {abs/2101.00001}",
        "url = {http://arxiv.org/abs/2101.00001}",
        "doi = {10.48550/arXiv.2101.00001}",
    ],
)
def test_arxiv_id_in_every_usual_place(reading: Reading, field: str) -> None:
    (paper,), _ = reading(f"@misc{{a, title = {{A}}, {field}}}")
    assert paper.arxiv == "2101.00001"


def test_other_eprints_are_none_of_arxiv(reading: Reading) -> None:
    (paper,), _ = reading("@misc{a, title = {A}, eprint = {1234.56789}, eprinttype = {jstor}}")
    assert paper.arxiv is None


@pytest.mark.parametrize(
    ("month", "date"), [("{June}", "2021-06"), ("jun", "2021-06"), ("6", "2021-06"), ("{spring}", None), ("13", None)]
)
def test_month(reading: Reading, month: str, date: str | None) -> None:
    (paper,), _ = reading(f"@misc{{a, title = {{A}}, year = 2021, month = {month}}}")
    assert (paper.year, paper.date) == (2021, date)


def test_date_of_biblatex(reading: Reading) -> None:
    (paper,), _ = reading("@online{a, title = {A}, date = {2021-06-07}, journaltitle = {Widget Letters}}")
    assert (paper.year, paper.date, paper.venue) == (2021, "2021-06-07", "Widget Letters")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("@article{bad, title = {Bad", "no closing brace"),
        ("@article{bad, title = {Bad}, abstract = {We {turn it.}", "no closing brace"),
        ("@article{bad, title = {Bad} abstract = {We turn it.}}", "broken entry"),
        ("@article{bad, title {Bad}}", "broken entry"),
        ("@article{bad, abstract = {We turn it.}}", "no title"),
        ("@article{bad, title = {" + "{" * 120 + "Bad" + "}" * 120 + "}}", "broken entry"),
        ("@article{bad, title = {{}}}", "no title"),
    ],
)
def test_a_bad_entry_is_named_and_costs_no_other(reading: Reading, entry: str, reason: str) -> None:
    papers, rejects = reading(f"{GOOD}\n{entry}\n\n{LAST}", "papers.bib")
    assert [paper.id for paper in papers] == ["first", "last"]
    assert [(reject.line, reject.record) for reject in rejects] == [(3, "bad")]
    assert reason in rejects[0].reason
    assert len(rejects[0].reason) < 150


def test_entry_without_a_key(reading: Reading) -> None:
    papers, rejects = reading(GOOD + "@article{title = {Bad}}\n" + LAST)
    assert [paper.id for paper in papers] == ["first", "last"]
    assert [reject.line for reject in rejects] == [2]


def test_entry_that_is_not_utf8(reading: Reading) -> None:
    papers, rejects = reading(GOOD.encode() + b"@misc{bad, title={Br\xfccke}}\n" + LAST.encode())
    assert [paper.id for paper in papers] == ["first", "last"]
    assert [(reject.line, reject.record) for reject in rejects] == [(2, "bad")]
    assert "UTF-8" in rejects[0].reason


def test_unknown_names_stand_for_nothing(reading: Reading) -> None:
    papers, rejects = reading("@article{a, title = {A}, journal = TWL, month = Sept}")
    assert [(paper.title, paper.venue) for paper in papers] == [("A", None)]
    assert rejects == []


def test_layouts_of_entries(reading: Reading) -> None:
    papers, rejects = reading(
        "@misc(paren, title = {In (round) parentheses})\n"
        "@misc{one, title = {One}} @misc{two, title = {Two}}@misc{three,\n title = {Three}}\n"
        "@misc\n{below, title = {Below}}\n"
        "  @MISC { spaced , TITLE = {Spaced} , }\n"
        "@misc{mail, title = {Mail}, abstract = {Ask\n@doe{x} or doe@example.org.}}\n"
    )
    assert [paper.id for paper in papers] == ["paren", "one", "two", "three", "below", "spaced", "mail"]
    assert papers[0].title == "In (round) parentheses"
    assert rejects == []


def test_what_is_no_entry_is_passed_over(reading: Reading) -> None:
    papers, rejects = reading(
        "Notes, {with braces}.\n@comment{jabref-meta: x}\n@preamble{ \"\\newcommand{\\x}{y}\" }\n"
        "% @misc{out, title = {Out}}\n" + GOOD
    )  # fmt: skip
    assert [paper.id for paper in papers] == ["first"]
    assert rejects == []


def test_first_of_two_fields_counts(reading: Reading) -> None:
    (paper,), _ = reading("@misc{a, title = {A}, title = {B}}")
    assert paper.title == "A"


def test_duplicate_keys_pass(reading: Reading) -> None:
    papers, rejects = reading(GOOD + GOOD)
    assert (len(papers), rejects) == (2, [])


def test_an_endless_entry(reading: Reading) -> None:
    papers, rejects = reading(GOOD + "@misc{bad, title = {" + "x\n" * 600_000 + "}}\n" + LAST)
    assert [paper.id for paper in papers] == ["first", "last"]
    assert "longer than" in rejects[0].reason


def test_truncated_gzip(reading: Reading) -> None:
    papers, rejects = reading(gzip.compress((GOOD * 30).encode())[:-8])
    assert len(papers) == 30
    assert [reject.line for reject in rejects] == [31]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("no LaTeX ~ -- 5% & $x$", "no LaTeX ~ -- 5% & $x$"),
        (r"{\'E}cole na{\"\i}ve {\L}\'od\'z \aa{} \ss{} \o", "École naïve Łódź å ß ø"),
        (r"\emph{a} \textbf{b} \texttt{c} \mbox{d}", "a b c d"),
        (r"$\mathcal{O}(n)$ and {\alpha}", r"$\mathcal{O}(n)$ and α"),
        (r"costs $5 {in} all \% of it", "costs $5 in all % of it"),
        (r"\href{https://example.org/a_b}{code}", "code (https://example.org/a_b)"),
        (r"{https://example.org/~a--b\_c\%20d}", "https://example.org/~a--b_c%20d"),
        (r"a~b {--} c", "a b – c"),
        (r"unbalanced } and {", "unbalanced and"),
        (r"\href{broken", "hrefbroken"),
        (
            r"S\o ren \c c \v{s} \'\i {\it slanted} \{x\} a\_b \textsubscript{2} \& \#",
            "Søren ç š í slanted {x} a_b 2 & #",
        ),
        (
            r"https://example.org/\~{}doe and \emph{https://example.org/~x_y}",
            "https://example.org/~doe and https://example.org/~x_y",
        ),
        (r"\emph{5% of} \textbf{a & b} ``so''---$5 \$6", "5% of a & b “so”—$5 $6"),
        (r"\(x_{1}\) and \[y\] and $$z_{2}$$", r"\(x_{1}\) and \[y\] and $$z_{2}$$"),
        ("trailing \\", "trailing \\"),
        ("{" * 3000, ""),
        (r"\x" * 3000, ""),
    ],
)
def test_plain(latex: str, text: str) -> None:
    assert plain(latex) == text


def test_long_markup_takes_no_long_time() -> None:
    text = r"\'{e} {W}idget \% \emph{turn} " * 20_000
    assert plain(text).startswith("é Widget % turn é")
