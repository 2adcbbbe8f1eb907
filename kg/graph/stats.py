"""How much a graph holds: what `kg stats` prints."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kg import schema
from kg.graph.directory import Version


class Stats(NamedTuple):
    """Counts of one version of a graph, by label and type in the model's order."""

    version: int
    extractor: str
    nodes: dict[str, int]
    relationships: dict[str, int]
    with_evidence: int
    statements: int


def stats(version: Version) -> Stats:
    """Count what `version` holds."""
    model = schema.load()
    labels = _counts(version.table("entities", ["label"])["label"])
    edges = version.table("edges", ["type", "start_char"])
    types = _counts(edges["type"])
    return Stats(
        version=version.number,
        extractor=version.manifest.extractor,
        nodes={"Paper": version.manifest.counts["papers"]}
        | {label: labels.get(label, 0) for label in model.nodes if label != "Paper"},
        relationships={type_: types.get(type_, 0) for type_ in model.relationships},
        with_evidence=edges.num_rows - edges["start_char"].null_count,
        statements=version.manifest.counts["support"],
    )


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
