"""The embedded store: KGLite in this process, its file made from a graph directory's tables and kept in the cache."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Self, cast

import kglite

from kg import schema
from kg.errors import KgError
from kg.graph import elements
from kg.graph.directory import GraphDirectory, Version
from kg.store import Rows

_BATCH = 10_000

_EXAMPLES: dict[str, object] = {"string": "", "integer": 0, "float": 0.5, "boolean": True, "string[]": [""]}

_log = logging.getLogger(__name__)


class EmbeddedStore:
    """Answers Cypher from one version of a graph, in this process; read-only."""

    def __init__(self, graph: kglite.KnowledgeGraph) -> None:
        self._graph = graph

    @classmethod
    def open(cls, directory: GraphDirectory, version: Version) -> Self:
        """The store of a version; made from the tables where the cache has none."""
        path = _path(directory, version)
        if path.is_file():
            with contextlib.suppress(kglite.KgError, OSError, ValueError):
                return cls(_read_only(kglite.load(str(path))))
        return cls(_make(version, path))

    def query(self, cypher: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Run one reading query; see `Store.query`.  Names that the graph model does not know are warned about."""
        try:
            view = cast(kglite.ResultView, self._graph.cypher(cypher, params=dict(parameters or {})))
        except kglite.ReadOnlyError as error:
            raise KgError("the query cannot be run: it would write, and queries only read") from error
        except kglite.KgError as error:
            raise KgError(f"the query cannot be run: {error}") from error
        except (TypeError, ValueError) as error:
            raise KgError(f"a parameter of the query cannot be used: {error}") from error
        for warning in view.warnings:
            _log.warning("%s", warning)
        columns = tuple(view.columns)
        return Rows(columns, [tuple(_plain(row[column]) for column in columns) for row in view.to_list()])

    def close(self) -> None:
        """Nothing to give back: the graph goes with the object."""

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()


def _plain(value: object) -> object:
    """A value as the Neo4j store gives it: nodes and relationships without KGLite's own keys and properties."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"id", "labels", "properties"}:
        known = schema.load().node_properties(value["labels"][0])
        return {"labels": value["labels"], "properties": {k: v for k, v in value["properties"].items() if k in known}}
    if value.keys() == {"id", "start", "end", "type", "properties"}:
        return {"type": value["type"], "properties": {k: v for k, v in value["properties"].items() if k != "type"}}
    return {key: _plain(item) for key, item in value.items()}


def prepare(directory: GraphDirectory) -> Path:
    """Make the store's file for the version in force, drop those of older versions, and return its path."""
    version = directory.open()
    path = _path(directory, version)
    if not path.is_file():
        _make(version, path)
    for other in path.parent.glob("embedded-*.kgl"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def _path(directory: GraphDirectory, version: Version) -> Path:
    return directory.cache / f"embedded-{version.manifest.fingerprint}.kgl"


def _make(version: Version, path: Path) -> kglite.KnowledgeGraph:
    kglite.set_query_warning_policy("silent")
    graph = kglite.KnowledgeGraph()
    for label in schema.load().nodes:
        graph.cypher(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.id IS UNIQUE")
    _declare(graph)
    for nodes in elements.nodes(version, _BATCH):
        graph.cypher(
            f"UNWIND $rows AS row CREATE (n:{nodes.label} {{id: row.id}}) SET n += row", params={"rows": nodes.rows}
        )
    for batch in elements.relationships(version, _BATCH):
        rows = [{"from_id": r.from_id, "to_id": r.to_id, "properties": r.properties} for r in batch.rows]
        graph.cypher(
            f"UNWIND $rows AS row MATCH (a:{batch.from_label} {{id: row.from_id}}) "
            f"MATCH (b:{batch.to_label} {{id: row.to_id}}) CREATE (a)-[r:{batch.type}]->(b) SET r += row.properties",
            params={"rows": rows},
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kglite.MappedFallbackWarning)
        graph.save(str(path))
    return _read_only(graph)


def _declare(graph: kglite.KnowledgeGraph) -> None:
    """Let the graph know every label, type and property of the model, also those that none of its nodes will have.

    KGLite knows what it has once held, and refuses or warns about other names: so one of each is made and deleted.
    """
    model = schema.load()
    for label in model.nodes:
        row = {name: _EXAMPLES[prop.type] for name, prop in model.node_properties(label).items()} | {"id": label}
        graph.cypher(f"CREATE (n:{label} {{id: $row.id}}) SET n += $row", params={"row": row})
    for type_, relationship in model.relationships.items():
        for source, target in relationship.ends:
            row = {name: _EXAMPLES[p.type] for name, p in model.relationship_properties(type_, source).items()}
            graph.cypher(
                f"MATCH (a:{source} {{id: $from}}) MATCH (b:{target} {{id: $to}}) "
                f"CREATE (a)-[r:{type_}]->(b) SET r += $row",
                params={"from": source, "to": target, "row": row},
            )
    graph.cypher("MATCH (n) DETACH DELETE n")


def _read_only(graph: kglite.KnowledgeGraph) -> kglite.KnowledgeGraph:
    kglite.set_query_warning_policy("silent")
    graph.read_only(True)
    return graph
