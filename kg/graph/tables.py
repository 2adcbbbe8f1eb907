"""The Arrow schemas of a graph's tables, derived from the graph model.

Offsets are in code points of `title + "\\n" + abstract`; scores are in [0, 1]; ids are those of the graph.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from kg import schema
from kg.models import Paper
from kg.schema import Property

NAMES = ("papers", "entities", "aliases", "mentions", "edges", "support")

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "string[]": pa.list_(pa.string()),
}


def _fields(properties: dict[str, Property]) -> list[pa.Field]:
    return [pa.field(name, _ARROW[prop.type]) for name, prop in properties.items()]


def _union(*groups: dict[str, Property]) -> dict[str, Property]:
    union: dict[str, Property] = {}
    for group in groups:
        union |= group
    return union


def papers() -> pa.Schema:
    """One row a paper, sorted by `id`.

    Beside the node's properties: `source_id`, the input's own id, and `sources`, the input records that were merged
    into this paper (null where there was only one), so that the table alone is enough to build the graph again with
    more input.
    """
    source = pa.struct(
        [
            ("id", pa.string()),
            *((f, _ARROW[p.type]) for f, p in _paper_properties().items() if f in Paper.__struct_fields__),
        ]
    )
    return pa.schema(
        [
            *_fields(schema.load().node_properties("Paper")),
            pa.field("source_id", pa.string()),
            pa.field("sources", pa.list_(source)),
        ]
    )


def _paper_properties() -> dict[str, Property]:
    return {name: prop for name, prop in schema.load().node_properties("Paper").items() if name != "id"}


def entities() -> pa.Schema:
    """One row a node that is no paper, sorted by `id`: its label and the union of all labels' properties."""
    model = schema.load()
    properties = _union(*(model.node_properties(label) for label in model.nodes if label != "Paper"))
    own_id, *rest = _fields(properties)
    return pa.schema([own_id, pa.field("label", pa.string()), *rest])


def aliases() -> pa.Schema:
    """One row an (entity, spelling): `key` is the folded spelling, `count` the number of papers that write it so."""
    return pa.schema([("id", pa.string()), ("alias", pa.string()), ("key", pa.string()), ("count", pa.int64())])


def mentions() -> pa.Schema:
    """One row a (paper, entity, surface form): the first place where the paper writes it."""
    return pa.schema(
        [
            ("paper", pa.string()),
            ("id", pa.string()),
            ("text", pa.string()),
            ("start_char", pa.int64()),
            ("end_char", pa.int64()),
            ("score", pa.float64()),
        ]
    )


def edges() -> pa.Schema:
    """One row a relationship: its ends, its type and the union of all types' properties."""
    model = schema.load()
    properties = _union(
        *(
            model.relationship_properties(type_, source)
            for type_, relationship in model.relationships.items()
            for source, _ in relationship.ends
        )
    )
    return pa.schema([*_ends(), *_fields(properties)])


def support() -> pa.Schema:
    """One row a single statement (relationship, paper) behind a relationship that is gathered from several papers."""
    return pa.schema([*_ends(), pa.field("paper", pa.string()), *_fields(schema.load().provenance.properties)])


def _ends() -> list[pa.Field]:
    return [pa.field(name, pa.string()) for name in ("from_id", "from_label", "type", "to_id", "to_label")]


@cache
def table_schema(name: str) -> pa.Schema:
    """The Arrow schema of the table `name`, one of `NAMES`."""
    return {
        "papers": papers,
        "entities": entities,
        "aliases": aliases,
        "mentions": mentions,
        "edges": edges,
        "support": support,
    }[name]()
