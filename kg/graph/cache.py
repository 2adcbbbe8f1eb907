"""Extracted records on disk, by hash of text and extractor version, so that a paper is extracted once."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from pathlib import Path
from typing import Self

import msgspec

from kg.errors import KgError
from kg.models import Paper, Record


class RecordCache:
    """A SQLite file of compressed records.  What was committed survives a kill; the file can be deleted at any time."""

    def __init__(self, path: Path, extractor: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._extractor = extractor.encode()
        self._decoder = msgspec.json.Decoder(Record)
        try:
            self._database = _open(path)
        except sqlite3.DatabaseError:  # damaged: it holds nothing that cannot be made again
            path.unlink()
            self._database = _open(path)

    def get(self, paper: Paper) -> Record | None:
        """The record of this text by this extractor, if it was made before; the id is the paper's own.

        A damaged one is dropped, so that the next build makes it again.
        """
        row = self._database.execute("SELECT record FROM records WHERE key = ?", (self._key(paper),)).fetchone()
        if row is None:
            return None
        try:
            record = self._decoder.decode(zlib.decompress(row[0]))
        except (zlib.error, msgspec.MsgspecError):
            self._database.execute("DELETE FROM records WHERE key = ?", (self._key(paper),))
            self.commit()
            return None
        return msgspec.structs.replace(record, id=paper.id, title=paper.title, abstract=paper.abstract)

    def has(self, paper: Paper) -> bool:
        """Whether the record is there."""
        query = "SELECT 1 FROM records WHERE key = ?"
        return self._database.execute(query, (self._key(paper),)).fetchone() is not None

    def put(self, paper: Paper, record: Record) -> None:
        """Keep a record; `commit` makes it last."""
        bare = msgspec.structs.replace(record, id="", title="", abstract="")
        blob = zlib.compress(msgspec.json.encode(bare), 1)
        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (self._key(paper), blob))

    def commit(self) -> None:
        """Write what was put to disk.

        Raises:
            KgError: the disk does not take it.
        """
        try:
            self._database.commit()
        except sqlite3.Error as error:
            raise KgError(f"the record cache cannot be written: {error}") from error

    def __enter__(self) -> Self:
        """The cache itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Keep what was put, and close the file."""
        self._database.commit()
        self._database.close()

    def _key(self, paper: Paper) -> bytes:
        text = b"\0".join(
            (self._extractor, paper.title.encode("utf-8", "replace"), paper.abstract.encode("utf-8", "replace"))
        )
        return hashlib.blake2b(text, digest_size=16).digest()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS records (key BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID")
    return database
