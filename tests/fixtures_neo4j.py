"""A real Neo4j for tests: the server that KG_TEST_NEO4J_URI names, else one that `scripts/neo4j` starts for this run.

NEO4J_URI, the user's own server, is never touched.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import neo4j
import pytest

from kg.store.neo4j import Neo4jSettings, Neo4jStore

SCRIPT = Path(__file__).parent.parent / "scripts" / "neo4j"


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jSettings]:
    """A running server; the test is skipped where there can be none, or fails with KG_REQUIRE_NEO4J=1."""
    home = tmp_path_factory.mktemp("neo4j") / "home"
    started = neo4j_script("start", home)
    if started.returncode:
        reason = f"no Neo4j: {started.stderr.strip()}"
        if os.environ.get("KG_REQUIRE_NEO4J") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        given = dict(line.split("=", 1) for line in shlex.split(started.stdout))
        yield Neo4jSettings(given["NEO4J_URI"], given["NEO4J_USERNAME"], given["NEO4J_PASSWORD"])
    finally:
        neo4j_script("stop", home)


@pytest.fixture(scope="module")
def neo4j_database(neo4j_server: Neo4jSettings) -> Iterator[Neo4jSettings]:
    """The server, its database empty, for one module alone; what the module leaves there is removed."""
    name = hashlib.sha256(neo4j_server.uri.encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"kg-test-neo4j-{os.getuid()}-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refuse_unless_empty(neo4j_server)
        try:
            yield neo4j_server
        finally:
            empty(neo4j_server)


def neo4j_script(command: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/neo4j COMMAND --home HOME`."""
    return subprocess.run(
        [sys.executable, SCRIPT, command, "--home", home],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def refuse_unless_empty(settings: Neo4jSettings) -> None:
    """Fail the test unless the database holds nothing: tests delete what is there."""
    with Neo4jStore(settings) as store:
        count = store.query("MATCH (n) RETURN count(n) AS nodes").rows[0][0]
    if count:
        pytest.fail(f"{settings.uri} holds {count} nodes; tests run only on an empty database")


def run(settings: Neo4jSettings, cypher: str, **parameters: object) -> list[dict[str, object]]:
    """Run a statement that may write."""
    with neo4j.GraphDatabase.driver(settings.uri, auth=(settings.username, settings.password)) as driver:
        return [record.data() for record in driver.execute_query(cypher, parameters).records]


def empty(settings: Neo4jSettings) -> None:
    """Remove all nodes, and the constraints and indexes that loading made."""
    remove_nodes(settings)
    for one, all_ in (("CONSTRAINT", "CONSTRAINTS"), ("INDEX", "INDEXES")):
        for row in run(settings, f"SHOW {all_} YIELD name WHERE name STARTS WITH 'kg_' RETURN name"):
            run(settings, f"DROP {one} {row['name']} IF EXISTS")


def remove_nodes(settings: Neo4jSettings) -> None:
    """Remove all nodes; constraints and indexes, which take a second to make, stay."""
    run(settings, "MATCH (n) DETACH DELETE n")
