from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest
from fixtures_neo4j import empty, refuse_unless_empty, remove_nodes, run
from graph_fixture import HOSTILE_ALIAS, HOSTILE_NAME, edge, make_graph, node, write_graph

from kg import schema
from kg.errors import KgError, UsageError
from kg.graph import elements
from kg.graph.directory import Version
from kg.store.cypher import constraint_statements
from kg.store.neo4j import LoadSummary, Neo4jSettings, Neo4jStore, load


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return make_graph(tmp_path_factory.mktemp("graph") / "g").open()


@pytest.fixture
def server(neo4j_database: Neo4jSettings) -> Neo4jSettings:
    """The server, without a node."""
    remove_nodes(neo4j_database)
    return neo4j_database


@pytest.fixture
def bare_server(neo4j_database: Neo4jSettings) -> Neo4jSettings:
    """The server, without a node, constraint or index."""
    empty(neo4j_database)
    return neo4j_database


def count(settings: Neo4jSettings, pattern: str) -> object:
    return run(settings, f"MATCH {pattern} RETURN count(*) AS n")[0]["n"]


class TestSettings:
    def test_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NEO4J_URI", "bolt://somewhere:1")
        monkeypatch.setenv("NEO4J_USERNAME", "ada")
        monkeypatch.setenv("NEO4J_PASSWORD", "secret")
        monkeypatch.setenv("NEO4J_DATABASE", "")
        assert Neo4jSettings.from_environment() == Neo4jSettings("bolt://somewhere:1", "ada", "secret", None)
        given = Neo4jSettings.from_environment("bolt://else:2", "papers")
        assert given == Neo4jSettings("bolt://else:2", "ada", "secret", "papers")

    def test_say_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NEO4J_URI", raising=False)
        with pytest.raises(UsageError, match="NEO4J_URI"):
            Neo4jSettings.from_environment()

    def test_do_not_show_the_password(self) -> None:
        assert "secret" not in repr(Neo4jSettings("bolt://somewhere:1", "ada", "secret"))


def test_constraint_statements_follow_the_model() -> None:
    model = schema.load()
    statements = constraint_statements(model)
    for label in model.nodes:
        assert sum(f"(n:{label}) REQUIRE n.id IS UNIQUE" in statement for statement in statements) == 1
    assert any("(n:Method) ON (n.name)" in statement for statement in statements)
    assert any("FULLTEXT" in s and "Method|Dataset" in s and "[n.name, n.aliases]" in s for s in statements)
    assert all("IF NOT EXISTS" in statement for statement in statements)
    assert len(set(statements)) == len(statements)


@pytest.mark.neo4j
class TestLoad:
    def test_writes_every_node_and_relationship_as_the_tables_have_them(
        self, version: Version, server: Neo4jSettings
    ) -> None:
        load(version, server, batch_size=7)
        rows = run(server, "MATCH (n) RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties")
        stored = {row["id"]: (row["labels"], row["properties"]) for row in rows}
        expected = {row["id"]: ([batch.label], row) for batch in elements.nodes(version) for row in batch.rows}
        assert stored == expected
        rows = run(
            server, "MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b, properties(r) AS properties"
        )
        edges = {(row["a"], row["type"], row["b"]): row["properties"] for row in rows}
        assert len(rows) == len(edges)
        assert edges == {
            (row.from_id, batch.type, row.to_id): row.properties
            for batch in elements.relationships(version)
            for row in batch.rows
        }

    def test_again_creates_nothing(self, version: Version, bare_server: Neo4jSettings) -> None:
        server = bare_server
        counts = version.manifest.counts
        nodes, relationships = counts["papers"] + counts["entities"], counts["edges"]
        first = load(version, server)
        assert (first.nodes, first.relationships) == (nodes, relationships)
        assert (first.nodes_created, first.relationships_created) == (nodes, relationships)
        assert first.constraints_added == len(schema.load().nodes)
        again = load(version, server)
        assert again == LoadSummary(nodes=nodes, relationships=relationships, properties_set=again.properties_set)
        assert (count(server, "(n)"), count(server, "()-[r]->()")) == (nodes, relationships)

    def test_reports_progress_to_the_end(self, version: Version, server: Neo4jSettings) -> None:
        seen: list[tuple[int, int]] = []
        load(version, server, batch_size=10, on_progress=lambda done, total: seen.append((done, total)))
        total = (
            version.manifest.counts["papers"] + version.manifest.counts["entities"] + version.manifest.counts["edges"]
        )
        assert seen == sorted(seen)
        assert len(seen) > 10
        assert seen[-1] == (total, total)

    def test_makes_constraints_and_indexes_that_work(self, version: Version, server: Neo4jSettings) -> None:
        load(version, server)
        with pytest.raises(Exception, match="already exists"):
            run(server, "CREATE (:Method {id: 'method:gale'})")
        indexes = run(
            server, "SHOW INDEXES YIELD name, type, state, properties, labelsOrTypes WHERE name STARTS WITH 'kg_'"
        )
        assert {row["state"] for row in indexes} == {"ONLINE"}
        ranges = {(*row["labelsOrTypes"], *row["properties"]) for row in indexes if row["type"] == "RANGE"}  # type: ignore[misc]
        assert {("Method", "id"), ("Method", "name"), ("Paper", "year"), ("Website", "url")} <= ranges
        for words in ("fog bank", "zn"):
            found = run(
                server,
                "CALL db.index.fulltext.queryNodes('kg_names', $words) YIELD node RETURN node.id AS id",
                words=words,
            )
            assert found[0]["id"] in {"dataset:fogbank", "method:zephyrnet"}
        titles = run(
            server, "CALL db.index.fulltext.queryNodes('kg_paper_text', 'pocket') YIELD node RETURN node.id AS id"
        )
        assert titles == [{"id": "paper:p07"}]

    def test_stores_hostile_text_as_it_is(self, version: Version, server: Neo4jSettings) -> None:
        load(version, server)
        (row,) = run(server, "MATCH (m:Method {name: $name}) RETURN m.aliases AS aliases", name=HOSTILE_NAME)
        assert row["aliases"] == [HOSTILE_ALIAS, "' OR 1=1 //"]

    def test_removes_properties_that_are_gone_and_no_others(self, tmp_path: Path, server: Neo4jSettings) -> None:
        def graph(number: int, **properties: object) -> Version:
            paper = node("paper:a", title="T", **properties)
            edges = [edge("paper:a", "USES", "method:m", evidence="T" if properties else None)]
            return write_graph(tmp_path / str(number), [paper, node("method:m")], edges).open()

        load(graph(1, year=2020, doi="10.1/a"), server)
        run(server, "MATCH (p:Paper) SET p.mine = 1 CREATE (p)-[:READ_BY]->(:Person {id: 'paper:a'})")
        load(graph(2), server)
        (paper,) = run(server, "MATCH (p:Paper) RETURN properties(p) AS p")
        assert paper["p"] == {"id": "paper:a", "title": "T", "mine": 1}
        assert count(server, "(:Paper)-[:READ_BY]->(:Person)") == 1

    def test_stops_where_a_constraint_cannot_be_made(self, version: Version, bare_server: Neo4jSettings) -> None:
        run(bare_server, "CREATE (:Method {id: 'method:x'}), (:Method {id: 'method:x'})")
        with pytest.raises(KgError, match=r"Method.*id") as caught:
            load(version, bare_server)
        assert "\n" not in str(caught.value)
        assert count(bare_server, "(n)") == 2


