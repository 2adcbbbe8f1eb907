"""A version's tables as nodes and relationships with their properties: what every store and exporter loads.

Nodes come before relationships; both come in the tables' order, in batches of one kind, with null properties left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow.compute as pc

from kg import schema
from kg.graph.directory import Version

Properties = dict[str, object]


class NodeBatch(NamedTuple):
    """Nodes of one label; every row has `id` and its other properties."""

    label: str
    rows: list[Properties]


class Relationship(NamedTuple):
    """One relationship, its ends by id."""

    from_id: str
    to_id: str
    properties: Properties


class RelationshipBatch(NamedTuple):
    """Relationships of one type between nodes of two labels."""

    from_label: str
    type: str
    to_label: str
    rows: list[Relationship]


def nodes(version: Version, size: int = 2000) -> Iterator[NodeBatch]:
    """All nodes of `version`, in batches of at most `size`."""
    model = schema.load()
    for label in model.nodes:
        columns = list(model.node_properties(label))
        if label == "Paper":
            for batch in version.batches("papers", columns, size):
                yield NodeBatch(label, [_present(row) for row in batch.to_pylist()])
            continue
        rows: list[Properties] = []
        for batch in version.batches("entities", [*columns, "label"], size):
            chosen = batch.filter(pc.equal(batch["label"], label)).drop_columns("label")
            rows.extend(_present(row) for row in chosen.to_pylist())
            while len(rows) >= size:
                yield NodeBatch(label, rows[:size])
                rows = rows[size:]
        if rows:
            yield NodeBatch(label, rows)


def relationships(version: Version, size: int = 2000) -> Iterator[RelationshipBatch]:
    """All relationships of `version`, in batches of at most `size`."""
    pending: dict[tuple[str, str, str], list[Relationship]] = {}
    for batch in version.batches("edges"):
        for row in batch.to_pylist():
            from_id, to_id = row.pop("from_id"), row.pop("to_id")
            kind = (row.pop("from_label"), row.pop("type"), row.pop("to_label"))
            rows = pending.setdefault(kind, [])
            rows.append(Relationship(from_id, to_id, _present(row)))
            if len(rows) >= size:
                yield RelationshipBatch(*kind, pending.pop(kind))
    for kind in sorted(pending):
        yield RelationshipBatch(*kind, pending[kind])


def _present(row: Properties) -> Properties:
    return {name: value for name, value in row.items() if value is not None}
