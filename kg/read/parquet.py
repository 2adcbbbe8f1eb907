"""Parquet tables with the usual column names."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kg.models import Paper, Rejected
from kg.read import fields
from kg.read.delimited import check_columns
from kg.read.fields import BadRecordError
from kg.read.source import DamagedError, Source, UnreadableError

NAME = "parquet"
BATCH = 1024  # rows that are in memory at a time

_FAULTS = (pa.ArrowException, OSError, ValueError)  # what pyarrow raises on damaged files


def read(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of a Parquet file, one a row; `Rejected.line` is the row, from 1.

    Raises:
        DamagedError: its data break off in the middle.
        UnreadableError: it is damaged, or has no column of titles or none of abstracts, or one is there twice.
    """
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(source.stream, file)  # Parquet is read from its end, which streams cannot do
        try:
            table = pq.ParquetFile(file, pre_buffer=False)
            names = table.schema_arrow.names
        except _FAULTS as error:
            raise UnreadableError(f"the Parquet file is damaged: {_explain(error)}") from error
        check_columns(names, "the table")
        known = [name for name in names if fields.column(name) in fields.KNOWN]
        try:
            for batch in table.iter_batches(batch_size=BATCH, columns=known):
                yield from _papers(source, _plain_dates(batch))
        except _FAULTS as error:
            raise DamagedError(f"the Parquet file is damaged: {_explain(error)}") from error


def _papers(source: Source, batch: pa.RecordBatch) -> Iterator[Paper | Rejected]:
    for index in range(batch.num_rows):
        source.line += 1
        try:
            row: dict[str, Any] = batch.slice(index, 1).to_pylist()[0]
            row = {name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()}
            yield _paper(source, row)
        except UnicodeDecodeError:
            yield source.rejected("not valid UTF-8", line=source.line)
        except (*_FAULTS, OverflowError) as error:
            yield source.rejected(f"the row cannot be read: {_explain(error)}", line=source.line)


def _paper(source: Source, row: dict[str, Any]) -> Paper | Rejected:
    try:
        return fields.paper(row, NAME)
    except BadRecordError as error:
        return source.rejected(str(error), line=source.line, record=fields.label(row))


def _plain_dates(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with points in time as days: Python has no nanoseconds, and a day is all that is kept."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            days = batch.column(index).cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False)
            batch = batch.set_column(index, field.name, days)
    return batch


def _explain(error: Exception) -> str:
    return fields.shorten(str(error).splitlines()[0] if str(error) else type(error).__name__, 160)
