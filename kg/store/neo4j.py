"""Neo4j over Bolt: answers queries from a server, and loads a version of a graph into one.

Loading runs constraints and indexes first, then nodes, then relationships, in parameterised batches, each a managed
transaction that the driver tries again where that can help.  Loading again changes nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Self

import neo4j
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
)
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Duration

from kg import schema
from kg.errors import KgError, UsageError
from kg.graph import elements
from kg.graph.directory import Version
from kg.store import Rows
from kg.store.cypher import constraint_statements, merge_nodes, merge_relationships

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_INDEX_SECONDS = 300

# What the driver warns of, it also raises, and a message is printed once.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_Row = dict[str, object]


@dataclass(frozen=True)
class Neo4jSettings:
    """Which server and database, and as whom; without `database`, the user's home database."""

    uri: str
    username: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str | None = None

    @classmethod
    def from_environment(cls, uri: str | None = None, database: str | None = None) -> Self:
        """Settings from NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE; what is given here goes first.

        Raises:
            UsageError: neither `uri` nor NEO4J_URI says where the server is.
        """
        address = uri or os.environ.get("NEO4J_URI")
        if not address:
            raise UsageError("which Neo4j? Give its address (bolt://HOST:7687) or set NEO4J_URI")
        return cls(
            uri=address,
            username=os.environ.get("NEO4J_USERNAME") or "neo4j",
            password=os.environ.get("NEO4J_PASSWORD", ""),
            database=database or os.environ.get("NEO4J_DATABASE") or None,
        )


