"""A version without what is less likely to be right than somebody wants: what `--min-score` shows or loads of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from kg.graph.directory import Version

_Rows = TypeVar("_Rows", pa.Table, pa.RecordBatch)
# The columns of each table that decide.
_LOOKED_AT = {
    "entities": ("id",),
    "aliases": ("id",),
    "mentions": ("id",),
    "edges": ("from_id", "to_id", "score"),
    "support": ("from_id", "to_id", "score"),
}


def cut(version: Version, min_score: float) -> Version:
    """`version` as it would look without nodes and relationships of lower scores; what has no score stays.

    A relationship goes with either of its ends, and a result with the statement that the paper reports it.
    """
    return _Cut(version, min_score) if min_score > 0 else version


class _Cut(Version):
    """A version of which low scores are left out while it is read."""

    def __init__(self, version: Version, min_score: float) -> None:
        super().__init__(version.path)
        self._least = pa.scalar(min_score, pa.float64())
        entities = super().table("entities", ["id", "score"])
        edges = super().table("edges", ["type", "to_id", "score"])
        low = entities.filter(pc.less(entities["score"], self._least))["id"]
        unstated = edges.filter(pc.and_(pc.equal(edges["type"], "STATES"), pc.less(edges["score"], self._least)))
        self._gone = pa.concat_arrays([*low.chunks, *unstated["to_id"].chunks, pa.array([], pa.string())])
        kept = {name: self.table(name, columns[:1]).num_rows for name, columns in _LOOKED_AT.items()}
        self.manifest = msgspec.structs.replace(self.manifest, counts=self.manifest.counts | kept)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rest of the table `name`, or only some of its columns."""
        rows = self._rest(name, super().table(name, self._with_deciding(name, columns)))
        return rows if columns is None else rows.select(list(columns))

    def batches(self, name: str, columns: Sequence[str] | None = None, size: int = 8192) -> Iterator[pa.RecordBatch]:
        """The rest of the table `name` in batches of at most `size` rows."""
        for batch in super().batches(name, self._with_deciding(name, columns), size):
            rows = self._rest(name, batch)
            yield rows if columns is None else rows.select(list(columns))

    def _with_deciding(self, name: str, columns: Sequence[str] | None) -> list[str] | None:
        return None if columns is None else list(dict.fromkeys((*columns, *_LOOKED_AT.get(name, ()))))

    def _rest(self, name: str, rows: _Rows) -> _Rows:
        """The rows that stay."""
        for column in _LOOKED_AT.get(name, ()):
            if column == "score":
                out = pc.fill_null(pc.less(rows[column], self._least), fill_value=False)
            else:
                out = pc.is_in(rows[column], value_set=self._gone)
            rows = rows.filter(pc.invert(out))
        return rows
