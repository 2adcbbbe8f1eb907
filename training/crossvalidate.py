"""Cross-validates the fitted steps of a model on the measure, `dev.jsonl`, and scores its predictions once.

    python -m training.crossvalidate fast|accurate [--tagger FOLDER] [--folds FOLDER...] [--predictions FILE]

Five folds by paper: what is fitted (entities, roles, relations, results) sees `silver.jsonl` and four fifths of
`dev.jsonl`, and predicts the last fifth; the five predictions together are scored.  The tagger (`--tagger`, `--folds`
as in `training/fit.py`) must not have seen `dev.jsonl`, so all before the first fitted step reads every paper once.
Writes measures, confusion tables and calibration to `training/figures/crossvalidation-MODEL.json`.

The annotated papers are those of the folder that the environment variable `KG_SHARED` names, by default `../shared`
beside the repository.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from spacy.language import Language
from threadpoolctl import threadpool_limits

from kg.evaluate import MEASURES, evaluate
from kg.extract.pipeline import TAGGERS, blank
from kg.extract.records import to_record
from kg.models import Paper, Record
from training.annotation import Annotated, read
from training.calibration import calibration
from training.fit import Component, first_fitted, fit_pipeline, read_papers
from training.judgement import NOTHING, confusion, join, judge, wanted

FOLDS = 5
SEED = 20
PROCESSES = 2
GOLD = Path(os.environ.get("KG_SHARED", "../shared")) / "eval" / "gold"
FIGURES = Path(__file__).parent / "figures"


class CrossValidation:
    """A model's documents of all annotated papers, read by all steps before the first fitted one.

    Args:
        nlp: the pipeline; its fitted steps are fitted again in the processes of the folds, here they stay as they are.
        silver: papers that are fitted to in every fold.
        dev: papers that are predicted, and fitted to in the folds that do not predict them.
        taggers: what reads `silver` in turn instead of the pipeline's own tagger, as in `training/fit.py`.
    """

    def __init__(
        self,
        nlp: Language,
        silver: Sequence[Annotated],
        dev: Sequence[Annotated],
        taggers: Sequence[Component] = (),
    ) -> None:
        self.nlp = nlp
        self.papers = [*silver, *dev]
        self.golds = msgspec.convert(dev, list[Record])
        self.docs = [*read_papers(nlp, silver, taggers), *read_papers(nlp, dev)]
        self.silver = range(len(silver))
        self.dev = range(len(silver), len(self.papers))

    def folds(self) -> list[list[int]]:
        """The numbers of the papers that each fold predicts."""
        order = list(self.dev)
        random.Random(SEED).shuffle(order)
        return [sorted(order[n::FOLDS]) for n in range(FOLDS)]

    def predict(self, silver: Sequence[int] | None = None) -> list[Record]:
        """The records of `dev.jsonl`, each by tables fitted to the other folds and `silver` (numbers; all if None).

        Folds run in processes of their own, so that no fold sees what another one cached or fitted.
        """
        global _running  # noqa: PLW0603 - what forked processes find without copying it
        _running = self
        fitted = list(self.silver if silver is None else silver)
        with multiprocessing.get_context("fork").Pool(PROCESSES, maxtasksperchild=1) as pool:
            found = pool.starmap(_fold, [(fitted, held) for held in self.folds()], chunksize=1)
        _running = None
        by_number = dict(pair for fold in found for pair in fold)
        return [by_number[number] for number in self.dev]

    def once(self) -> list[Record]:
        """The records of `dev.jsonl`, all by tables fitted to `silver.jsonl` alone: a fifth of the work."""
        return [record for _, record in self.fold(self.silver, self.dev)]

    def fold(self, silver: Sequence[int], held: Sequence[int]) -> list[tuple[int, Record]]:
        """Number and record of each paper of `held`, by tables fitted to `silver` and the rest of `dev`."""
        left_out = set(held)
        fitted = [*silver, *(number for number in self.dev if number not in left_out)]
        examples = [(self.docs[number], self.papers[number]) for number in fitted]
        fit_pipeline(self.nlp, examples, len(examples) - len(silver))
        records = []
        for number in held:
            doc, paper = self.docs[number], self.papers[number]
            for _, component in self.nlp.pipeline[first_fitted(self.nlp) :]:
                doc = component(doc)
            known = Paper(id=str(paper["id"]), title=paper["title"], abstract=paper["abstract"])
            records.append((number, to_record(known, doc, "cross-validation")))
        return records


_running: CrossValidation | None = None


def _fold(silver: Sequence[int], held: Sequence[int]) -> list[tuple[int, Record]]:
    if _running is None:
        raise RuntimeError("a fold runs only in a process that CrossValidation.predict started")
    with threadpool_limits(1):  # the folds share the cores
        return _running.fold(silver, held)


def load(given: argparse.Namespace, without: Sequence[str] = ()) -> CrossValidation:
    """The cross-validation that the arguments ask for, without some components of the pipeline.

    Raises:
        ValueError: the pipeline has no such component.
    """
    factory = TAGGERS[given.model]
    nlp = blank(factory if given.tagger else None)
    if given.tagger:
        nlp.get_pipe(factory).from_disk(given.tagger)  # type: ignore[attr-defined]
    for name in without:
        nlp.remove_pipe(name)
    taggers = [nlp.create_pipe(factory).from_disk(folder) for folder in given.folds]  # type: ignore[attr-defined]
    return CrossValidation(nlp, read(GOLD / "silver.jsonl"), read(GOLD / "dev.jsonl"), taggers)


def figures(golds: Sequence[Record], predictions: Sequence[Record]) -> dict[str, Any]:
    """Measures, confusion tables and calibration of predictions, as plain values."""
    pairs = join(golds, predictions)
    return {
        "measures": evaluate(golds, predictions).as_dict(),
        "confusion": {name: _square(counts) for name, counts in confusion(pairs).items()},
        "calibration": msgspec.to_builtins(calibration(judge(pairs), wanted(pairs))),
    }


def _square(counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Classes, most frequent first, and the counts: a row per annotated class, a column per predicted one."""
    total = Counter(name for pair, count in counts.items() for name in pair for _ in range(count))
    classes = sorted(total, key=lambda name: (name == NOTHING, -total[name], name))
    return {"classes": classes, "counts": [[counts[gold, found] for found in classes] for gold in classes]}


