"""Values: numbers with their units, and numbers that are none."""

import pytest
from spacy.language import Language

from kg.extract.values import Value, find_values


def values(nlp: Language, abstract: str) -> list[tuple[str, Value]]:
    doc = nlp(f"A Title of 7 Rivers\n{abstract}")
    text = doc.text
    return [(text[value.start_char : value.end_char], value) for value in find_values(doc)]


@pytest.mark.parametrize(
    ("abstract", "written", "number", "unit", "kind"),
    [
        ("It reaches 92.3% here.", "92.3%", 92.3, "%", "percent"),
        ("It reaches 92.3 \\% here.", "92.3 \\%", 92.3, "\\%", "percent"),
        ("It reaches $88.6\\%$ here.", "88.6\\%", 88.6, "\\%", "percent"),
        ("It reaches \\textbf{88.6}\\% here.", "\\textbf{88.6}\\%", 88.6, "\\%", "percent"),
        ("It gains 4 percentage points.", "4 percentage points", 4, "percentage points", "points"),
        ("It is 2.3x faster.", "2.3x", 2.3, "x", "factor"),
        ("It is 2.3$\\times$ faster.", "2.3$\\times$", 2.3, "\\times", "factor"),
        ("It is $\\mathbf{2.3}\\times$ faster.", "$\\mathbf{2.3}\\times$", 2.3, "\\times", "factor"),
        ("It is three times faster.", "three times", 3, "times", "factor"),
        ("A 3-fold gain.", "3-fold", 3, "fold", "factor"),
        ("It is an order of magnitude faster.", "an order of magnitude", 1, "order of magnitude", "factor"),
        ("It gains +2.1 BLEU.", "+2.1", 2.1, "", "bare"),
        ("It costs 4.8G FLOPs.", "4.8G FLOPs", 4.8, "G FLOPs", "measure"),
        ("It runs at 30 FPS.", "30 FPS", 30, "FPS", "measure"),
        ("It has 1.2M weights.", "1.2M", 1.2, "M", "scaled"),
        ("It reads 12,345.5 lines.", "12,345.5", 12345.5, "", "bare"),
        ("It correlates (r = .66).", ".66", 0.66, "", "bare"),
        ("It errs by 11.3 ± 0.5% here.", "11.3 ± 0.5%", 11.3, "%", "percent"),
    ],
)
def test_value(nlp: Language, abstract: str, written: str, number: float, unit: str, kind: str) -> None:
    ((text, value),) = values(nlp, abstract)
    assert (text, value.number, value.unit, value.kind) == (written, number, unit, kind)
    assert value.number_max is None


@pytest.mark.parametrize(
    ("abstract", "written", "low", "high"),
    [
        ("It is 1.3x-1.6x faster.", "1.3x-1.6x", 1.3, 1.6),
        ("It gains 5--7% more.", "5--7%", 5, 7),
        ("It is $3.6\\times$ to $9\\times$ faster.", "$3.6\\times$ to $9\\times$", 3.6, 9),
        ("Scores range from 0.9 to 1.0 here.", "0.9 to 1.0", 0.9, 1.0),
        ("Scores are between 40% and 60% here.", "40% and 60%", 40, 60),
    ],
)
def test_range(nlp: Language, abstract: str, written: str, low: float, high: float) -> None:
    ((text, value),) = values(nlp, abstract)
    assert (text, value.number, value.number_max) == (written, low, high)


def test_from_and_to_are_two_values_of_one_unit(nlp: Language) -> None:
    (first, before), (second, after) = values(nlp, "It lifts the accuracy from 61.2 to 64.0% on average.")
    assert (first, before.step, before.kind) == ("61.2", "from", "percent")
    assert (second, after.step, after.kind) == ("64.0%", "to", "percent")


def test_parts_of_a_list_are_values_each(nlp: Language) -> None:
    found = values(nlp, "They rise from 11.5/12.5/13.5 to 21.5/22.5/23.5.")
    assert [text for text, _ in found] == ["11.5", "12.5", "13.5", "21.5", "22.5", "23.5"]


def test_tokens_of_a_value(nlp: Language) -> None:
    doc = nlp("Rivers\nIt gains $+2.5\\%$ here.")
    (value,) = find_values(doc)
    assert doc.text[value.start_char : value.end_char] in doc[value.start : value.end].text
    assert "2.5" in doc[value.token].text


@pytest.mark.parametrize(
    "abstract",
    [
        "We use CIFAR-10, ResNet-50 and LLaMA2.",
        "We use CIFAR-10/100 here.",
        "The top-1 rank, a 4-bit code and 3D shapes.",
        "The norm $L_2$ and $n^2$ steps of 3x3 filters.",
        "In 2019 and 2020-2021 it rained.",
        "See https://example.org/v1.2/30 for more.",
        "As shown (Rivers et al., 2021; Brook, 2020) before.",
        "We do (1) this and 2) that.",
        "We report mAP@0.5 and F1.",
        "A learning rate of 1e-5 helps.",
    ],
)
def test_no_values(nlp: Language, abstract: str) -> None:
    assert values(nlp, abstract) == []


def test_the_title_has_none(nlp: Language) -> None:
    assert find_values(nlp("A Gain of 30%\nNothing here.")) == []
    assert find_values(nlp("")) == []


@pytest.mark.parametrize(
    "text",
    ["1" * 20_000, "1,111" * 4_000, "$" * 20_000, "{1}" * 4_000, "1" + " " * 20_000, "\\mathbf{" * 2_000 + "1"],
)
def test_debris_ends(nlp: Language, text: str) -> None:
    for _, value in values(nlp, text):
        assert value.number < 1e15
