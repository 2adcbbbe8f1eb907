"""The shipped queries: their files, their parameters, the rows they give, and the same rows from both stores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from graph_fixture import HOSTILE_ALIAS, HOSTILE_NAME, make_graph

from kg import queries, schema
from kg.errors import KgError, UsageError
from kg.graph.directory import GraphDirectory
from kg.store import Rows, Store
from kg.store.embedded import EmbeddedStore
from kg.store.neo4j import Neo4jSettings, Neo4jStore, load

TEN = [
    "code-for-method",
    "dataset-neighbourhood",
    "evaluated-on-dataset",
    "methods-used-together",
    "most-used-methods-per-year",
    "papers-without-code",
    "shortest-path",
    "state-of-the-art",
    "variants-of-method",
    "who-introduces",
]

# Names in other cases, aliases, ids and former ids, two senses, hostile text, nothing found; and, for the random part
# of the graph (Alpha to Zeta), which is full of ties, all rows and few.
PARAMETERS: dict[str, list[Mapping[str, object]]] = {
    "code-for-method": [
        *[{"method": name} for name in ("ZephyrNet", "zn", "method:gale", "no such thing", HOSTILE_NAME)],
        *[{"method": "alpha", "limit": limit} for limit in (500, 3, 0)],
    ],
    "dataset-neighbourhood": [
        *[{"dataset": name} for name in ("FogBank", "dataset:stormsuite", "EmptySky", "")],
        *[{"dataset": "DELTA", "limit": limit} for limit in (500, 7)],
    ],
    "evaluated-on-dataset": [
        *[{"dataset": name} for name in ("FOG BANK", "fogbank-1K", "stormsuite", "Hail-10", "ER")],
        *[{"dataset": "Epsilon", "limit": limit} for limit in (500, 7)],
    ],
    "methods-used-together": [{}, {"limit": 500}, {"limit": 3}],
    "most-used-methods-per-year": [{}, {"per_year": 1}, {"per_year": 3, "limit": 7}, {"per_year": 50, "limit": 500}],
    "papers-without-code": [{}, {"limit": 500}, {"year": 2020, "limit": 500}, {"year": 2023}, {"year": 1900}],
    "shortest-path": [
        *[{"from": "drizzle loss", "to": name} for name in ("BOREALIS", "Cirrus", HOSTILE_NAME)],
        *[{"from": "Gale", "to": name} for name in ("Gale", "zn", "ZephyrNet-2-Mini", "alpha")],
        *[{"from": "alpha", "to": name} for name in ("alpha", "beta", "gamma", "STRASSE", "Straße", "ähnlich")],
        {"from": "STN", "to": "STN"},
        {"from": HOSTILE_ALIAS, "to": "übergust-Β"},
    ],
    "state-of-the-art": [
        *[{"dataset": "FogBank", "metric": metric} for metric in ("acc", "error rate", "gustiness")],
        {"dataset": "StormSuite", "metric": "Gustiness"},
        {"dataset": "fogbank", "metric": "ER", "limit": 1},
        *[{"dataset": "delta", "metric": metric, "limit": 500} for metric in ("up", "down", "unknown")],
    ],
    "variants-of-method": [
        *[{"method": name} for name in ("zn", "method:zephyrnet-v2", "Cirrus", "' OR 1=1 //")],
        *[{"method": "alpha", "limit": limit} for limit in (500, 3)],
    ],
    "who-introduces": [
        *[{"name": name} for name in ("StormSuite", "dataset:fogbank", "ZEPHYRNET-2", "stn", "nowcasting")],
        *[{"name": name, "limit": 500} for name in ("alpha", "delta", "straße")],
    ],
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> GraphDirectory:
    return make_graph(tmp_path_factory.mktemp("graph") / "g")


@pytest.fixture(scope="module")
def embedded(graph: GraphDirectory) -> Iterator[Store]:
    with EmbeddedStore.open(graph, graph.open()) as store:
        yield store


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, neo4j_database: Neo4jSettings) -> Iterator[tuple[Store, Store]]:
    """The invented graph and a random one beside it, in both stores."""
    graph = make_graph(tmp_path_factory.mktemp("graph") / "g", with_random=True)
    load(graph.open(), neo4j_database)
    with EmbeddedStore.open(graph, graph.open()) as embedded, Neo4jStore(neo4j_database) as server:
        yield embedded, server


def ask(store: Store, name: str, parameters: Mapping[str, object]) -> Rows:
    query = queries.load(name)
    return store.query(query.cypher, query.bind(parameters))


class TestFiles:
    def test_ten_are_shipped(self) -> None:
        assert queries.names() == TEN

    @pytest.mark.parametrize("name", TEN)
    def test_says_what_it_answers_and_declares_its_parameters(self, name: str) -> None:
        query = queries.load(name)
        assert query.description.endswith(".")
        used = set(re.findall(r"\$(\w+)", query.cypher))
        assert used == {parameter.name for parameter in query.parameters}

    @pytest.mark.parametrize("name", TEN)
    def test_names_only_what_the_model_has(self, name: str) -> None:
        model = schema.load()
        cypher = queries.load(name).cypher
        for group in re.findall(r"\(\w*:([A-Z]\w+(?:\|\w+)*)", cypher):
            assert set(group.split("|")) <= model.nodes.keys()
        for group in re.findall(r"\[\w*:([A-Z_]+(?:\|[A-Z_]+)*)", cypher):
            assert set(group.split("|")) <= model.relationships.keys()
        properties = {name for label in model.nodes for name in model.node_properties(label)}
        for type_, relationship in model.relationships.items():
            properties |= {
                name for label, _ in relationship.ends for name in model.relationship_properties(type_, label)
            }
        assert set(re.findall(r"\b[a-z]\.(\w+)", cypher)) <= properties

    def test_overview_lists_all(self) -> None:
        assert [row[0] for row in queries.overview()] == TEN
        assert ("who-introduces", "name: string, required; limit: integer = 20") in [
            row[::2] for row in queries.overview()
        ]

    def test_unknown_name_lists_the_names(self) -> None:
        with pytest.raises(UsageError, match=r"'\.\./graph'.*code-for-method, .*who-introduces"):
            queries.load("../graph")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("// What.\n// param limit: number\nRETURN 1", r"x\.cypher:2: not a parameter"),
            ("// What.\n// param limit: integer = x\nRETURN 1", r"x\.cypher:2: the default is no JSON value"),
            ("// What.\n", r"x\.cypher: has no query"),
        ],
    )
    def test_broken_file_is_named(
        self, text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "queries").mkdir()
        (tmp_path / "queries" / "x.cypher").write_text(text)
        monkeypatch.setattr(schema, "directory", lambda: tmp_path)
        with pytest.raises(KgError, match=message):
            queries.load("x")


class TestParameters:
    def test_strings_become_their_types_and_defaults_fill_the_rest(self) -> None:
        assert queries.load("papers-without-code").bind({"year": "2021"}) == {"year": 2021, "limit": 50}
        assert queries.load("papers-without-code").bind({"year": None}) == {"year": None, "limit": 50}
        assert queries.load("code-for-method").bind({"method": "5"}) == {"method": "5", "limit": 20}

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, "needs parameter 'method'; it has method: string, required; limit: integer = 20"),
            ({"method": "x", "metod": "y"}, "no parameter 'metod'; it has method: string"),
            ({"method": "x", "limit": "many"}, "limit: 'many' is no integer"),
            ({"method": "x", "limit": 2.5}, "limit: 2.5 is no integer"),
            ({"method": 7}, "method: 7 is no string"),
            ({"method": None}, "method: None is no string"),
        ],
    )
    def test_wrong_ones_are_refused(self, given: dict[str, object], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            queries.load("code-for-method").bind(given)

    def test_hostile_text_stays_a_value(self, embedded: Store) -> None:
        before = embedded.query("MATCH (n) RETURN count(n) AS n")
        for parameter in (HOSTILE_NAME, HOSTILE_ALIAS, "x' OR true //", "\\", "`", "$limit"):
            ask(embedded, "code-for-method", {"method": parameter})
        assert embedded.query("MATCH (n) RETURN count(n) AS n") == before


class TestRows:
    """Rows worked out by hand from the invented graph."""

    def columns(self, store: Store, query: str, columns: str, /, **parameters: object) -> list[tuple[object, ...]]:
        rows = ask(store, query, parameters)
        chosen = [rows.columns.index(column) for column in columns.split()]
        return [tuple(row[index] for index in chosen) for row in rows.rows]

    @pytest.mark.parametrize("name", ["ZephyrNet", "zephyrNET", "zephyr net", "zn", "method:zephyrnet"])
    def test_code_for_method(self, embedded: Store, name: str) -> None:
        hostile = "https://example.org/?q=<script>alert(1)</script>&x='\"`"
        assert self.columns(embedded, "code-for-method", "role paper url year", method=name) == [
            ("INTRODUCES", "paper:p01", "https://github.com/zephyr-lab/zephyrnet", 2021),
            ("USES", "paper:p03", "https://github.com/zephyr-lab/gale", 2022),
            ("USES", "paper:p03", hostile, 2022),
            ("USES", "paper:p08", "https://github.com/zephyr-lab/zephyrnet", 2022),
            ("USES", "paper:p06", hostile, None),
        ]

    def test_dataset_neighbourhood(self, embedded: Store) -> None:
        columns = "relationship label name support"
        assert self.columns(embedded, "dataset-neighbourhood", columns, dataset="dataset:stormsuite") == [
            ("EVALUATES_ON", "Paper", "Tiny Zephyr fits in a pocket", 1),
            ("INTRODUCES", "Paper", "StormSuite: how good are storm models?", 1),
            ("INTRODUCES", "Paper", "Old winds, no year", 1),
            ("ON", "Result", "0.3", 1),
            ("ON", "Result", "0.1", 1),
        ]
        rows = self.columns(embedded, "dataset-neighbourhood", "relationship id", dataset="fog bank", limit=5)
        assert rows == [
            ("EVALUATED_ON", "method:zephyrnet"),
            ("EVALUATED_ON", "method:gale"),
            ("EVALUATED_ON", "method:zephyrnet-2"),
            ("EVALUATES_ON", "paper:p01"),
            ("EVALUATES_ON", "paper:p06"),
        ]

    def test_evaluated_on_dataset(self, embedded: Store) -> None:
        assert self.columns(embedded, "evaluated-on-dataset", "kind name year support", dataset="FOGBANK-1K") == [
            ("Method", "ZephyrNet", None, 2),
            ("Method", "Gale", None, 1),
            ("Method", "ZephyrNet-2", None, 1),
            ("Paper", "ZephyrNet-2 and its small sister", 2022, 1),
            ("Paper", "ZephyrNet: a network that feels the wind", 2021, 1),
            ("Paper", "Old winds, no year", None, 1),
        ]

    def test_methods_used_together(self, embedded: Store) -> None:
        columns = "method other papers example"
        assert self.columns(embedded, "methods-used-together", columns) == [
            ("Drizzle Loss", "ZephyrNet", 2, "paper:p02"),
            ("Gale", "ZephyrNet", 2, "paper:p05"),
            ("ÜberGust-β", HOSTILE_NAME, 1, "paper:p09"),
        ]

    def test_most_used_methods_per_year(self, embedded: Store) -> None:
        assert self.columns(embedded, "most-used-methods-per-year", "year id papers", per_year=2) == [
            (2023, "method:gale", 1),
            (2023, "method:overgust", 1),
            (2022, "method:zephyrnet", 3),
            (2022, "method:drizzle-loss", 2),
            (2021, "method:gale", 1),
            (2020, "method:stn-storm", 1),
        ]

    def test_papers_without_code(self, embedded: Store) -> None:
        papers = [row[0] for row in self.columns(embedded, "papers-without-code", "paper")]
        assert papers == [f"paper:p{number:02}" for number in (5, 7, 9, 2, 4, 10)]
        assert self.columns(embedded, "papers-without-code", "paper", year="2022") == [("paper:p02",)]

    def test_shortest_path(self, embedded: Store) -> None:
        def path(from_: str, to: str) -> list[tuple[object, ...]]:
            return self.columns(embedded, "shortest-path", "steps relationships ids", **{"from": from_, "to": to})

        # Two relationships join Gale and Borealis; of equally short ways the first by ids, then by types, counts.
        assert path("drizzle loss", "borealis") == [
            (2, ["PART_OF", "COMPARED_WITH"], ["method:drizzle-loss", "method:gale", "method:borealis"])
        ]
        # Of the papers 1, 3, 5 and 6, which all join ZephyrNet and Gale, the first.
        assert path("zn", "GAL") == [(2, ["INTRODUCES", "USES"], ["method:zephyrnet", "paper:p01", "method:gale"])]
        assert path("zephyrnet-2-mini", "gale") == [
            (
                3,
                ["INTRODUCES", "USES", "PART_OF"],
                ["method:zephyrnet-2-mini", "paper:p02", "method:drizzle-loss", "method:gale"],
            )
        ]
        assert path("Gale", "Cirrus") == []
        assert path("Gale", "Gale") == []
        assert path("STN", "stn") == [(2, ["INTRODUCES", "USES"], ["method:stn", "paper:p10", "method:stn-storm"])]

    def test_state_of_the_art(self, embedded: Store) -> None:
        def best(dataset: str, metric: str, **limit: object) -> list[tuple[object, ...]]:
            return self.columns(
                embedded, "state-of-the-art", "method number paper", dataset=dataset, metric=metric, **limit
            )

        # More is better; a tie goes to the paper with the earlier year; differences and words are no candidates.
        assert best("fogbank", "Top-1 accuracy") == [
            ("ZephyrNet-2", 93.25, "paper:p02"),
            (None, 93.25, "paper:p06"),
            ("ZephyrNet", 91.5, "paper:p01"),
            ("Gale", 88.0, "paper:p03"),
        ]
        assert best("fogbank", "ER") == [("ZephyrNet-2", 4.5, "paper:p02"), ("ZephyrNet", 6.75, "paper:p01")]
        assert best("stormsuite", "gustiness") == [("ZephyrNet", 0.3, "paper:p05"), ("Gale", 0.1, "paper:p05")]
        assert best("fogbank", "ER", limit=1) == [("ZephyrNet-2", 4.5, "paper:p02")]
        assert best("fogbank", "gustiness") == []

    def test_variants_of_method(self, embedded: Store) -> None:
        assert self.columns(embedded, "variants-of-method", "variant steps support", method="zn") == [
            ("Tiny Zephyr", 1, 3),
            ("ZephyrNet-2", 1, 3),
            ("ZephyrNet-2-Mini", 2, 1),
        ]
        assert self.columns(embedded, "variants-of-method", "method variant", method="method:zephyrnet-v2") == [
            ("ZephyrNet-2", "ZephyrNet-2-Mini")
        ]

    def test_who_introduces(self, embedded: Store) -> None:
        assert self.columns(embedded, "who-introduces", "label paper authors year", name="stormsuite") == [
            ("Benchmark", "paper:p05", ["A. Author 5", "B. Writer"], 2023),
            ("Benchmark", "paper:p06", [], None),
        ]
        assert self.columns(embedded, "who-introduces", "name paper", name="squall transform network") == [
            ("STN", "paper:p10")
        ]


@pytest.mark.neo4j
class TestSameRowsFromBothStores:
    def test_every_query_is_compared(self) -> None:
        assert list(PARAMETERS) == TEN

    @pytest.mark.parametrize(
        ("name", "parameters"), [(name, given) for name, many in PARAMETERS.items() for given in many]
    )
    def test_in_the_same_order(self, both: tuple[Store, Store], name: str, parameters: Mapping[str, object]) -> None:
        embedded, server = both
        assert_same(ask(embedded, name, parameters), ask(server, name, parameters))

    def test_random_part_is_found(self, both: tuple[Store, Store]) -> None:
        embedded, _ = both
        rows = {
            (name, *map(str, given.values())): len(ask(embedded, name, given).rows)
            for name, many in PARAMETERS.items()
            for given in many
            if given.get("limit") == 500
        }
        assert min(rows.values()) > 3


def assert_same(one: Rows, other: Rows) -> None:
    """Equal, floats to 1e-9, and of the same types."""
    assert one.columns == other.columns
    assert len(one.rows) == len(other.rows)
    for row, twin in zip(one.rows, other.rows, strict=True):
        assert [type(value) for value in row] == [type(value) for value in twin]
        for value, expected in zip(row, twin, strict=True):
            assert value == (pytest.approx(expected, rel=0, abs=1e-9) if isinstance(expected, float) else expected)
