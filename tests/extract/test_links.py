"""Links: complete, clean, of the right kind."""

import pytest

from kg.extract.links import FoundLink, link_kind
from kg.extract.pipeline import blank

nlp = blank()


def found(abstract: str) -> list[FoundLink]:
    doc = nlp.make_doc(f"A title\n{abstract}")
    for name in ("kg_sentences", "kg_links"):
        doc = nlp.get_pipe(name)(doc)
    return list(doc._.kg_links)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Code: https://github.com/o/r.", "https://github.com/o/r"),
        ("Code (https://github.com/o/r).", "https://github.com/o/r"),
        ("Code~https://github.com/o/r{here.}", "https://github.com/o/r"),
        ("Code at \\url{https://github.com/o/r}.", "https://github.com/o/r"),
        ("\\href{https://github.com/o/r}{the code}", "https://github.com/o/r"),
        ("The code is [here](https://github.com/o/r).", "https://github.com/o/r"),
        ("Code: <https://github.com/o/r>", "https://github.com/o/r"),
        ("Code at www.github.com/o/r.", "https://www.github.com/o/r"),
        ("Code at github.com/o/r, now", "https://github.com/o/r"),
        ("See o.github.io/page.", "https://o.github.io/page"),
        ("Code at https: //github.com/o/r.", "https://github.com/o/r"),
        ("Code at https://github. com/o/r.", "https://github.com/o/r"),
        ("Code at https://github.com/o/my\\_r.", "https://github.com/o/my_r"),
        ("Wiki https://example.org/a_(b).", "https://example.org/a_(b)"),
        ('Code at https://github.com/o/r."', "https://github.com/o/r"),
    ],
)
def test_clean(text: str, url: str) -> None:
    assert [link.url for link in found(text)] == [url]


@pytest.mark.parametrize(
    "text", ["Node.js and fast.ai", "on Last.fm data", "e.g. this", "mail a@b.org", "Foo.Net is a net"]
)
def test_names_with_dots_are_no_links(text: str) -> None:
    assert found(text) == []


def test_several_in_a_sentence_and_each_once() -> None:
    text = "Code: https://github.com/o/r, data: https://zenodo.org/record/1, again https://www.github.com/o/r/."
    assert [(link.url, link.kind) for link in found(text)] == [
        ("https://github.com/o/r", "code"),
        ("https://zenodo.org/record/1", "data"),
    ]


def test_two_glued_together() -> None:
    assert [link.url for link in found("Code: https://github.com/o/rhttps://github.com/o/s")] == [
        "https://github.com/o/r",
        "https://github.com/o/s",
    ]


def test_evidence_is_the_sentence() -> None:
    text = "A title\nWe win. Code is at https://github.com/o/r. We rest."
    (link,) = found(text.split("\n")[1])
    assert text[slice(*link.sentence)] == "Code is at https://github.com/o/r."


@pytest.mark.parametrize(
    ("url", "before", "kind"),
    [
        ("https://github.com/o/r", "Data and code are at ", "code"),
        ("https://github.com/o/r", "It is available at ", "code"),
        ("https://github.com/o/r", "The dataset is available at ", "data"),
        ("https://github.com/o/r", "Model checkpoints are at ", "model"),
        ("https://huggingface.co/o/m", "We release it at ", "model"),
        ("https://huggingface.co/datasets/o/d", "We release it at ", "data"),
        ("https://huggingface.co/spaces/o/d", "Try it at ", "demo"),
        ("https://o.github.io/p", "Project page: ", "project_page"),
        ("https://o.github.io/p", "Source code and models: ", "code"),
        ("https://youtu.be/xyz", "A video is at ", "other"),
    ],
)
def test_kind(url: str, before: str, kind: str) -> None:
    assert link_kind(url, before, "", before)[0] == kind


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Code: https://github.com/o/r; https://huggingface.co/datasets/o/d", ["code", "data"]),
        ("Code is at https://github.com/o/r and weights at https://huggingface.co/o/m.", ["code", "model"]),
        ("Our code is released and checkpoints are at https://huggingface.co/o/m.", ["model"]),
        ("Code and weights are at https://huggingface.co/o/m.", ["code"]),
        ("Weights: https://huggingface.co/o/m, manual: https://docs.example.org/m.", ["model", "other"]),
    ],
)
def test_kinds_of_links_of_one_sentence(text: str, kinds: list[str]) -> None:
    assert [link.kind for link in found(text)] == kinds


def test_kind_from_what_the_released_thing_is() -> None:
    text = "We present FooSet, a large corpus of letters. FooSet is available at https://github.com/o/fooset."
    assert [link.kind for link in found(text)] == ["data"]


def test_labels_behind_links_tell_their_kind() -> None:
    text = "All is at https://github.com/o/r (code) and https://huggingface.co/o/m (weights)."
    assert [(link.kind, link.because) for link in found(text)] == [("code", "code"), ("model", "weights")]


def test_why_a_link_is_what_it_is() -> None:
    assert link_kind("https://github.com/o/r", "The dataset is at ", "", "")[2] == "dataset"
    assert link_kind("https://huggingface.co/o/m", "It is at ", "", "")[2] == "huggingface.co"
