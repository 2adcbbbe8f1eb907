from pathlib import Path

import pytest
from graph_fixture import make_graph, node, write_graph

from kg import schema
from kg.errors import KgError
from kg.graph.directory import GraphDirectory
from kg.store import embedded
from kg.store.embedded import EmbeddedStore
from kg.store.neo4j import Neo4jSettings, Neo4jStore, load

QUERIES = [
    "MATCH (m:Method) RETURN m ORDER BY m.id",
    "MATCH (p:Paper)-[r:INTRODUCES]->(m) RETURN p.id, r, labels(m), [m, p.title] AS pair ORDER BY p.id, m.id",
    "MATCH path = (p:Paper)-[:INTRODUCES]->(m:Method) RETURN path, {node: m} AS map ORDER BY p.id, m.id",
]


@pytest.fixture
def directory(tmp_path: Path) -> GraphDirectory:
    return make_graph(tmp_path / "graph")


@pytest.fixture
def store(directory: GraphDirectory) -> EmbeddedStore:
    return EmbeddedStore.open(directory, directory.open())


def test_the_file_is_made_once_and_older_ones_go(directory: GraphDirectory) -> None:
    path = embedded.prepare(directory)
    made = path.stat().st_mtime_ns
    old = path.with_name("embedded-of-an-older-version.kgl")
    old.write_bytes(b"old")
    assert embedded.prepare(directory) == path
    assert path.stat().st_mtime_ns == made
    assert not old.exists()


def test_it_holds_what_the_tables_hold(directory: GraphDirectory, store: EmbeddedStore) -> None:
    counts = directory.open().manifest.counts
    assert store.query("MATCH (n) RETURN count(n) AS n").rows == [(counts["papers"] + counts["entities"],)]
    assert store.query("MATCH ()-[r]->() RETURN count(r) AS n").rows == [(counts["edges"],)]


@pytest.mark.parametrize(
    "cypher", ["CREATE (n:Paper {id: 'paper:x'})", "MATCH (n) DETACH DELETE n", "MATCH (n) SET n.x = 1"]
)
def test_it_only_reads(cypher: str, store: EmbeddedStore) -> None:
    with pytest.raises(KgError, match="it would write, and queries only read"):
        store.query(cypher)


def test_nodes_and_relationships_carry_the_properties_of_the_model_only(store: EmbeddedStore) -> None:
    ((node,), *_) = store.query("MATCH (m:Method) RETURN m ORDER BY m.id").rows
    assert isinstance(node, dict)
    assert node["labels"] == ["Method"]
    assert {"id", "name", "aliases", "support"} <= node["properties"].keys()
    assert not {"title", "type"} & node["properties"].keys()


def test_it_knows_every_name_of_the_model_and_warns_about_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = write_graph(tmp_path / "graph", [node("paper:1", title="One")], [])
    store = EmbeddedStore.open(directory, directory.open())
    model = schema.load()
    for label in model.nodes:
        for name in model.node_properties(label):
            assert store.query(f"MATCH (n:{label} {{{name}: $x}}) RETURN n.{name} AS value", {"x": "x"}).rows == []
    for type_, relationship in model.relationships.items():
        for source, target in relationship.ends:
            for name in model.relationship_properties(type_, source):
                store.query(
                    f"MATCH (:{source})-[r:{type_}]->(:{target}) WHERE r.{name} IS NOT NULL RETURN r.{name} AS value"
                )
    assert store.query("MATCH (n) RETURN count(n) AS n").rows == [(1,)]
    assert caplog.text == ""
    assert store.query("MATCH (p:Papr)-[:USED]->(m) RETURN m.id AS id").rows == []
    assert "Did you mean 'Paper'" in caplog.text
    assert "Did you mean 'USES'" in caplog.text


@pytest.mark.neo4j
def test_whole_nodes_relationships_and_paths_are_those_of_neo4j(
    directory: GraphDirectory, store: EmbeddedStore, neo4j_database: Neo4jSettings
) -> None:
    load(directory.open(), neo4j_database)
    with Neo4jStore(neo4j_database) as server:
        for cypher in QUERIES:
            assert server.query(cypher) == store.query(cypher)
