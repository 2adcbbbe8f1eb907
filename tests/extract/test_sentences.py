"""Sentence boundaries of titles and abstracts."""

import pytest

from kg.extract.pipeline import blank
from kg.extract.sentences import sentence_spans

nlp = blank()


def sentences(text: str) -> list[str]:
    doc = nlp.get_pipe("kg_sentences")(nlp.make_doc(text))
    return [text[start:end] for start, end in sentence_spans(doc)]


def test_title_is_a_sentence_of_its_own() -> None:
    assert sentences("A title without a stop\nWe begin. We end.") == ["A title without a stop", "We begin.", "We end."]


@pytest.mark.parametrize(
    "sentence",
    [
        "We use sets, e.g. Foo, i.e. Bar, as Baz et al. Did before.",
        "See Fig. 3 for the error of 0.5 vs. Foo.",
        "Code is at https://example.org/a.b.html for all.",
    ],
)
def test_does_not_break(sentence: str) -> None:
    assert sentences(f"T\n{sentence}") == ["T", sentence]


def test_breaks_after_marks_and_before_lower_case_names() -> None:
    assert sentences('T\nIs it so? "Yes!" We show it.\n\nmyTool is fast.') == [
        "T",
        "Is it so?",
        '"Yes!"',
        "We show it.",
        "myTool is fast.",
    ]


def test_text_without_abstract() -> None:
    assert sentences("Only a title\n") == ["Only a title"]