@pytest.mark.neo4j
class TestQuery:
    def test_gives_plain_values(self, version: Version, server: Neo4jSettings) -> None:
        load(version, server)
        with Neo4jStore(server) as store:
            gale = "MATCH path = (m:Method {id: 'method:gale'})-[r:OUTPERFORMS]->(b) "
            columns, rows = store.query(
                gale + "RETURN m, r, length(path) AS n, date('2020-01-02') AS day, duration('P1D') AS long, "
                "point({x: 1, y: 2}) AS where, {a: [b]} AS nested, path, null AS nothing"
            )
        assert columns == ("m", "r", "n", "day", "long", "where", "nested", "path", "nothing")
        ((m, r, n, day, long, where, nested, path, nothing),) = rows
        assert isinstance(m, dict)
        assert (m["labels"], m["properties"]["name"]) == (["Method"], "Gale")
        assert isinstance(r, dict)
        assert (r["type"], r["properties"]["paper"]) == ("OUTPERFORMS", "paper:p03")
        assert (n, day, long, where, nothing) == (1, "2020-01-02", "P1D", [1.0, 2.0], None)
        assert isinstance(nested, dict)
        assert nested["a"][0]["properties"]["id"] == "method:borealis"
        assert isinstance(path, dict)
        assert [len(path["nodes"]), len(path["relationships"])] == [2, 1]

    @pytest.mark.parametrize(
        ("cypher", "message"),
        [
            ("MATCH (n RETURN n", "query cannot be run: Invalid input"),
            ("CREATE (n:Method {id: 'method:new'})", "queries only read"),
            ("RETURN $missing", "query cannot be run: .*missing"),
            ("RETURN 1 / 0", "by zero"),
        ],
    )
    def test_says_in_one_line_why_it_cannot(self, server: Neo4jSettings, cypher: str, message: str) -> None:
        with Neo4jStore(server) as store, pytest.raises(KgError, match=message) as caught:
            store.query(cypher)
        assert "\n" not in str(caught.value)
        assert count(server, "(n)") == 0

    def test_wrong_password(self, neo4j_server: Neo4jSettings) -> None:
        wrong = dataclasses.replace(neo4j_server, password="wrong")
        with pytest.raises(KgError, match=r"refuses user 'neo4j'.*NEO4J_PASSWORD") as caught:
            Neo4jStore(wrong)
        assert "\n" not in str(caught.value)

    def test_wrong_database(self, version: Version, neo4j_server: Neo4jSettings) -> None:
        wrong = dataclasses.replace(neo4j_server, database="elsewhere")
        with Neo4jStore(wrong) as store, pytest.raises(KgError, match="no database 'elsewhere'"):
            store.query("RETURN 1")
        with pytest.raises(KgError, match="no database 'elsewhere'"):
            load(version, wrong)

    def test_not_empty_database_is_refused_by_the_fixture(self, server: Neo4jSettings) -> None:
        run(server, "CREATE (:Something)")
        with pytest.raises(pytest.fail.Exception, match="holds 1 nodes"):
            refuse_unless_empty(server)


def test_refused_connection(version: Version) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(KgError, match=f"{uri}: no Neo4j answers there") as caught:
            load(version, Neo4jSettings(uri))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("uri", ["graph.db", "http://127.0.0.1:7474", "bolt://127.0.0.1:notaport", ""])
def test_no_address(uri: str) -> None:
    with pytest.raises(UsageError, match="no address of a Neo4j server"):
        Neo4jStore(Neo4jSettings(uri))


def test_password_in_the_address_is_refused_and_not_printed() -> None:
    with pytest.raises(UsageError, match="NEO4J_PASSWORD") as caught:
        Neo4jStore(Neo4jSettings("bolt://ada:secret@127.0.0.1:7687"))
    assert "secret" not in str(caught.value)
