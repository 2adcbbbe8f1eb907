"""The input records of one build on disk: what is too much for memory between reading and writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from kg.models import Paper
from kg.resolve import papers
from kg.resolve.papers import PaperGroup, PaperKeys


class Spool:
    """Distinct input records, by number; only their keys stay in memory."""

    def __init__(self, path: Path) -> None:
        self.keys: list[PaperKeys] = []
        self._seen: set[bytes] = set()
        self._decoder = msgspec.json.Decoder(Paper)
        self._path = path
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE papers (number INTEGER PRIMARY KEY, paper BLOB NOT NULL)")

    def add(self, paper: Paper) -> None:
        """Keep an input record, unless exactly the same one is there already."""
        keys = papers.keys(paper)
        if keys.rank[1] in self._seen:
            return
        self._seen.add(keys.rank[1])
        self._database.execute("INSERT INTO papers VALUES (?, ?)", (len(self.keys), msgspec.json.encode(paper)))
        self.keys.append(keys)

    def members(self, group: PaperGroup) -> list[Paper]:
        """The input records of one paper, the winning one first."""
        return [self._get(number) for number in group.members]

    def merged(self, group: PaperGroup) -> Paper:
        """One paper, with the id of its node."""
        return merged(self.members(group), group)

    def __enter__(self) -> Self:
        """The spool itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close the file and delete it."""
        self._database.close()
        self._path.unlink(missing_ok=True)

    def _get(self, number: int) -> Paper:
        (blob,) = self._database.execute("SELECT paper FROM papers WHERE number = ?", (number,)).fetchone()
        return self._decoder.decode(blob)


def merged(members: Sequence[Paper], group: PaperGroup) -> Paper:
    """One paper from its input records, the winning one first, with the id of its node."""
    return msgspec.structs.replace(papers.merge(members), id=group.node_id)


def row(members: Sequence[Paper], group: PaperGroup) -> dict[str, object]:
    """A paper's row of the papers table."""
    paper = papers.merge(members)
    columns = msgspec.structs.asdict(paper)
    columns |= {"id": group.node_id, "source_id": paper.id, "authors": list(paper.authors)}
    columns["sources"] = [msgspec.structs.asdict(member) for member in members] if len(members) > 1 else None
    return columns


def sources(row: dict[str, Any]) -> list[Paper]:
    """The input records behind a row of the papers table: the inverse of `row`."""
    several = row.get("sources")
    own = {field: row[field] for field in Paper.__struct_fields__} | {"id": row["source_id"]}
    rows = several if isinstance(several, list) else [own]
    return [msgspec.convert(r | {"authors": tuple(r["authors"] or ())}, Paper) for r in rows]
