"""The statements that write a graph into Neo4j, derived from the graph model.

Labels, relationship types and property names come from the model only; what was read from a paper is a parameter.
"""

from __future__ import annotations

from kg.schema import Schema

# Every name this program gives to something in a database begins so.
_OURS = "kg"


def constraint_statements(schema: Schema) -> list[str]:
    """The constraints and indexes of the graph model, each safe to run again.

    Ids are unique per label; names, and what the model marks `index`, have range indexes; names with their aliases, and
    what it marks `fulltext`, have full-text indexes.
    """
    statements = []
    for label in schema.nodes:
        statements.append(
            f"CREATE CONSTRAINT {_OURS}_{label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        )
    for label, node in schema.nodes.items():
        for name in (*(["name"] if node.named else []), *node.index):
            index = f"{_OURS}_{label.lower()}_{name}"
            statements.append(f"CREATE INDEX {index} IF NOT EXISTS FOR (n:{label}) ON (n.{name})")
    named = [label for label, node in schema.nodes.items() if node.named]
    statements.append(_fulltext("names", named, ["name", "aliases"]))
    for label, node in schema.nodes.items():
        if node.fulltext:
            statements.append(_fulltext(f"{label.lower()}_text", [label], list(node.fulltext)))
    return statements


def _fulltext(name: str, labels: list[str], properties: list[str]) -> str:
    on = ", ".join(f"n.{each}" for each in properties)
    return f"CREATE FULLTEXT INDEX {_OURS}_{name} IF NOT EXISTS FOR (n:{'|'.join(labels)}) ON EACH [{on}]"


def merge_nodes(label: str) -> str:
    """Creates or updates the nodes of `$rows`: maps of `id` and `properties` (every one of ours, null where absent)."""
    return f"UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n += row.properties"


def merge_relationships(from_label: str, type_: str, to_label: str) -> str:
    """Creates or updates the relationships of `$rows`: maps of `from_id`, `to_id`, `properties`; returns `written`."""
    return (
        f"UNWIND $rows AS row MATCH (a:{from_label} {{id: row.from_id}}) MATCH (b:{to_label} {{id: row.to_id}}) "
        f"MERGE (a)-[r:{type_}]->(b) SET r += row.properties RETURN count(r) AS written"
    )