def check(predictions: Path, measures: dict[str, Any]) -> None:
    """Hold the figures against those of the scorer that comes with the annotated papers.

    Raises:
        RuntimeError: they differ.
    """
    command = [sys.executable, str(GOLD.parent / "score.py"), str(GOLD / "dev.jsonl"), str(predictions), "--json"]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for name in MEASURES:
        if any(theirs[name][count] != measures[name][count] for count in ("tp", "fp", "fn")):
            raise RuntimeError(f"{name}: score.py counts {theirs[name]}, kg.evaluate {measures[name]}")


def table(measures: dict[str, Any]) -> str:
    """The measures as text."""
    rows = [f"{'':10} {'P':>7} {'R':>7} {'F1':>7}   {'tp':>5} {'fp':>5} {'fn':>5}"]
    for name in MEASURES:
        row = measures[name]
        rows.append(
            f"{name:10} {row['p']:7.3f} {row['r']:7.3f} {row['f1']:7.3f}   {row['tp']:5} {row['fp']:5} {row['fn']:5}"
        )
    return "\n".join(rows)


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON, numbers to five places; the folder is made if need be."""
    rounded = json.loads(msgspec.json.encode(value), parse_float=lambda text: round(float(text), 5))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=1) + b"\n")


def arguments(description: str) -> argparse.ArgumentParser:
    """The arguments of all scripts that cross-validate."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=TAGGERS)
    parser.add_argument("--tagger", type=Path, help="the tagger's folder; none unless given")
    parser.add_argument("--folds", type=Path, nargs="+", default=[], help="taggers that were trained without a part")
    parser.add_argument("--output", type=Path, default=FIGURES, help="the folder of the figures")
    return parser


def main() -> None:
    """Fit and predict five times, score once."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--predictions", type=Path, help="write the predicted records to this file")
    given = parser.parse_args()
    started = time.monotonic()
    work = load(given)
    print(f"{len(work.papers)} papers read after {time.monotonic() - started:.0f} s", flush=True)
    predictions = work.predict()
    found = figures(work.golds, predictions)
    with tempfile.TemporaryDirectory() as folder:
        written = given.predictions or Path(folder) / "predictions.jsonl"
        written.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in predictions))
        check(written, found["measures"])
    write_json(given.output / f"crossvalidation-{given.model}.json", found)
    print(f"{table(found['measures'])}\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
