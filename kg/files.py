"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from kg.errors import KgError, UsageError
from kg.models import Rejected


@contextlib.contextmanager
def writing(output: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write `output` into, which takes its place only when all went well; `-` is standard output.

    Raises:
        UsageError: the folder is not there.
        KgError: the file cannot be made.
    """
    if str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: no such folder; make it first")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise KgError(f"{path}: cannot be written ({error.strerror})") from error
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        new.chmod(0o644)
        _replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _replace(new: Path, path: Path) -> None:
    try:
        new.replace(path)
    except OSError as error:
        raise KgError(f"{path}: cannot be written ({error.strerror})") from error


def write_rejects(path: Path, rejects: Sequence[Rejected]) -> None:
    """Write the rejects of one run, one JSON object a line; where there are none, only an older file is emptied."""
    if rejects or path.exists():
        with writing(path) as file:
            file.writelines(msgspec.json.encode(rejected) + b"\n" for rejected in rejects)
