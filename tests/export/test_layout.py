from __future__ import annotations

import itertools
import math

import networkx as nx
import pytest

from kg.export.html.layout import positions


def _apart(places: list[tuple[int, int]], a: int, b: int) -> float:
    return math.dist(places[a], places[b])


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_nodes_without_links_each_have_a_place(count: int) -> None:
    places = positions(count, [], [10.0] * count)
    assert len(set(places)) == count


def test_same_input_same_places() -> None:
    graph = nx.barabasi_albert_graph(80, 2, seed=3)
    radii = [8.0] * 80
    assert positions(80, list(graph.edges), radii) == positions(80, list(graph.edges), radii)
    assert positions(80, list(graph.edges), radii) != positions(80, list(graph.edges), radii, seed=1)


def test_order_and_repetition_of_links_do_not_matter() -> None:
    pairs = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
    again = [(b, a) for a, b in reversed(pairs)] + [(1, 0), (2, 2)]
    assert positions(4, pairs, [9.0] * 4) == positions(4, again, [9.0] * 4)


def test_nodes_do_not_overlap() -> None:
    graph = nx.barabasi_albert_graph(150, 3, seed=5)
    radii = [8.0 + 30 * (node < 5) for node in range(150)]
    places = positions(150, list(graph.edges), radii)
    overlapping = [
        (a, b) for a, b in itertools.combinations(range(150), 2) if _apart(places, a, b) < radii[a] + radii[b]
    ]
    assert overlapping == []


def test_linked_nodes_are_nearer_than_others() -> None:
    clusters = nx.disjoint_union_all([nx.complete_graph(12)] * 4)
    clusters.add_edges_from([(0, 12), (12, 24), (24, 36)])
    places = positions(48, list(clusters.edges), [5.0] * 48)
    inside = [_apart(places, a, b) for a, b in itertools.combinations(range(48), 2) if a // 12 == b // 12]
    across = [_apart(places, a, b) for a, b in itertools.combinations(range(48), 2) if a // 12 != b // 12]
    assert sum(inside) / len(inside) < 0.6 * sum(across) / len(across)


def test_islands_lie_beside_each_other() -> None:
    islands = [range(0, 10), range(10, 16), range(16, 18), range(18, 19)]
    pairs = [(a, b) for island in islands for a, b in itertools.pairwise(island)]
    places = positions(19, pairs, [10.0] * 19)
    boxes = []
    for island in islands:
        xs, ys = zip(*(places[node] for node in island), strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
