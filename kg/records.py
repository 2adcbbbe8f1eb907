"""Files of records: extracting into them, resolving and scoring them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from kg import evaluate, extract, read, resolve
from kg.errors import KgError, UsageError
from kg.evaluate import Evaluation
from kg.extract import mining
from kg.extract.explain import Explanation
from kg.extract.explain import explain as explain_paper
from kg.extract.pipeline import build
from kg.extract.records import above
from kg.files import write_rejects, writing
from kg.models import ModelName, Paper, Rejected
from kg.resolve import fold

Progress = Callable[[str, int, int | None], None]
StrPath = str | os.PathLike[str]


class Summary(NamedTuple):
    """What `extract_to` or `lexicon_to` did: records or names written, inputs rejected."""

    written: int
    rejected: int


def extract_to(
    inputs: Iterable[StrPath],
    output: StrPath,
    *,
    model: ModelName = "fast",
    lexicon: Path | None = None,
    min_score: float = 0.0,
    workers: int | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
    progress: Progress = lambda stage, done, total: None,
) -> Summary:
    """Write what each paper of `inputs` says, one JSON record a line, and the rejects beside it as `rejected.jsonl`.

    Records keep the input's ids; a paper without one gets a hash of its title.  `output` may be `-`.  `model`,
    `lexicon` and `workers` are those of `kg.extract.extract`; what is less likely to be right than `min_score` is left
    out.

    Raises:
        UsageError: an input is not there, or there is no such model.
        KgError: the model or the lexicon cannot be read, or no input gave a record (nothing is written).
    """
    rejects: list[Rejected] = []
    papers = map(_with_id, _papers(inputs, rejects, on_reject))
    count = 0
    with writing(output) as file:
        for record in extract.extract(papers, model=model, lexicon=lexicon, workers=workers):
            file.write(msgspec.json.encode(above(record, min_score)) + b"\n")
            count += 1
            progress("extracting", count, None)
    if str(output) != "-":
        write_rejects(Path(output).parent / "rejected.jsonl", rejects)
    return Summary(count, len(rejects))


def explain(
    inputs: Iterable[StrPath],
    paper_id: str | None = None,
    *,
    model: ModelName = "fast",
    lexicon: Path | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
) -> Explanation:
    """What each component of the pipeline finds in the paper with this id, or in the first one, and why.

    Raises:
        UsageError: an input is not there, there is no such model, or no paper has the id.
        KgError: the model or the lexicon cannot be read, or no input gave a record.
    """
    papers = map(_with_id, _papers(inputs, [], on_reject))
    paper = next((paper for paper in papers if paper_id is None or paper.id == paper_id), None)
    if paper is None:
        raise UsageError(f"{paper_id}: no paper of the input has this id")
    return explain_paper(build(model, lexicon), paper)


def lexicon_to(
    inputs: Iterable[StrPath],
    output: StrPath,
    *,
    workers: int | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
    progress: Progress = lambda stage, done, total: None,
) -> Summary:
    """Write a lexicon of the names in `inputs` (see `kg.extract.mining.mine`), and the rejects beside it.

    Raises:
        UsageError: an input is not there.
        KgError: no input gave a record (nothing is written).
    """
    rejects: list[Rejected] = []

    def counted(papers: Iterator[Paper]) -> Iterator[Paper]:
        for done, paper in enumerate(papers, start=1):
            yield paper
            progress("mining", done, None)

    entries = mining.mine(counted(_papers(inputs, rejects, on_reject)), workers=workers)
    mining.write_lexicon(entries, Path(output))
    write_rejects(Path(output).parent / "rejected.jsonl", rejects)
    return Summary(len(entries), len(rejects))


def _papers(
    inputs: Iterable[StrPath], rejects: list[Rejected], on_reject: Callable[[Rejected], None]
) -> Iterator[Paper]:
    """The papers of `inputs`, the first of them read before anything is written; what is rejected goes to `rejects`."""

    def reject(rejected: Rejected) -> None:
        rejects.append(rejected)
        on_reject(rejected)

    papers = read.read(list(inputs), reject)
    first = next(papers, None)
    if first is None:
        raise KgError("no input gave a record; nothing was written")
    return itertools.chain([first], papers)


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
    model: ModelName = "fast",
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Evaluation:
    """Score a file of records against a file of annotated ones; without the former, `model` reads the latter's texts.

    Raises:
        KgError: a file cannot be read (names the line).
    """
    annotated = evaluate.read_records(_existing(gold))
    if predicted is not None:
        return evaluate.evaluate(annotated, evaluate.read_records(_existing(predicted)))
    papers = [Paper(id=record.id, title=record.title, abstract=record.abstract) for record in annotated]
    extracted = []
    for record in extract.extract(papers, model=model, workers=workers):
        extracted.append(record)
        progress("extracting", len(extracted), len(papers))
    return evaluate.evaluate(annotated, extracted)


def _with_id(paper: Paper) -> Paper:
    return paper if paper.id else msgspec.structs.replace(paper, id=fold.digest(fold.title_key(paper.title), 16))


def _existing(path: StrPath) -> Path:
    if not Path(path).is_file():
        raise UsageError(f"{path}: no such file")
    return Path(path)
