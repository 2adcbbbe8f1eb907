"""From papers to records: what each title and abstract says, read by a spaCy pipeline of small components.

`extract` streams over any number of papers, in this process or a pool of them; `extract_batch` is the pure function
it runs.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

import kg
from kg.errors import KgError
from kg.extract.known_names import lexicon_files
from kg.extract.pipeline import build, model_path
from kg.extract.pool import in_batches
from kg.extract.records import to_record
from kg.extract.tables import MODELS
from kg.models import ModelName, Paper, Record

_log = logging.getLogger(__name__)
_SURROGATES = re.compile("[\ud800-\udfff]")


def extract(
    papers: Iterable[Paper],
    *,
    model: ModelName = "fast",
    lexicon: Path | None = None,
    workers: int | None = None,
) -> Iterator[Record]:
    """Yield the record of every paper, in the order of `papers`, which is read as records are taken.

    Args:
        papers: any number of papers; ids are kept as they are.
        model: which of the shipped models reads them.
        lexicon: a user's lexicon (a folder, or a file), read beside the shipped one.
        workers: processes to use; one per core, at most eight, when None.  Inputs of fewer than 400 papers stay in
        this process.

    Raises:
        UsageError: there is no such model.
        KgError: the model lacks what it needs, the lexicon cannot be read, or a process was killed.
    """
    _pipeline(model, lexicon, extractor_version(model, lexicon))  # what cannot be read fails here, not in a process
    yield from chain.from_iterable(in_batches(partial(extract_batch, model=model, lexicon=lexicon), papers, workers))


def extract_batch(papers: Sequence[Paper], model: ModelName = "fast", lexicon: Path | None = None) -> list[Record]:
    """The records of some papers: a pure function that can run in any process; the pipeline is built once in each.

    A text that breaks a component loses only what that component would have found; a warning names the paper.
    """
    extractor = extractor_version(model, lexicon)
    nlp = _pipeline(model, lexicon, extractor)
    with nlp.memory_zone():  # else the vocabulary grows with every new word
        docs = _read(nlp, papers)
        return [to_record(paper, doc, extractor) for paper, doc in zip(papers, docs, strict=True)]


def extractor_version(model: ModelName = "fast", lexicon: Path | None = None) -> str:
    """Name of the model and version of the package with a hash over its sources, the model's files and the lexicons.

    Records of one text by equal versions are equal.

    Raises:
        UsageError: there is no such model.
        KgError: the lexicon cannot be read.
    """
    digest = hashlib.sha256(_shipped(model))
    for file in lexicon_files(lexicon):
        try:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        except OSError as error:
            raise KgError(f"{file}: the lexicon cannot be read: {error}") from error
    return f"kg-{model}/{kg.__version__}+{digest.hexdigest()[:8]}"


@cache
def _shipped(model: ModelName) -> bytes:
    """A hash over the sources and lexicon of this package and the files of the model."""
    here, folder = Path(__file__).parent, model_path(model)
    digest = hashlib.sha256()
    for file in sorted(here.rglob("*")):
        own = folder in file.parents or MODELS not in file.parents
        if own and file.is_file() and file.suffix != ".pyc":
            digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()


@lru_cache(maxsize=4)
def _pipeline(model: ModelName, lexicon: Path | None, _version: str) -> Language:
    nlp = build(model, lexicon)
    nlp("We propose FooNet.")  # tables that are missing or damaged are no fault of a text: they fail here
    return nlp


def _read(nlp: Language, papers: Sequence[Paper]) -> list[Doc]:
    """The papers' documents; what a component cannot read it leaves without its findings."""
    # A lone surrogate cannot be encoded; the replacement is one character too, so offsets stay.
    docs = [nlp.make_doc(_SURROGATES.sub("\ufffd", paper.text)) for paper in papers]
    for name, component in nlp.pipeline:
        if hasattr(component, "pipe"):  # reads many texts at once faster than one by one
            try:
                docs = list(component.pipe(docs))
                continue
            except Exception:
                _log.debug("%s: one by one, to find the text it cannot read", name, exc_info=True)
        for n, (paper, doc) in enumerate(zip(papers, docs, strict=True)):
            try:
                docs[n] = component(doc)
            except Exception:  # a text must never cost the other papers of the batch
                _log.warning("paper %s (%.80r): %s failed, its findings are left out", paper.id, paper.title, name)
                _log.debug("%s", name, exc_info=True)
    return docs
