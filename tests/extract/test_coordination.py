"""Names that share a part, and lists."""

import pytest

from kg.extract.pipeline import blank

nlp = blank()


def expanded(text: str) -> list[tuple[str, str]]:
    doc = nlp.make_doc(f"T\n{text}")
    for name in ("kg_clean", "kg_sentences", "kg_links", "kg_coordination"):
        doc = nlp.get_pipe(name)(doc)
    return [(span.text, span._.kg_name) for span in doc.spans["kg_coordination"] if span.label_ == "EXPANDED"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("on CIFAR-10/100 here", ["CIFAR-100"]),
        ("on CIFAR-10/-100 here", ["CIFAR-100"]),
        ("on RiverNet-1k and -21k here", ["RiverNet-21k"]),
        ("with ResNet-18, -34 and -50 here", ["ResNet-34", "ResNet-50"]),
        ("by ROUGE-1/2/L here", ["ROUGE-2", "ROUGE-L"]),
        ("of Llama-2 7B and 13B here", ["Llama-2 13B"]),
        ("of Llama-2 7B, 13B, and 70B here", ["Llama-2 13B", "Llama-2 70B"]),
        ("of Llama-2-7B/13B here", ["Llama-2-13B"]),
        ("of LLaMA-7/13/33B here", ["LLaMA-7B", "LLaMA-13B", "LLaMA-33B"]),
        ("of GPT-3.5/4 here", ["GPT-4"]),
        ("of Claude 2.0/2.1 here", ["Claude 2.1"]),
        ("at R@1/5/10 here", ["R@5", "R@10"]),
    ],
)
def test_shared_part(text: str, names: list[str]) -> None:
    assert [name for _, name in expanded(text)] == names


def test_the_span_begins_with_the_shared_part() -> None:
    assert expanded("on CIFAR-10/100 here") == [("CIFAR-10/100", "CIFAR-100")]


@pytest.mark.parametrize(
    "text",
    ["GPT-4 and 5 others", "ResNet-50, 2019 and more", "of 10/100 images", "CNN/DM and A/B tests", "T5 and 13 models"],
)
def test_numbers_that_share_nothing(text: str) -> None:
    assert expanded(text) == []


def test_members_of_a_list_tell_of_each_other() -> None:
    doc = nlp.make_doc("T\nWe test on RiverSet, SQuAD and StoneSet here.")
    for name, component in nlp.pipeline:
        doc = component(doc)
        if name == "kg_coordination":
            break
    listed = {(span.text, span.label_) for span in doc.spans["kg_coordination"]}
    assert {("RiverSet", "WITH_DATASET"), ("StoneSet", "WITH_DATASET")} <= listed
