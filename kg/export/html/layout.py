"""Positions for the nodes of a page, computed beforehand so that the page stands still as soon as it opens."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_ROOM = 100.0  # side of the square each node has to itself on average, in pixels at scale 1
_WIDER = 1.3  # how much wider than high an island is: screens are
_BLOCK = 64  # rows of the table of all pairs that are worked on at a time: they stay in the processor's cache
_MARGIN = 14.0  # least distance between the rims of two nodes
_GAP = 90.0  # between islands
_WIDTHS = 40  # how many widths are tried for setting islands in rows


def positions(
    count: int, pairs: Sequence[tuple[int, int]], radii: Sequence[float], seed: int = 0
) -> list[tuple[int, int]]:
    """Whole pixels (x, y) for nodes 0 .. `count` - 1, joined by `pairs`, drawn with `radii`; deterministic.

    Each island is laid out by force (Fruchterman and Reingold 1991), evened out, and what overlaps is pushed apart;
    islands are set beside each other, the largest first.  Takes O(n^2) time and O(n) memory for n nodes.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((a, b) for a, b in pairs if a != b)
    islands = sorted(
        (sorted(island) for island in nx.connected_components(graph)), key=lambda island: (-len(island), island)
    )
    random = np.random.default_rng(seed)
    placed = [_island(graph, island, np.asarray(radii, np.float32), random) for island in islands]
    result: list[tuple[int, int]] = [(0, 0)] * count
    for island, points in zip(islands, _pack(placed), strict=True):
        for node, (x, y) in zip(island, points.tolist(), strict=True):
            result[node] = round(x), round(y)
    return result


def _island(graph: nx.Graph, island: list[int], radii: Floats, random: np.random.Generator) -> Floats:
    """Positions of the nodes of one island around its middle."""
    size = len(island)
    if size == 1:
        return np.zeros((1, 2), np.float32)
    at = {node: position for position, node in enumerate(island)}
    ends = np.array(sorted((at[a], at[b]) for a, b in graph.subgraph(island).edges), np.int64)
    points = (random.standard_normal((size, 2)) * np.sqrt(size) / 2).astype(np.float32)
    rounds = 300 if size <= 500 else 150
    for step in range(rounds):
        force = _repulsion(points) + _attraction(points, ends)
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), np.float32(1e-6))
        heat = np.float32(np.sqrt(size) / 4 * (1 - step / rounds) ** 2)
        points += force / length * np.minimum(length, heat)
    wider = np.sqrt(_WIDER)
    points = _even(points) * np.array([wider, 1 / wider], np.float32) * np.float32(_ROOM * np.sqrt(size))
    _separate(points, radii[island])
    centred: Floats = points - (points.max(axis=0) + points.min(axis=0)) / 2
    return centred


def _repulsion(points: Floats) -> Floats:
    """Of every node from every other: 1 / distance; also a weak pull to the middle, which keeps long arms near."""
    across, down = (np.ascontiguousarray(axis) for axis in points.T)
    force = points * np.float32(-0.3)
    for start in range(0, len(points), _BLOCK):
        rows = slice(start, start + _BLOCK)
        x = across[rows, None] - across
        y = down[rows, None] - down
        push = x * x
        push += y * y
        np.maximum(push, np.float32(0.01), out=push)
        np.reciprocal(push, out=push)
        force[rows, 0] += np.einsum("ij,ij->i", x, push)
        force[rows, 1] += np.einsum("ij,ij->i", y, push)
    return force


def _attraction(points: Floats, ends: npt.NDArray[np.int64]) -> Floats:
    """Of linked nodes: the square of their distance."""
    pull = points[ends[:, 1]] - points[ends[:, 0]]
    pull *= np.linalg.norm(pull, axis=1, keepdims=True)
    force = np.zeros_like(points)
    np.add.at(force, ends[:, 0], pull)
    np.add.at(force, ends[:, 1], -pull)
    return force


def _even(points: Floats) -> Floats:
    """The points in a square of side 1, each coordinate half way to its rank: from long arms to the dense middle."""
    extent = np.maximum(np.ptp(points, axis=0), np.float32(1e-6))
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0).astype(np.float32)
    even: Floats = ((points - points.min(axis=0)) / extent + ranks / np.float32(len(points) - 1)) / 2
    return even


def _separate(points: Floats, radii: Floats) -> None:
    """Push apart, in place, what overlaps, with a margin; looks only at what was near to begin with."""
    nearest = 2 * float(radii.max()) + _MARGIN + _ROOM / 2
    order = np.argsort(points[:, 0], kind="stable")
    sorted_x = points[order, 0]
    ends = np.searchsorted(sorted_x, sorted_x + nearest)
    first = np.repeat(np.arange(len(order)), ends - np.arange(len(order)) - 1)
    second = np.concatenate([np.arange(start + 1, end) for start, end in enumerate(ends)])
    a, b = order[first], order[second]
    close = np.abs(points[a, 1] - points[b, 1]) < nearest
    a, b = a[close], b[close]
    least = radii[a] + radii[b] + np.float32(_MARGIN)
    for _ in range(60):
        between = points[b] - points[a]
        apart = np.linalg.norm(between, axis=1)
        overlap = np.maximum(least - apart, 0)
        if not overlap.any():
            return
        move = between * (overlap / np.maximum(apart, np.float32(1e-3)) / 2)[:, None]
        np.add.at(points, a, -move)
        np.add.at(points, b, move)


def _pack(islands: list[Floats]) -> list[Floats]:
    """Move the islands into rows of the width that makes the whole look largest on a screen."""
    sizes = np.array([np.ptp(island, axis=0) + _GAP for island in islands]).reshape(-1, 2)
    widths = np.cumsum(sizes[:, 0])[:_WIDTHS]
    packings = [_rows(sizes, float(width)) for width in widths if width >= sizes[:, 0].max()]
    middles = min(packings, key=lambda middles: _extent(middles, sizes), default=sizes)
    return [island + middle.astype(np.float32) for island, middle in zip(islands, middles, strict=True)]


def _rows(sizes: npt.NDArray[np.float64], width: float) -> npt.NDArray[np.float64]:
    """The middle of each box when they are set in rows of `width`."""
    middles = np.empty_like(sizes)
    x = y = height = 0.0
    for position, (across, down) in enumerate(sizes.tolist()):
        if x + across > width * 1.001:
            x, y, height = 0.0, y + height, 0.0
        middles[position] = x + across / 2, y + down / 2
        x, height = x + across, max(height, down)
    return middles


def _extent(middles: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]) -> float:
    width, height = (middles + sizes / 2).max(axis=0).tolist()
    return float(max(width / _WIDER, height))
