"""Residue of LaTeX, Markdown and HTML: what is marked, and how it reads."""

import itertools

import pytest
from spacy.tokens import Doc

from kg.extract.clean import citations, clean, display, edits, texts_of
from kg.extract.pipeline import blank

nlp = blank()


def cleaned(text: str) -> Doc:
    doc: Doc = clean(nlp.make_doc(text))
    return doc


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("$\\alpha$-Net", "α-Net"),
        ("{RIVER}-10", "RIVER-10"),
        ("{R}iver net", "River net"),
        ("RIVER-10\\footnote{See the page.}", "RIVER-10"),
        ("**RiLo**", "RiLo"),
        ("_RiLo_ and `RiLo`", "RiLo and RiLo"),
        ("\\textbf{R}iver \\emph{Net}", "River Net"),
        ("{\\em River Net}", "River Net"),
        ("$\\texttt{river}$-34B", "river-34B"),
        ("T$^2$Net", "T^2Net"),
        ("AP$_{90}$", "AP_90"),
        ("River~Net~\\cite{stone2020}", "River Net"),
        ("5\\% of R\\&D", "5% of R&D"),
        ("R&amp;D isn&#39;t", "R&D isn't"),
        ("<b>River</b> CO<sub>2</sub>", "River CO2"),
        ('G\\"odel, Ren\\\'{e}, Erd\\H{o}s, Schr{\\"o}der', "Gödel, René, Erdős, Schröder"),
        ("[River page](https://example.org/r)", "River page"),
        ("\\href{https://example.org}{River}", "River"),
        ("\\textcolor{red}{River}", "River"),
        ("**S**low **R**iver", "Slow River"),
        ("``slow'' rivers", "“slow” rivers"),
        ("\\RiverName-XL", "RiverName-XL"),
        ('a \\"slow\\" river', 'a "slow" river'),
    ],
)
def test_reads_as_a_person_would_write_it(written: str, read: str) -> None:
    doc = cleaned(f"We use {written}")
    assert display(doc, 2, len(doc)) == read
    assert doc.text == f"We use {written}"


@pytest.mark.parametrize(
    "text",
    [
        "PEA*+IDA* and A* search",
        "it costs $5 to $10, or $5-$10",
        "about ~30 rivers, 6~8 of them",
        "the sets {A, B} and R_1 with snake_case",
        "p < 0.05 and a > b",
        "Q&A with B&B; the end",
        "the token <mask> or </s>",
    ],
)
def test_what_is_no_residue_stays(text: str) -> None:
    assert edits(text) == []


def test_tokens_that_are_nothing_but_residue_are_marked() -> None:
    doc = cleaned("The **RiLo** net \\cite{a, b}.")
    assert [token.text for token in doc if doc._.kg_markup[token.i]] == ["**", "**", "\\cite{", "a", ",", "b", "}"]
    assert len(doc._.kg_clean_texts) == len(doc)
    texts, markup = texts_of(doc)
    assert texts == [token.text for token in doc]
    assert sum(markup) == 7


def test_without_the_component_all_is_as_written() -> None:
    doc = nlp.make_doc("The **RiLo** net")
    assert display(doc, 1, 4) == "**RiLo**"
    assert texts_of(doc) == (["The", "**", "RiLo", "**", "net"], [False] * 5)


@pytest.mark.parametrize(
    "text", ["", "\n", "$" * 50, "{" * 50 + "}" * 20, "\\", "**", "\\cite{", "&#99999999;", "$\\", "[](("]
)
def test_debris_breaks_nothing(text: str) -> None:
    doc = cleaned(text)
    assert len(doc._.kg_clean_texts) == len(doc._.kg_markup) == len(doc)


def test_edits_do_not_overlap() -> None:
    found = edits("**$\\alpha$** {\\bf \\emph{x}} \\footnote{`a` **b** $c$} <b>&amp;</b> ``q''")
    assert found == sorted(found)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("as Stone et al. (2020) say", "Stone et al. (2020"),
        ("it (Stone and Brook, 2020a; Hill, 2019) is", "Stone and Brook, 2020a"),
        ("by Stone & Brook (2016)", "Stone & Brook (2016"),
        ("it (Hill, 2019) is", "Hill, 2019"),
    ],
)
def test_cited_authors(text: str, cited: str) -> None:
    start, end = citations(text)[0]
    assert text[start:end] == cited


@pytest.mark.parametrize(
    "text", ["on ImageNet and COCO (2017)", "RIVER-2017 (2017)", "in 2019, Rivers", "Net (RN) et alia"]
)
def test_names_are_no_citations(text: str) -> None:
    assert citations(text) == []


def test_names_in_markup_are_entities_without_it() -> None:
    text = "On nets\nWe propose **CROW** (**C**alm **R**iver **O**ver **W**ater) and $\\alpha$-GAN on {CIFAR}-10."
    doc = nlp.make_doc(text)
    for name, component in nlp.pipeline:
        doc = component(doc)
        if name == "kg_agreement":
            break
    names = {entity.name for entity in doc._.kg_entities}
    assert {"CROW", "α-GAN", "CIFAR-10"} <= names
    for entity in doc._.kg_entities:
        assert all(doc[start:end].text in text for start, end in entity.mentions)
