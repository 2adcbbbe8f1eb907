"""Fitted tables: what they add up to, and how they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.extract.tables import Counts, Tabled, Weights

TABLE = Weights(("no", "yes"), {"bias": (0.5, -0.5), "odd": (0.0, 1.0), "size": (-0.25, 0.25)})


class Guess(Tabled):
    factory = "kg_guess"
    tables = ("weights", "seen")
    kinds = {"seen": Counts}  # noqa: RUF012

    def __init__(self) -> None:
        self.weights = Weights((), {})
        self.seen = Counts((), {})


@pytest.fixture
def guess() -> Guess:
    made = Guess()
    made.weights, made.seen = TABLE, Counts(("no", "yes"), {"quiet net": (3, 1)})
    return made


def test_named_features_count_once_and_numeric_ones_times_their_value() -> None:
    assert TABLE.sums(["odd", "unknown"]) == [0.0, 1.0]
    assert TABLE.sums({"odd": 1.0, "size": 4.0}) == [-1.0, 2.0]


def test_chances_are_a_softmax_with_the_bias() -> None:
    assert TABLE.chances({"odd": 1.0}) == {"no": 0.5, "yes": 0.5}
    assert TABLE.chances({"size": -6.0})["no"] == pytest.approx(1 / (1 + 2.718281828**-4))


def test_only_allowed_classes_share_the_chances() -> None:
    assert TABLE.chances([], allowed=["yes"]) == {"yes": 1.0}


def test_large_sums_do_not_overflow() -> None:
    assert TABLE.chances({"size": 1e6}) == {"no": 0.0, "yes": 1.0}


def test_tables_survive_the_disk(guess: Guess, tmp_path: Path) -> None:
    guess.to_disk(tmp_path / "guess")
    read = Guess().from_disk(tmp_path / "guess")
    assert (read.weights, read.seen) == (guess.weights, guess.seen)
    assert (tmp_path / "guess" / "weights.tsv").read_text().splitlines()[:2] == [
        "feature\tno\tyes",
        "bias\t0.50\t-0.50",
    ]


def test_tables_survive_bytes(guess: Guess) -> None:
    read = Guess().from_bytes(guess.to_bytes())
    assert (read.weights, read.seen) == (guess.weights, guess.seen)


def test_features_may_hold_odd_marks(tmp_path: Path) -> None:
    odd = Weights(("no", "yes"), {"next:\x85": (0.0, 0.25), "next:\u2028": (1.0, 0.0)})
    odd.write(tmp_path / "odd.tsv")
    assert Weights.read(tmp_path / "odd.tsv") == odd
