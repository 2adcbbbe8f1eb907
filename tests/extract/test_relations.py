"""Relations that a text states, and those that it does not."""

import pytest

from kg.extract import extract_batch
from kg.models import Paper


def relations(abstract: str) -> set[tuple[str, str]]:
    (record,) = extract_batch([Paper(title="RiverNet: Quiet Nets", abstract=f"We propose RiverNet. {abstract}")])
    for relation in record.relations or ():
        assert 0 < (relation.score or 0) <= 1
    return {(relation.type, relation.tail) for relation in record.relations or () if relation.head == "RiverNet"}


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("RiverNet extends ResNet-50 with rivers.", ("variant_of", "ResNet-50")),
        ("RiverNet outperforms the baseline RoBERTa.", ("outperforms", "RoBERTa")),
        ("We evaluate RiverNet on ImageNet and achieve high accuracy.", ("evaluated_on", "ImageNet")),
        ("RiverNet is trained on the training data of LAION-5B.", ("trained_on", "LAION-5B")),
    ],
)
def test_stated(abstract: str, expected: tuple[str, str]) -> None:
    assert expected in relations(abstract)


def test_training_data_without_a_word_for_it_are_not_trained_on() -> None:
    assert not any(type_ == "trained_on" for type_, _ in relations("Many models are pretrained on LAION-5B."))
