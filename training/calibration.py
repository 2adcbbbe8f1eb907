"""How far the scores of predictions can be trusted: reliability, calibration error, and what cutting by score gives.

    python -m training.calibration GOLD.jsonl PREDICTED.jsonl [--output FIGURES.json]

`PREDICTED` are predictions for papers that nothing was fitted to, as `training/crossvalidate.py` writes them.  Only
what a record holds is judged: candidates below the pipeline's own thresholds are not in it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sklearn.metrics import roc_auc_score

from kg.evaluate import read_records
from training.judgement import KINDS, Judgement, join, judge, wanted

BINS = 15
LEAST_IN_BIN = 20  # fewer predictions say nothing about a share; small classes get fewer bins
TENTHS = tuple(n / 10 for n in range(10))


class Bin(msgspec.Struct, frozen=True):
    """Predictions of about the same score: how many, their mean score, the share that is right."""

    count: int
    score: float
    right: float


class Reliability(msgspec.Struct, frozen=True):
    """How well scores agree with what is right.

    Attributes:
        count, right: predictions, and the share of them that is right.
        error: expected calibration error, the mean of |score - right| over the bins, weighted by their size.
        auroc: probability that a right prediction scores higher than a wrong one (ties half); None if all are one.
        bins: by rising score, all of the same size but for rounding, none of fewer than `LEAST_IN_BIN`.
    """

    count: int
    right: float
    error: float
    auroc: float | None
    bins: tuple[Bin, ...]


class Cut(msgspec.Struct, frozen=True):
    """What is left of one kind at a least score; precision (None if nothing is left), recall and F1 in [0, 1]."""

    least: float
    kept: int
    precision: float | None
    recall: float
    f1: float


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = BINS) -> Reliability:
    """The reliability of predictions with these scores; bins of equal mass (Nixon et al. 2019, "adaptive" bins).

    Raises:
        ValueError: there is no prediction.
    """
    if not scores:
        raise ValueError("no predictions, so nothing can be said about their scores")
    order = np.argsort(scores, kind="stable")
    score, hit = np.asarray(scores, float)[order], np.asarray(right, float)[order]
    found = tuple(
        Bin(len(part), float(score[part].mean()), float(hit[part].mean()))
        for part in np.array_split(np.arange(len(score)), max(1, min(bins, len(score) // LEAST_IN_BIN)))
    )
    return Reliability(
        count=len(score),
        right=float(hit.mean()),
        error=sum(part.count * abs(part.score - part.right) for part in found) / len(score),
        auroc=float(roc_auc_score(hit, score)) if 0 < hit.sum() < len(hit) else None,
        bins=found,
    )


def cuts(judgements: Sequence[Judgement], wanted: int, leasts: Sequence[float] = TENTHS) -> list[Cut]:
    """What is left of predictions of one kind, of which the annotation has `wanted`, at every least score."""
    found = []
    for least in leasts:
        kept = [judgement for judgement in judgements if judgement.score >= least]
        right = sum(judgement.right for judgement in kept)
        total = len(kept) + wanted
        found.append(
            Cut(
                least,
                len(kept),
                right / len(kept) if kept else None,
                right / wanted if wanted else 0.0,
                2 * right / total if total else 0.0,
            )
        )
    return found


def calibration(judgements: Sequence[Judgement], wanted: Counter[str]) -> dict[str, Any]:
    """The figures of every kind: `all` (`Reliability`), `labels` (the same by class) and `cuts`."""
    figures: dict[str, Any] = {}
    for kind in KINDS:
        of_kind = [judgement for judgement in judgements if judgement.kind == kind]
        if not of_kind:
            continue
        labels = sorted({judgement.label for judgement in of_kind})
        figures[kind] = {
            "all": _reliability(of_kind),
            "labels": {label: _reliability([j for j in of_kind if j.label == label]) for label in labels},
            "cuts": cuts(of_kind, wanted[kind]) if kind != "role" else [],
        }
    return figures


def _reliability(judgements: Sequence[Judgement]) -> Reliability:
    return reliability([j.score for j in judgements], [j.right for j in judgements])


def main() -> None:
    """Judge, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("predicted", type=Path)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    pairs = join(read_records(arguments.gold), read_records(arguments.predicted))
    figures = calibration(judge(pairs), wanted(pairs))
    for kind, of_kind in figures.items():
        for name, found in (("all", of_kind["all"]), *of_kind["labels"].items()):
            auroc = "    -" if found.auroc is None else f"{found.auroc:.3f}"
            print(f"{kind:9}{name:14}{found.count:6}  right {found.right:.3f}  ECE {found.error:.3f}  AUROC {auroc}")
    for kind in ("entity", "edge", "relation", "result"):
        for cut in figures.get(kind, {}).get("cuts", ()):
            precision = "    -" if cut.precision is None else f"{cut.precision:.3f}"
            print(f"{kind:9}>= {cut.least:.1f} {cut.kept:6}  P {precision}  R {cut.recall:.3f}  F1 {cut.f1:.3f}")
    if arguments.output:
        arguments.output.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


if __name__ == "__main__":
    main()
