"""Reads papers from files of many formats, told apart by their content; the first stage.

Every format may be packed with gzip, under any file name.

| format | `Paper.source` | what it looks like |
|---|---|---|
| page of similar papers (Hugging Face) | `hf-page` | banner lines and a date, then title and abstract in turn |
| JSON Lines or JSON | `jsonl` | objects with the usual keys: title, abstract, id, authors, year, venue, url, doi, ... |
| arXiv metadata snapshot | `arxiv` | JSON objects with `authors_parsed`, `versions` or `categories` |
| OpenAlex works | `openalex` | JSON objects with `abstract_inverted_index` |
| Semantic Scholar | `semantic-scholar` | JSON objects with `paperId`, `corpusid` or `externalIds` |
| CSV, TSV | `csv` | a header line with columns of titles and abstracts |
| Parquet | `parquet` | a table with columns of titles and abstracts |
| BibTeX, BibLaTeX | `bibtex` | `@type{key, title = {...}, abstract = {...}}` |

Nothing is merged or left out here: duplicates and colliding ids come out as they went in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kg.errors import UsageError
from kg.models import Paper, Rejected
from kg.read import bibtex, delimited, hf_page, jsonl, parquet
from kg.read.detect import Format, detect
from kg.read.source import STDIN, DamagedError, Source, UnreadableError, open_source, rejected

__all__ = ["read"]

_READERS: dict[Format, Callable[[Source], Iterator[Paper | Rejected]]] = {
    "hf-page": hf_page.read,
    "json-lines": jsonl.read,
    "json": jsonl.read_objects,
    "delimited": delimited.read,
    "parquet": parquet.read,
    "bibtex": bibtex.read,
}


def read(inputs: Iterable[str | os.PathLike[str]], on_reject: Callable[[Rejected], None]) -> Iterator[Paper]:
    """The papers of all inputs, one after the other; memory does not grow with their size.

    Args:
        inputs: files, folders (all their files are read, hidden ones excepted) and `-`, which is standard input.
        on_reject: is called with every record, and every whole input, that cannot be read; reading goes on.

    Returns:
        An iterator over the papers in the order of the inputs.

    Raises:
        UsageError: an input is not there, or standard input is named twice; raised before anything is read.
    """
    names = [os.fspath(name) for name in inputs]
    for name in names:
        if name != STDIN and not _exists(name):
            raise UsageError(f"{name or repr(name)}: there is no such file or folder")
    if names.count(STDIN) > 1:
        raise UsageError("standard input (-) can be read only once; name it once")
    return _read(names, on_reject)


def _read(names: Iterable[str], on_reject: Callable[[Rejected], None]) -> Iterator[Paper]:
    for name in _files(names, on_reject):
        try:
            source = open_source(name)
        except OSError as error:
            on_reject(rejected(name, f"it cannot be read: {error.strerror or error}"))
            continue
        with source:
            for item in _items(source):
                if isinstance(item, Paper):
                    yield item
                else:
                    on_reject(item)


def _files(names: Iterable[str], on_reject: Callable[[Rejected], None]) -> Iterator[str]:
    """The files to be read, folders replaced by what is in them, in the order of their paths."""
    for name in names:
        folder = Path(name)
        if name == STDIN or not folder.is_dir():
            yield name
            continue
        found = 0
        for parent, folders, files in os.walk(folder, onerror=lambda error: on_reject(_closed(error))):
            folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
            for file in sorted(file for file in files if not file.startswith(".")):
                found += 1
                path = Path(parent, file)
                if path.is_file():
                    yield str(path)
                else:  # a pipe would be waited for without end
                    on_reject(rejected(str(path), "it is no regular file"))
        if not found:
            on_reject(rejected(name, "there is no file in this folder"))


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()
    except OSError:  # opening it will tell why
        return True


def _closed(error: OSError) -> Rejected:
    return rejected(str(error.filename), f"the folder cannot be read: {error.strerror}")


def _items(source: Source) -> Iterator[Paper | Rejected]:
    """What the reader for an input's format gives; if reading ends early, a last reject says why."""
    empty = True
    try:
        for item in _READERS[detect(source)](source):
            empty = False
            yield item
    except UnreadableError as error:
        yield source.rejected(str(error))
    except DamagedError as error:
        yield source.rejected(str(error), line=error.line or source.line + 1)
    else:
        if empty:
            yield source.rejected("there is no record in it")
