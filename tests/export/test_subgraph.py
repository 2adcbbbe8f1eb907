from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from graph_fixture import Row, edge, make_graph, node, write_graph

from kg.errors import UsageError
from kg.export.subgraph import Subgraph, around, best, from_query
from kg.graph.directory import Version


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return make_graph(tmp_path_factory.mktemp("graph")).open()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """A hub with 40 papers, of which two also use a second method that a third uses; and an island."""
    papers = [f"paper:w{number:02}" for number in range(40)]
    nodes: list[Row] = [node(paper, title=f"Wheel {paper}", source="fixture", authors=[]) for paper in papers]
    nodes += [node("method:hub", support=40), node("method:rim", support=3), node("method:lonely", support=1)]
    nodes += [node("paper:x", title="Island", source="fixture", authors=[]), node("method:island", support=1)]
    edges = [edge(paper, "MENTIONS", "method:hub") for paper in papers]
    edges += [edge(paper, "USES", "method:rim", score=0.9) for paper in papers[7:10]]
    edges += [edge("paper:x", "INTRODUCES", "method:island")]
    return write_graph(tmp_path_factory.mktemp("wheel"), nodes, edges).open()


def _ids(subgraph: Subgraph) -> set[str]:
    return {node.id for node in subgraph.nodes}


def _graph(subgraph: Subgraph) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(_ids(subgraph))
    graph.add_edges_from((edge.from_id, edge.to_id) for edge in subgraph.edges)
    return graph


def test_around_takes_every_node_within_the_hops(version: Version) -> None:
    chosen = around(version, "method:drizzle-loss")
    assert _ids(chosen) == {"method:drizzle-loss", "method:gale", "paper:p02", "paper:p03"}
    assert ("paper:p03", "USES", "method:drizzle-loss") in {(e.from_id, e.type, e.to_id) for e in chosen.edges}
    assert ("paper:p03", "INTRODUCES", "method:gale") in {(e.from_id, e.type, e.to_id) for e in chosen.edges}
    assert chosen.notes == []
    assert _ids(around(version, "method:drizzle-loss", hops=2)) > _ids(chosen)


def test_around_without_hops_is_the_node_itself(version: Version) -> None:
    assert _ids(around(version, "method:gale", hops=0)) == {"method:gale"}


def test_around_a_node_without_relationships(version: Version) -> None:
    chosen = around(version, "EmptySky")
    assert _ids(chosen) == {"dataset:empty"}
    assert chosen.edges == []


@pytest.mark.parametrize("name", ["Zephyr Net", "zephyrnet", "method:zephyrnet", "ZN"])
def test_around_finds_names_and_aliases(version: Version, name: str) -> None:
    assert "paper:p01" in _ids(around(version, name))
    assert "method:zephyrnet" in _ids(around(version, name))


def test_around_finds_former_ids(version: Version) -> None:
    assert "method:zephyrnet-2" in _ids(around(version, "method:zephyrnet-v2"))


def test_around_an_ambiguous_name_takes_the_best_supported_and_says_so(version: Version) -> None:
    chosen = around(version, "STN")
    assert _ids(chosen) == {"method:stn", "paper:p10"}
    assert chosen.notes == ["STN means several things; this is method:stn, not method:stn-storm."]


def test_around_keeps_in_mind_what_it_is_around(version: Version) -> None:
    assert around(version, "zephyrnet").focus == "method:zephyrnet"
    assert best(version).focus is None


def test_around_an_unknown_name_names_what_comes_close(version: Version) -> None:
    with pytest.raises(UsageError, match="FogBank"):
        around(version, "FogBnak")


def test_around_over_the_limit_keeps_the_nearest_and_stays_connected(wheel: Version) -> None:
    chosen = around(wheel, "rim", hops=3, limit=5)
    assert _ids(chosen) == {"method:rim", "paper:w07", "paper:w08", "paper:w09", "method:hub"}
    assert nx.is_connected(_graph(chosen))
    assert chosen.notes == ["The 5 nodes nearest to it of 42 within 3 relationships."]


