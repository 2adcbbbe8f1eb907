"""Writes the tables of `training/README.md` from the figures beside it.

    python -m training.report

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is one of `TABLES`, with a model's name after it
where the table is of one model, or a file of `training/figures` that holds `columns` and `rows`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from kg.evaluate import MEASURES
from kg.extract.pipeline import TAGGERS

HERE = Path(__file__).parent
FIGURES = HERE / "figures"
KINDS = {
    "entity": "entity",
    "role": "role, of entities found",
    "edge": "paper's relationship (entity and role)",
    "relation": "relation",
    "result": "result",
}
CHOSEN = ("headline", "method", "dataset", "benchmark", "task", "metric", "role", "relation", "result")

_TABLE = re.compile(r"(<!-- table: (?P<name>[\w -]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def figures(name: str, folder: Path = FIGURES) -> Any:
    """The figures of that name.

    Raises:
        FileNotFoundError: there are none.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; training/README.md says which script makes it")
    return json.loads(path.read_text(encoding="utf-8"))


def f1(folder: Path) -> str:
    """F1 of every measure, a column per model."""
    found = {model: figures(f"crossvalidation-{model}", folder)["measures"] for model in TAGGERS}
    rows = [[name, *(share(of[name]["f1"]) for of in found.values())] for name in MEASURES]
    return markdown(["F1", *(f"`{model}`" for model in found)], rows)


def measures(folder: Path, model: str) -> str:
    """Precision, recall, F1 and counts of every measure."""
    found = figures(f"crossvalidation-{model}", folder)["measures"]
    rows = []
    for name in MEASURES:
        row = found[name]
        rows.append([name, *(share(row[key]) for key in ("p", "r", "f1")), row["tp"], row["fp"], row["fn"]])
    return markdown(["", "precision", "recall", "F1", "right", "wrong", "missed"], rows)


def calibration(folder: Path) -> str:
    """Calibration error and area under ROC of every kind of prediction, of all models."""
    rows = []
    for model in TAGGERS:
        found = figures(f"crossvalidation-{model}", folder)["calibration"]
        for kind, name in KINDS.items():
            of = found[kind]["all"]
            rows.append([f"`{model}`", name, of["count"], share(of["right"]), share(of["error"]), share(of["auroc"])])
    return markdown(["model", "prediction", "count", "right", "expected calibration error", "AUROC"], rows)


def reliability(folder: Path, model: str) -> str:
    """Mean score and share of right predictions in every bin, for entities and roles."""
    found = figures(f"crossvalidation-{model}", folder)["calibration"]
    kinds = [found[kind]["all"]["bins"] for kind in ("entity", "role")]
    rows: list[list[object]] = []
    for n, bins in enumerate(zip(*kinds, strict=True), 1):
        rows.append([n, *(cell for one in bins for cell in (one["count"], share(one["score"]), share(one["right"])))])
    columns = [f"{kind}: {what}" for kind in ("entity", "role") for what in ("count", "mean score", "right")]
    return markdown(["bin", *columns], rows)


def cuts(folder: Path, model: str) -> str:
    """Precision and recall at every least score."""
    found = figures(f"crossvalidation-{model}", folder)["calibration"]
    kinds = ("entity", "edge", "relation", "result")
    rows: list[list[object]] = []
    for of in zip(*(found[kind]["cuts"] for kind in kinds), strict=True):
        shares = (share(cut[key]) for cut in of for key in ("precision", "recall"))
        rows.append([f"{of[0]['least']:.1f}", *shares])
    columns = [f"{'paper’s relationship' if kind == 'edge' else kind}: {key}" for kind in kinds for key in "PR"]
    return markdown(["least score", *columns], rows)


def confusion(folder: Path, of: str, model: str) -> str:
    """How often what was annotated as one class (row) was found as another (column)."""
    found = figures(f"crossvalidation-{model}", folder)["confusion"][of]
    rows = [[name, *counts] for name, counts in zip(found["classes"], found["counts"], strict=True)]
    return markdown(["annotated \\ found", *found["classes"]], rows)


def ablation(folder: Path, model: str) -> str:
    """F1 without each step, the most missed first, and what that changes."""
    found = figures(f"ablation-{model}", folder)
    whole = found.pop("nothing")
    rows = [["all steps", *(share(whole[name]["f1"]) for name in CHOSEN)]]
    for step, of in sorted(found.items(), key=lambda item: item[1]["headline"]["f1"]):
        rows.append([f"without {step}", *(f"{of[name]['f1'] - whole[name]['f1']:+.3f}" for name in CHOSEN)])
    return markdown(["F1", *CHOSEN], rows)


def learning_curve(folder: Path, model: str) -> str:
    """F1 by how many annotated conference papers were fitted to."""
    found = figures(f"learning-curve-{model}", folder)
    rows = [[f"{row['papers']:,}", *(share(row["measures"][name]["f1"]) for name in CHOSEN)] for row in found]
    return markdown(["papers", *CHOSEN], rows)


TABLES: dict[str, Callable[..., str]] = {
    "f1": f1,
    "measures": measures,
    "calibration": calibration,
    "reliability": reliability,
    "cuts": cuts,
    "confusion": confusion,
    "ablation": ablation,
    "learning-curve": learning_curve,
}


def share(value: float | None) -> str:
    """A figure to three places, a dash if there is none."""
    return "–" if value is None else f"{value:.3f}"


def markdown(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table; all columns but the first hold numbers unless a cell says otherwise."""
    body = [list(map(str, row)) for row in rows]
    textual = [n == 0 or any(re.search(r"[A-Za-z]{2}", row[n]) for row in body) for n in range(len(columns))]
    lines = [f"| {' | '.join(map(str, line))} |" for line in (columns, *body)]
    lines.insert(1, f"|{'|'.join('---' if text else '---:' for text in textual)}|")
    return "".join(f"{line}\n" for line in lines)


def filled(text: str, folder: Path = FIGURES) -> str:
    """`text` with all its tables written again.

    Raises:
        FileNotFoundError: the figures of a table are missing.
    """

    def table(match: re.Match[str]) -> str:
        name, *of = match["name"].split()
        made = TABLES[name](folder, *of) if name in TABLES else markdown(**figures(name, folder))
        return f"{match[1]}{made}{match[3]}"

    return _TABLE.sub(table, text)


def main() -> None:
    """Write the tables of the page."""
    page = HERE / "README.md"
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
