"""Writes the tables of a version, row group by row group, every node and relationship checked on the way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from kg.graph import tables

_ROW_GROUP = 20_000

Row = dict[str, object]


class RowBuffer:
    """Rows of one table in memory, as Arrow columns rather than Python objects."""

    def __init__(self, name: str) -> None:
        self.schema = tables.table_schema(name)
        self._rows: list[Row] = []
        self._full: list[pa.RecordBatch] = []

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        self._rows.extend(rows)
        if len(self._rows) >= _ROW_GROUP:
            self._pack()

    def table(self) -> pa.Table:
        """All rows so far."""
        self._pack()
        return pa.Table.from_batches(self._full, self.schema)

    def _pack(self) -> None:
        if self._rows:
            self._full.append(pa.RecordBatch.from_pylist(self._rows, schema=self.schema))
            self._rows = []


class TableWriter:
    """Writes one table; the same rows give the same bytes, however they are handed over."""

    def __init__(self, folder: Path, name: str) -> None:
        self._schema = tables.table_schema(name)
        self._file = pq.ParquetWriter(folder / f"{name}.parquet", self._schema, compression="zstd")
        self._rows: list[Row] = []

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        self._rows.extend(rows)
        while len(self._rows) >= _ROW_GROUP:
            self._write(_ROW_GROUP)

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Write what is left and finish the file."""
        if self._rows:
            self._write(len(self._rows))
        self._file.close()

    def _write(self, count: int) -> None:
        self._file.write_table(pa.Table.from_pylist(self._rows[:count], schema=self._schema), row_group_size=count)
        del self._rows[:count]
