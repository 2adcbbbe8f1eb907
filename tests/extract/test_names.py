"""Folding and the shape of names."""

import pytest

from kg.extract.names import fold, is_name_shaped


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pre-training", "Pretraining"),
        ("Quiet River Networks", "quiet river network"),
        ("GPT-4\u2019s", "GPT-4"),
        ("$\\infty$-gram", "\\infty gram"),
    ],
)
def test_fold_joins(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_keeps_apart() -> None:
    assert fold("Llama-2") != fold("Llama-2-70B")
    assert fold("A*") != fold("A")
    assert fold("loss") == "loss"


@pytest.mark.parametrize("token", ["LoRA", "BERT", "T5", "Clothing1M", "ResNet-50", "Co-teaching", "iFoo"])
def test_shaped(token: str) -> None:
    assert is_name_shaped(token)


@pytest.mark.parametrize("token", ["AI", "LLMs", "GPU", "US", "10%", "3D", "12B", "word", "Word", "x", "2x", "A" * 100])
def test_not_shaped(token: str) -> None:
    assert not is_name_shaped(token)