def test_properties_are_those_of_the_tables_without_nulls(version: Version) -> None:
    chosen = around(version, "method:zephyrnet")
    nodes = {node.id: node for node in chosen.nodes}
    method = nodes["method:zephyrnet"]
    assert (method.label, method.name) == ("Method", "ZephyrNet")
    assert method.properties["aliases"] == ["Zephyr Net", "ZN"]
    assert method.properties["support"] == 6
    assert "higher_is_better" not in method.properties
    assert nodes["paper:p01"].name == "ZephyrNet: a network that feels the wind"
    assert nodes["paper:p01"].properties["arxiv"] == "2101.00001"
    assert nodes["result:1"].name == "91.5%"
    assert nodes["repo:github.com/zephyr-lab/zephyrnet"].name == "https://github.com/zephyr-lab/zephyrnet"
    introduces = next(edge for edge in chosen.edges if edge.type == "INTRODUCES" and edge.from_id == "paper:p01")
    assert introduces.properties["evidence"] == "ZephyrNet: a network that feels the wind"
    assert introduces.properties["score"] == 0.95
    assert "support" not in introduces.properties


def test_papers_that_stand_behind_a_relationship_are_cited_where_they_are_not_drawn(version: Version) -> None:
    chosen = from_query(version, [("method:tiny-zephyr", "method:zephyrnet")])
    assert [edge.type for edge in chosen.edges] == ["VARIANT_OF"]
    assert [paper.id for paper in chosen.cited] == ["paper:p07"]
    assert around(version, "paper:p07", hops=2).cited == []


def test_best_takes_the_best_supported_and_what_joins_them(version: Version) -> None:
    chosen = best(version, limit=12)
    assert len(chosen.nodes) == 12
    assert {"method:zephyrnet", "dataset:fogbank", "method:gale"} <= _ids(chosen)
    assert any(node.label == "Paper" for node in chosen.nodes)
    assert nx.is_connected(_graph(chosen))
    assert chosen.notes[0].startswith("The best supported 12 of ")
    assert not [node for node in best(version, limit=1000).nodes if node.label == "Result"]
    assert best(version, limit=12) == chosen


def test_best_of_a_small_graph_is_all_of_it_but_what_has_no_relationship(wheel: Version) -> None:
    chosen = best(wheel, limit=200)
    assert len(chosen.nodes) == 44
    assert "method:lonely" not in _ids(chosen)
    assert {"paper:x", "method:island"} <= _ids(chosen)
    assert chosen.notes == []


def test_best_leaves_out_what_ends_up_alone(wheel: Version) -> None:
    assert _ids(best(wheel, limit=1)) == set()
    assert nx.is_connected(_graph(best(wheel, limit=2)))


def test_best_of_an_empty_graph(tmp_path: Path) -> None:
    assert best(write_graph(tmp_path, [], []).open()) == Subgraph(nodes=[], edges=[])


def test_from_query_takes_ids_wherever_they_stand(version: Version) -> None:
    rows = [("method:gale", 3, None), (["paper:p03", {"id": "dataset:fogbank"}], "Gale", 0.5)]
    chosen = from_query(version, rows)
    assert _ids(chosen) == {"method:gale", "paper:p03", "dataset:fogbank"}
    assert {edge.type for edge in chosen.edges} == {"INTRODUCES", "TRAINS_ON", "EVALUATED_ON", "TRAINED_ON"}


def test_from_query_over_the_limit_takes_the_first_rows(version: Version) -> None:
    rows = [("paper:p09",), ("paper:p01",), ("paper:p09",), ("method:gale",)]
    chosen = from_query(version, rows, limit=2)
    assert _ids(chosen) == {"paper:p09", "paper:p01"}
    assert chosen.notes == ["The first 2 of the 3 nodes the query named."]


def test_from_query_without_ids_says_what_to_return(version: Version) -> None:
    with pytest.raises(UsageError, match=r"RETURN m\.id"):
        from_query(version, [("Gale", 1)])


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_leaves_nothing_is_refused(version: Version, limit: int) -> None:
    with pytest.raises(UsageError, match="nothing to show"):
        best(version, limit)