@dataclass(frozen=True)
class LoadSummary:
    """What a load sent (`nodes`, `relationships`) and what the server says it changed."""

    nodes: int = 0
    relationships: int = 0
    nodes_created: int = 0
    relationships_created: int = 0
    properties_set: int = 0
    constraints_added: int = 0
    indexes_added: int = 0

    def __add__(self, other: LoadSummary) -> LoadSummary:
        """The sum of both."""
        return LoadSummary(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


class Neo4jStore:
    """Answers Cypher from a server; reads only."""

    def __init__(self, settings: Neo4jSettings) -> None:
        """Connect.

        Raises:
            KgError: the server cannot be reached or refuses the user (says which).
        """
        self._settings = settings
        self._driver = _connect(settings)

    def query(self, cypher: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Run one reading query; see `Store.query`."""

        def read(transaction: neo4j.ManagedTransaction) -> Rows:
            result = transaction.run(cypher, dict(parameters or {}))
            return Rows(tuple(result.keys()), [tuple(map(_plain, record)) for record in result])

        with _plain_errors(self._settings), _session(self._driver, self._settings, neo4j.READ_ACCESS) as session:
            return session.execute_read(read)

    def close(self) -> None:
        """Give the connections back."""
        self._driver.close()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()


def load(
    version: Version,
    settings: Neo4jSettings,
    *,
    batch_size: int = 2000,
    on_progress: Callable[[int, int], None] | None = None,
) -> LoadSummary:
    """Write every node and relationship of `version` into the server, once: what is there already is updated.

    Properties of the graph model that a row no longer has are removed; other properties, nodes and relationships stay.

    Args:
        version: what to load.
        settings: where to.
        batch_size: rows a transaction.
        on_progress: called after each batch with (rows done, rows in all).

    Raises:
        KgError: the server cannot be reached, refuses, or fails for good; loading again goes on where it stopped.
    """
    model = schema.load()
    counts = version.manifest.counts
    total = counts["papers"] + counts["entities"] + counts["edges"]
    summary = LoadSummary()
    with (
        _plain_errors(settings),
        contextlib.closing(_connect(settings)) as driver,
        _session(driver, settings, neo4j.WRITE_ACCESS) as session,
    ):
        for statement in constraint_statements(model):
            summary += _counters(session.run(statement).consume())
        session.run("CALL db.awaitIndexes($seconds)", seconds=_INDEX_SECONDS).consume()
        for written in _write(session, version, batch_size):
            summary += written
            if on_progress is not None:
                on_progress(summary.nodes + summary.relationships, total)
    return summary


def _write(session: neo4j.Session, version: Version, size: int) -> Iterator[LoadSummary]:
    """Send every batch; after each, what it did."""
    model = schema.load()
    for batch in elements.nodes(version, size):
        names = [name for name in model.node_properties(batch.label) if name != "id"]
        rows = [{"id": row["id"], "properties": _whole(row, names)} for row in batch.rows]
        _, done = session.execute_write(_run, merge_nodes(batch.label), rows)
        yield done + LoadSummary(nodes=len(rows))
    for edges in elements.relationships(version, size):
        names = list(model.relationship_properties(edges.type, edges.from_label))
        rows = [{"from_id": r.from_id, "to_id": r.to_id, "properties": _whole(r.properties, names)} for r in edges.rows]
        statement = merge_relationships(edges.from_label, edges.type, edges.to_label)
        written, done = session.execute_write(_run, statement, rows)
        if written < len(rows):
            raise KgError(
                f"{len(rows) - written} {edges.type} relationships could not be written: their {edges.from_label} or "
                f"{edges.to_label} nodes are gone from the database; something else deletes there. Load again"
            )
        yield done + LoadSummary(relationships=len(rows))


def _run(transaction: neo4j.ManagedTransaction, statement: str, rows: list[_Row]) -> tuple[int, LoadSummary]:
    result = transaction.run(statement, rows=rows)
    written = result.value("written")
    return (written[0] if written else len(rows)), _counters(result.consume())


def _whole(row: Mapping[str, object], names: list[str]) -> dict[str, object]:
    """All of our properties, so that one which is no longer there is removed (`+=` removes what is null)."""
    return {name: row.get(name) for name in names}


def _counters(summary: neo4j.ResultSummary) -> LoadSummary:
    counters = summary.counters
    return LoadSummary(
        nodes_created=counters.nodes_created,
        relationships_created=counters.relationships_created,
        properties_set=counters.properties_set,
        constraints_added=counters.constraints_added,
        indexes_added=counters.indexes_added,
    )


def _connect(settings: Neo4jSettings) -> neo4j.Driver:
    if settings.uri.partition("://")[0] not in _SCHEMES:
        raise UsageError(f"{settings.uri!r}: no address of a Neo4j server, such as bolt://127.0.0.1:7687")
    if "@" in settings.uri:
        raise UsageError("the address of Neo4j holds a user; set NEO4J_USERNAME and NEO4J_PASSWORD instead")
    with _plain_errors(settings):
        driver = neo4j.GraphDatabase.driver(
            settings.uri,
            auth=(settings.username, settings.password),
            notifications_min_severity="OFF",
            connection_timeout=15,
        )
        try:
            driver.verify_connectivity()
        except BaseException:
            driver.close()
            raise
    return driver


def _session(driver: neo4j.Driver, settings: Neo4jSettings, access: str) -> neo4j.Session:
    return driver.session(database=settings.database, default_access_mode=access)


@contextlib.contextmanager
def _plain_errors(settings: Neo4jSettings) -> Iterator[None]:
    """Turn what the driver raises into one line that says what to do."""
    where = settings.uri
    try:
        yield
    except ServiceUnavailable as error:
        raise KgError(f"{where}: no Neo4j answers there; is it running? ({_line(error)})") from error
    except AuthError as error:
        advice = "check NEO4J_USERNAME and NEO4J_PASSWORD" if settings.password else "NEO4J_PASSWORD is not set"
        raise KgError(f"{where}: refuses user {settings.username!r} ({_line(error)}); {advice}") from error
    except Neo4jError as error:
        raise KgError(_server_error(error, settings)) from error
    except (ConfigurationError, ValueError) as error:
        raise UsageError(
            f"{where}: no address of a Neo4j server, such as bolt://127.0.0.1:7687 ({_line(error)})"
        ) from error
    except DriverError as error:
        raise KgError(f"{where}: {_line(error)}") from error


def _server_error(error: Neo4jError, settings: Neo4jSettings) -> str:
    code = error.code or ""
    if code.endswith("Database.DatabaseNotFound"):
        return f"{settings.uri}: has no database {settings.database!r}; check NEO4J_DATABASE"
    if code.endswith("Statement.AccessMode"):
        return "the query cannot be run: it would write, and queries only read"
    if ".Statement." in code:
        return f"the query cannot be run: {_line(error)}"
    return f"{settings.uri}: {_line(error)} ({code})"


def _line(error: Exception) -> str:
    message = (error.message if isinstance(error, Neo4jError) else None) or str(error) or type(error).__name__
    return " ".join(message.split())


def _plain(value: object) -> object:
    """A value of the driver as plain Python: scalars, lists, dictionaries; times and durations as ISO 8601."""
    plain: object
    match value:
        case None | bool() | int() | float() | str() | bytes():
            plain = value
        case Node():
            plain = {"labels": sorted(value.labels), "properties": _plain(dict(value))}
        case Relationship():
            plain = {"type": value.type, "properties": _plain(dict(value))}
        case Path():
            plain = {"nodes": _plain(value.nodes), "relationships": _plain(value.relationships)}
        case Duration():
            plain = value.iso_format()
        case list() | tuple():  # points are tuples of coordinates
            plain = [_plain(item) for item in value]
        case dict():
            plain = {name: _plain(item) for name, item in value.items()}
        case _:
            plain = value.iso_format() if hasattr(value, "iso_format") else str(value)
    return plain
