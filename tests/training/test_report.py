from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kg.evaluate import MEASURES
from training import report


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    row = {"p": 0.5, "r": 0.25, "f1": 1 / 3, "tp": 1, "fp": 1, "fn": 3}
    trust: dict[str, Any] = {"count": 40, "right": 0.5, "error": 0.04, "auroc": None}
    bins = [{"count": 20, "score": 0.3, "right": 0.35}, {"count": 20, "score": 0.8, "right": 0.75}]
    cuts = [{"least": 0.5, "kept": 3, "precision": None, "recall": 0.2, "f1": 0.3}]
    found: dict[str, Any] = {
        "measures": dict.fromkeys(MEASURES, row),
        "confusion": {"type": {"classes": ["method", "nothing"], "counts": [[3, 1], [2, 0]]}},
        "calibration": {kind: {"all": trust | {"bins": bins}, "cuts": cuts} for kind in report.KINDS},
    }
    for model in ("fast", "accurate"):
        (tmp_path / f"crossvalidation-{model}.json").write_text(json.dumps(found))
    (tmp_path / "ablation-fast.json").write_text(
        json.dumps(
            {
                "nothing": found["measures"],
                "kg_a": {name: {**row, "f1": 0.3} for name in MEASURES},
                "kg_b": dict.fromkeys(MEASURES, row),
            }
        )
    )
    (tmp_path / "learning-curve-fast.json").write_text(json.dumps([{"papers": 1240, "measures": found["measures"]}]))
    (tmp_path / "teachers.json").write_text(json.dumps({"columns": ["name", "F1"], "rows": [["one", 0.5]]}))
    return tmp_path


def test_text_outside_the_tables_stays(figures: Path) -> None:
    text = "Before.\n\n<!-- table: teachers -->\nold\n<!-- end -->\n\nAfter.\n"
    made = report.filled(text, figures)
    assert made == (
        "Before.\n\n<!-- table: teachers -->\n| name | F1 |\n|---|---:|\n| one | 0.5 |\n<!-- end -->\n\nAfter.\n"
    )
    assert report.filled(made, figures) == made


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("f1", "| headline | 0.333 | 0.333 |"),
        ("measures fast", "| result | 0.500 | 0.250 | 0.333 | 1 | 1 | 3 |"),
        ("calibration", "| `fast` | result | 40 | 0.500 | 0.040 | – |"),
        ("reliability fast", "| 2 | 20 | 0.800 | 0.750 | 20 | 0.800 | 0.750 |"),
        ("cuts fast", "| 0.5 | – | 0.200 | – | 0.200 | – | 0.200 | – | 0.200 |"),
        ("confusion type fast", "| nothing | 2 | 0 |"),
        ("ablation fast", "| without kg_a | -0.033 | -0.033 |"),
        ("learning-curve fast", "| 1,240 | 0.333 |"),
    ],
)
def test_table(figures: Path, name: str, row: str) -> None:
    assert row in report.filled(f"<!-- table: {name} -->\n<!-- end -->", figures)


def test_the_most_missed_step_comes_first(figures: Path) -> None:
    table = report.ablation(figures, "fast")
    assert table.index("all steps") < table.index("kg_a") < table.index("kg_b")


def test_missing_figures_are_named(figures: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"curve-accurate\.json is missing"):
        report.filled("<!-- table: learning-curve accurate -->\n<!-- end -->", figures)


def test_the_page_has_the_figures_beside_it() -> None:
    text = (report.HERE / "README.md").read_text(encoding="utf-8")
    assert report.filled(text) == text
