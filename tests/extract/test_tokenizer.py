"""Tokens of scientific names."""

import pytest
import spacy

from kg.extract.tokenizer import build_tokenizer

tokenizer = build_tokenizer(spacy.blank("en").vocab)


@pytest.mark.parametrize(
    "name",
    [
        "CIFAR-10",
        "ResNet-50",
        "GPT-4o",
        "F1-score",
        "BLEU-4",
        "Llama-2-70B",
        "LLM-Pruner",
        "Swin-B",
        "$\\infty$-gram",
        "e.g.",
        "w.r.t.",
        "T$^2$Net",
        'G\\"odel',
        "CO<sub>2</sub>",
        "R&amp;D",
    ],
)
def test_names_stay_whole_between_marks(name: str) -> None:
    assert name in [token.text for token in tokenizer(f"We use ({name}), too.")]


def test_protected_capitals_stay_with_their_word() -> None:
    assert [token.text for token in tokenizer("on {RIVER}-10, {R}iver")] == ["on", "{RIVER}-10", ",", "{R}iver"]


@pytest.mark.parametrize("url", ["https://github.com/o/r", "www.example.org/a?b=c", "https://o.github.io/p#top"])
def test_urls_stay_whole(url: str) -> None:
    assert url in [token.text for token in tokenizer(f"Code: {url}.")]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("BERT-based", ["BERT", "-", "based"]),
        ("CIFAR-10/100", ["CIFAR-10", "/", "100"]),
        ("multi-label", ["multi", "-", "label"]),
        ("\\textit{Foo}", ["\\textit{", "Foo", "}"]),
        ("**Foo**", ["**", "Foo", "**"]),
        ("results.We", ["results", ".", "We"]),
        ("88.4%", ["88.4", "%"]),
        ("GPT-4's", ["GPT-4", "'s"]),
        ("GPT- or", ["GPT", "-", "or"]),
        ("GPT-(3)", ["GPT", "-", "(", "3", ")"]),
        ("CIFAR-10/-100", ["CIFAR-10", "/", "-100"]),
        ("<b>Foo</b>", ["<b>", "Foo", "</b>"]),
        ("&quot;Foo&quot;", ["&quot;", "Foo", "&quot;"]),
    ],
)
def test_parts_come_apart(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenizer(text)] == tokens


@pytest.mark.parametrize("text", ["", "\n", "  a  b ", "(((((((((((a", "x" * 5000, "'s's'sé\u0301", "\u202eabc $x$ \\"])
def test_no_character_is_lost(text: str) -> None:
    assert tokenizer(text).text == text
