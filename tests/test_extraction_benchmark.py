"""The tables that `benchmarks/extraction.py` makes of its measurements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import extraction
from kg.evaluate import MEASURES
from kg.models import Paper

RUNS = {
    "fast": [{"speed": speed, "core": 1.0, "memory": 300 * 2**20} for speed in (9000.0, 10_000.0, 12_000.0)],
    extraction.PEER: [{"speed": 5000.0, "core": 1.0, "memory": 200 * 2**20}] * 3,
}


def test_speed_is_the_median_and_told_in_times_of_the_peer() -> None:
    assert "| `fast` | 10,000 | 9,000, 12,000 | 2.00 | 300 |" in extraction.speed_table(RUNS)


def test_the_slowest_step_is_named() -> None:
    table = extraction.steps_table({"kg_a": 0.1, "kg_b": 0.3}, count=100_000)
    assert "| `kg_a` | 1.0 | 25% |\n| **`kg_b`** | 3.0 | 75% |\n| all | 4.0 | |" in table


def test_quality_beside_speed(tmp_path: Path) -> None:
    found = {"measures": {name: {"f1": 0.8} for name in MEASURES}}
    (tmp_path / "crossvalidation-fast.json").write_text(json.dumps(found))
    table = extraction.quality_table(RUNS, tmp_path)
    assert table.endswith("| `fast` | 10,000 | 0.800 | 0.800 | 0.800 | 0.800 |")
    assert extraction.PEER not in table


def test_words_are_what_stands_between_white_space() -> None:
    assert extraction.words([Paper(title="A b-c", abstract="d  e\nf"), Paper(title="g")]) == 6


def test_the_sample_is_spread_over_the_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps({"title": f"T{n}", "abstract": "a"}) + "\n" for n in range(10)))
    assert [paper.title for paper in extraction.sample(corpus, 3)] == ["T0", "T3", "T6"]
    assert len(extraction.sample(corpus, 99)) == 10


def test_a_peer_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"install it as the head of benchmarks/extraction\.py says"):
        extraction.peer_folder(tmp_path)
