"""From papers to records: what each title and abstract says, read by a spaCy pipeline of small components.

`extract` streams over any number of papers, in this process or a pool of them; `extract_batch` is the pure function
it runs.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import cache, lru_cache
from itertools import chain, islice
from pathlib import Path

from loky import BrokenProcessPool, ProcessPoolExecutor
from spacy.language import Language
from spacy.tokens import Doc

import kg
from kg.errors import KgError
from kg.extract.known_names import lexicon_files
from kg.extract.pipeline import build
from kg.extract.records import to_record
from kg.models import Paper, Record

BATCH = 200  # papers handed to a process at once
IN_PROCESS = 400  # inputs smaller than this are not worth starting processes for

_log = logging.getLogger(__name__)
_SURROGATES = re.compile("[\ud800-\udfff]")


def extract(papers: Iterable[Paper], *, lexicon: Path | None = None, workers: int | None = None) -> Iterator[Record]:
    """Yield the record of every paper, in the order of `papers`, which is read as records are taken.

    Args:
        papers: any number of papers; ids are kept as they are.
        lexicon: a user's lexicon (a folder, or a file named after its type), read beside the shipped one.
        workers: processes to use; one per core, at most eight, when None.  Inputs of fewer than 400 papers stay in
        this process.

    Raises:
        KgError: the lexicon cannot be read, or a process was killed.
    """
    stream = iter(papers)
    workers = workers or min(os.cpu_count() or 1, 8)
    head = list(islice(stream, IN_PROCESS))
    batches = _batches(chain(head, stream))
    if workers == 1 or len(head) < IN_PROCESS:
        for batch in batches:
            yield from extract_batch(batch, lexicon)
        return
    _pipeline(lexicon, extractor_version(lexicon))  # a lexicon that cannot be read fails here, not in a process
    # Unlike the standard library's, these processes do not import the caller's script again, so it needs no guard.
    pool = ProcessPoolExecutor(workers)
    waiting: deque[Future[list[Record]]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(extract_batch, batch, lexicon))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise KgError("an extracting process was killed (too little memory?); try again with fewer workers") from error
    finally:
        pool.shutdown(wait=False, kill_workers=True)


def extract_batch(papers: Sequence[Paper], lexicon: Path | None = None) -> list[Record]:
    """The records of some papers: a pure function that can run in any process; the pipeline is built once in each.

    A text that breaks a component loses only what that component would have found; a warning names the paper.
    """
    extractor = extractor_version(lexicon)
    nlp = _pipeline(lexicon, extractor)
    records = []
    with nlp.memory_zone():  # else the vocabulary grows with every new word
        for paper in papers:
            records.append(to_record(paper, _read(nlp, paper), extractor))
    return records


def extractor_version(lexicon: Path | None = None) -> str:
    """Name and version of the extractor with a hash over its sources, tables and lexicons.

    Records of one text by equal versions are equal.

    Raises:
        KgError: the lexicon cannot be read.
    """
    digest = hashlib.sha256(_shipped())
    for file in lexicon_files(lexicon):
        try:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        except OSError as error:
            raise KgError(f"{file}: the lexicon cannot be read: {error}") from error
    return f"kg-rules/{kg.__version__}+{digest.hexdigest()[:8]}"


@cache
def _shipped() -> bytes:
    """A hash over the sources, tables and lexicon of this package."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(path for path in here.rglob("*") if path.suffix in {".py", ".toml", ".tsv"}):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()


def _batches(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    stream = iter(papers)
    while batch := list(islice(stream, BATCH)):
        yield batch


@lru_cache(maxsize=4)
def _pipeline(lexicon: Path | None, _version: str) -> Language:
    nlp = build(lexicon)
    nlp("We propose FooNet.")  # tables that are missing or damaged are no fault of a text: they fail here
    return nlp


def _read(nlp: Language, paper: Paper) -> Doc:
    # A lone surrogate cannot be encoded; the replacement is one character too, so offsets stay.
    doc = nlp.make_doc(_SURROGATES.sub("\ufffd", paper.text))
    for name, component in nlp.pipeline:
        try:
            doc = component(doc)
        except Exception:  # a text must never cost the other papers of the batch
            _log.warning("paper %s (%.80r): %s failed, its findings are left out", paper.id, paper.title, name)
            _log.debug("%s", name, exc_info=True)
    return doc
