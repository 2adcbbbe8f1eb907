"""Let a teacher tag unlabelled abstracts: what the student (`training/student.py`) is taught.

    python -m training.label CORPUS --teacher FOLDER... --without ANNOTATED.jsonl... --words 3000000 --output FOLDER

A teacher is the folder of a trained tagger, as `training/export_encoder.py` writes it; of several the mean counts.
Abstracts come in a fixed random order, so that more words add to what is there: shards of 500 abstracts,
`labels-00000.parquet` and on.  The same command again goes on where it was stopped.  Columns of a shard: `id`, `text`,
and `tags`, the probabilities of the 11 classes of every token in steps of 1/255, one byte each.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from spacy.language import Language

from kg.extract.names import fold
from kg.extract.pipeline import TAGGERS, blank
from kg.models import Paper
from kg.read import read
from training.annotation import read as read_annotated

SHARD = 500  # abstracts
FULL = 255  # the byte that means probability one

Bytes = NDArray[np.uint8]


def quantised(tags: NDArray[np.float32]) -> Bytes:
    """Probabilities in steps of 1/255."""
    return np.rint(tags * FULL).astype(np.uint8)


def chosen(papers: Iterable[Paper], without: set[str], words: int) -> Iterator[Paper]:
    """Papers of about so many words in all, each title once, in an order that more papers do not change.

    Args:
        papers: with their abstracts; those without one are left out.
        without: folded titles of papers that are left out.
        words: how many, separated by white space, in titles and abstracts.
    """
    by_title = {fold(paper.title): paper for paper in papers if paper.abstract}
    order = sorted((hashlib.sha256(title.encode()).digest(), title) for title in by_title.keys() - without)
    for _, title in order:
        if words <= 0:
            return
        words -= len(by_title[title].text.split())
        yield by_title[title]


@cache
def trained(tagging: str, folders: tuple[Path, ...]) -> tuple[Language, list[Any]]:
    """What a tagger wants to be read before it, and the taggers in some folders."""
    nlp = blank(tagging)
    nlp.select_pipes(enable=nlp.pipe_names[: nlp.pipe_names.index(tagging)])
    return nlp, [nlp.create_pipe(tagging).from_disk(folder) for folder in folders]  # type: ignore[attr-defined]


def label(papers: Sequence[Paper], nlp: Language, teachers: Sequence[Any]) -> pa.Table:
    """One shard: what the teachers say of some papers, the mean of them."""
    rows = []
    for doc in nlp.pipe(paper.text for paper in papers):
        said = [teacher(doc)._.kg_tags for teacher in teachers]
        rows.append(quantised(np.mean(said, axis=0)).tobytes())
    return pa.table({"id": [paper.id for paper in papers], "text": [paper.text for paper in papers], "tags": rows})


def write(shard: tuple[Path, Sequence[Paper]], tagging: str, folders: tuple[Path, ...]) -> str:
    """Write one shard; returns what was done, in a line."""
    path, papers = shard
    began = time.monotonic()
    table = label(papers, *trained(tagging, folders))
    unfinished = path.with_suffix(".part")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(path)
    words = sum(len(paper.text.split()) for paper in papers)
    return f"{path.name}: {words} words, {words / (time.monotonic() - began):.0f} a second"


def main() -> None:
    """Label, shard by shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path, nargs="+", required=True, help="folders of trained taggers")
    parser.add_argument("--tagging", choices=TAGGERS.values(), default="kg_encoder", help="what the teachers are")
    parser.add_argument("--without", type=Path, nargs="*", default=[], help="annotated papers to leave out")
    parser.add_argument("--words", type=int, default=3_000_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    without = {fold(paper["title"]) for file in arguments.without for paper in read_annotated(file)}
    corpus = read([arguments.corpus], on_reject=lambda why: print(why, file=sys.stderr))
    papers = list(chosen(corpus, without, arguments.words))
    todo = []
    for n, start in enumerate(range(0, len(papers), SHARD)):
        path, shard = arguments.output / f"labels-{n:05}.parquet", papers[start : start + SHARD]
        if not path.exists() or pq.read_metadata(path).num_rows < len(shard):
            todo.append((path, shard))
    print(f"{len(papers)} papers, {len(todo)} shards to label", flush=True)
    work = partial(write, tagging=arguments.tagging, folders=tuple(arguments.teacher))
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        for done in pool.imap_unordered(work, todo):
            print(done, flush=True)


if __name__ == "__main__":
    main()
