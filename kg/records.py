"""Files of records: extracting into them, resolving and scoring them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from kg import evaluate, extract, read, resolve
from kg.errors import KgError, UsageError
from kg.evaluate import Evaluation
from kg.files import write_rejects, writing
from kg.models import Paper, Rejected
from kg.resolve import fold

Progress = Callable[[str, int, int | None], None]
StrPath = str | os.PathLike[str]


class ExtractSummary(NamedTuple):
    """What `extract_to` did."""

    records: int
    rejected: int


def extract_to(
    inputs: Iterable[StrPath],
    output: StrPath,
    *,
    workers: int | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
    progress: Progress = lambda stage, done, total: None,
) -> ExtractSummary:
    """Write what each paper of `inputs` says, one JSON record a line, and the rejects beside it as `rejected.jsonl`.

    Records keep the input's ids; a paper without one gets a hash of its title.  `output` may be `-`.

    Raises:
        UsageError: an input is not there.
        KgError: no input gave a record (nothing is written).
    """
    rejects: list[Rejected] = []

    def reject(rejected: Rejected) -> None:
        rejects.append(rejected)
        on_reject(rejected)

    papers = read.read(list(inputs), reject)
    first = next(papers, None)
    if first is None:
        raise KgError("no input gave a record; nothing was written")
    count = 0
    with writing(output) as file:
        for record in extract.extract(map(_with_id, itertools.chain([first], papers)), workers=workers):
            file.write(msgspec.json.encode(record) + b"\n")
            count += 1
            progress("extracting", count, None)
    if str(output) != "-":
        write_rejects(Path(output).parent / "rejected.jsonl", rejects)
    return ExtractSummary(count, len(rejects))


def resolve_to(records: StrPath, output: StrPath) -> int:
    """Write the node of every entity of a file of records, one JSON object a line; how many there were.

    Raises:
        KgError: the file cannot be read (names the line).
    """
    assignments = resolve.resolve(evaluate.read_records(_existing(records)))
    count = 0
    with writing(output) as file:
        for assignment in assignments:
            file.write(msgspec.json.encode(assignment._asdict()) + b"\n")
            count += 1
    return count


def evaluate_files(
    gold: StrPath,
    predicted: StrPath | None = None,
    *,
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Evaluation:
    """Score a file of records against a file of annotated ones; without the former, extract the latter's own texts.

    Raises:
        KgError: a file cannot be read (names the line).
    """
    annotated = evaluate.read_records(_existing(gold))
    if predicted is not None:
        return evaluate.evaluate(annotated, evaluate.read_records(_existing(predicted)))
    papers = [Paper(id=record.id, title=record.title, abstract=record.abstract) for record in annotated]
    extracted = []
    for record in extract.extract(papers, workers=workers):
        extracted.append(record)
        progress("extracting", len(extracted), len(papers))
    return evaluate.evaluate(annotated, extracted)


def _with_id(paper: Paper) -> Paper:
    return paper if paper.id else msgspec.structs.replace(paper, id=fold.digest(fold.title_key(paper.title), 16))


def _existing(path: StrPath) -> Path:
    if not Path(path).is_file():
        raise UsageError(f"{path}: no such file")
    return Path(path)
