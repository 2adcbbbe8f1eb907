"""Chooses the part of a graph that is shown: around one node, the best supported, or what a query named.

Choosing needs the ends of all relationships only, so they are held as integers (compressed sparse rows); names,
abstracts and evidence are read for the chosen nodes alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg import schema
from kg.errors import UsageError
from kg.graph import lookup
from kg.graph.directory import Version

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_DAMPING = 0.85  # of PageRank: Brin and Page 1998
_ROUNDS = 30  # 0.85 ** 30 < 0.01: the ranks' order has settled
_BACKGROUND = 0.25  # weight of "the paper names it, no more" beside what a paper does


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node: `name` is the property its label is displayed by; `properties` has no nulls and no `id`."""

    id: str
    label: str
    name: str
    properties: dict[str, Any] = {}


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship; `properties` (evidence, score, ...) has no nulls."""

    from_id: str
    type: str
    to_id: str
    properties: dict[str, Any] = {}


class Subgraph(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown: nodes, the relationships among them, both sorted.

    `cited` are papers that stand behind a relationship (its `paper`) without being among the nodes; `notes` say in
    words what was left out or chosen between; `focus` is the id of the node that all others were chosen around.
    """

    nodes: list[Node]
    edges: list[Edge]
    cited: list[Node] = []
    notes: list[str] = []
    focus: str | None = None


def around(version: Version, name_or_id: str, hops: int = 1, limit: int = 200) -> Subgraph:
    """A node and what is within `hops` relationships of it; over `limit`, the nearest by personalised PageRank.

    `name_or_id` is whatever `kg.graph.lookup.find` knows; where it means several things, the one that most papers stand
    behind is taken, and `notes` says so.

    Raises:
        UsageError: nothing is called that (names what comes close).
    """
    _check_limit(limit)
    start, *others = lookup.find(version, name_or_id)
    notes = [f"{name_or_id} means several things; this is {start}, not {', '.join(others[:5])}."] if others else []
    links = _Links.read(version)
    at = links.position(start)
    if at is None:
        return msgspec.structs.replace(_read(version, [start], notes), focus=start)
    within = links.within(at, hops)
    if np.count_nonzero(within) > limit:
        notes = [
            *notes,
            f"The {limit} nodes nearest to it of {np.count_nonzero(within):,} within {hops} {_hops(hops)}.",
        ]
        restart = np.zeros(len(links.ids))
        restart[at] = 1
        chosen = list(links.grow([at], links.pagerank(restart), within, limit))
    else:
        chosen = np.flatnonzero(within).tolist()
    return msgspec.structs.replace(_read(version, links.names(chosen), notes), focus=start)


def best(version: Version, limit: int = 200) -> Subgraph:
    """The best supported part of the whole graph: at most `limit` nodes, none without a relationship, no results.

    It grows from the named node that most papers stand behind, always by the best neighbour, so it is connected; where
    that island ends, the next begins.  Named nodes are ranked by support, papers and others by what they say about the
    `limit` best supported names; the n-th of the ones is as good as the n-th of the others.
    """
    _check_limit(limit)
    links = _Links.read(version)
    support = links.support(version)
    order = np.lexsort((-links.strength(np.ones(len(support), dtype=bool)), -support))
    best_names = np.zeros(len(support), dtype=bool)
    best_names[order[:limit]] = support[order[:limit]] > 0
    speaks = links.strength(best_names)
    rank = np.where(support > 0, -_places(-support), -_places(-speaks))
    chosen = list(links.grow(order.tolist(), rank, ~links.results(), limit))
    total = len(links.ids)
    notes = [f"The best supported {len(chosen):,} of {total:,} linked nodes."] if len(chosen) < total else []
    return _without_loners(_read(version, links.names(chosen), notes))


def from_query(version: Version, rows: Iterable[Sequence[object]], limit: int = 1000) -> Subgraph:
    """The nodes whose ids stand in the rows of a query's answer, also inside lists, and the relationships among them.

    Of more than `limit` nodes, the first in the order of the rows are taken, and `notes` says so.

    Raises:
        UsageError: no value in the rows is the id of a node.
    """
    _check_limit(limit)
    candidates = list(dict.fromkeys(text for row in rows for text in _strings(row)))
    values = pa.array(candidates, pa.string())
    known: set[str] = set()
    for table in ("papers", "entities"):
        for batch in version.batches(table, ["id"], 65536):
            known.update(batch["id"].filter(pc.is_in(batch["id"], value_set=values)).to_pylist())
    chosen = [text for text in candidates if text in known]
    if not chosen:
        raise UsageError(
            "the query returned no id of a node; return ids, for example: MATCH (m:Method) RETURN m.id LIMIT 50"
        )
    notes = [f"The first {limit:,} of the {len(chosen):,} nodes the query named."] if len(chosen) > limit else []
    return _read(version, chosen[:limit], notes)


# ------------------------------------------------------------------------------------------------------------- choosing


class _Links:
    """All relationships of a graph as an undirected, weighted graph over positions in `ids`."""

    def __init__(self, ids: pa.StringArray, sources: Integers, targets: Integers, weights: Floats) -> None:
        self.ids = ids
        self._ends = np.concatenate([sources, targets]), np.concatenate([targets, sources])
        self._weights = np.concatenate([weights, weights])
        order = np.argsort(self._ends[0], kind="stable")
        self._neighbours = self._ends[1][order]
        self._starts = np.searchsorted(self._ends[0][order], np.arange(len(ids) + 1))

    @classmethod
    def read(cls, version: Version) -> _Links:
        """The relationships of `version`; `ids` are sorted."""
        table = version.table("edges", ["from_id", "to_id", "type", "score"])
        ends = (
            pa.chunked_array([*table["from_id"].chunks, *table["to_id"].chunks], pa.string())
            .dictionary_encode()
            .unify_dictionaries()
        )
        ids = ends.chunk(0).dictionary if ends.num_chunks else pa.array([], pa.string())
        codes = (
            np.concatenate([_numbers(chunk.indices) for chunk in ends.chunks])
            if ends.num_chunks
            else np.zeros(0, np.int64)
        )
        order = _numbers(pc.sort_indices(ids))
        new = np.empty(len(order), np.int64)
        new[order] = np.arange(len(order))
        codes = new[codes]
        weights = _numbers(table["score"]) * np.where(_numbers(pc.equal(table["type"], "MENTIONS")), _BACKGROUND, 1.0)
        return cls(ids.take(pa.array(order)), codes[: len(table)], codes[len(table) :], weights)

    def position(self, id_: str) -> int | None:
        """Where the id is, or None where it has no relationship."""
        at: int = pc.index(self.ids, id_).as_py()
        return None if at < 0 else at

    def names(self, positions: Sequence[int]) -> list[str]:
        """The ids at `positions`."""
        return [str(name) for name in self.ids.take(pa.array(positions, pa.int64())).to_pylist()]

    def within(self, start: int, hops: int) -> npt.NDArray[np.bool_]:
        """Which nodes are at most `hops` relationships from `start`."""
        reached = np.zeros(len(self.ids), dtype=bool)
        reached[start] = True
        sources, targets = self._ends
        for _ in range(hops):
            reached[targets[reached[sources]]] = True
        return reached

    def support(self, version: Version) -> Floats:
        """The support of every node with a name, 0 of the others."""
        entities = version.table("entities", ["id", "name", "support"])
        position = pc.index_in(entities["id"], value_set=self.ids)
        named = pc.and_(position.is_valid(), entities["name"].is_valid())
        support = np.zeros(len(self.ids))
        support[_numbers(position.filter(named))] = _numbers(pc.fill_null(entities["support"].filter(named), 0))
        return support

    def results(self) -> npt.NDArray[np.bool_]:
        """Which nodes are results: many, each of one paper only."""
        results: npt.NDArray[np.bool_] = _numbers(pc.starts_with(self.ids, f"{schema.load().nodes['Result'].prefix}:"))
        return results

    def strength(self, others: npt.NDArray[np.bool_]) -> Floats:
        """The weight of every node's relationships with `others`."""
        sources, targets = self._ends
        among = others[targets]
        strength: Floats = np.bincount(sources[among], self._weights[among], minlength=len(self.ids)).astype(np.float64)
        return strength

    def pagerank(self, restart: Floats) -> Floats:
        """PageRank (Page et al. 1999) along weighted relationships both ways, restarting in proportion to `restart`."""
        size = len(self.ids)
        sources, targets = self._ends
        strength = np.bincount(sources, self._weights, minlength=size)
        share = self._weights / np.maximum(strength, np.finfo(np.float64).tiny)[sources]
        restart = restart / max(restart.sum(), 1)
        rank = restart
        for _ in range(_ROUNDS):
            rank = _DAMPING * np.bincount(targets, rank[sources] * share, minlength=size) + (1 - _DAMPING) * restart
        return rank

    def grow(self, starts: Iterable[int], rank: Floats, allowed: npt.NDArray[np.bool_], limit: int) -> Iterator[int]:
        """At most `limit` positions: from the first of `starts` always on to the best neighbour of what was chosen.

        The best has the highest `rank`; where no neighbour is left, it goes on from the next of `starts`.
        """
        waiting = allowed.copy()
        chosen = 0
        for start in starts:
            frontier = [(-float(rank[start]), start)] if waiting[start] else []
            waiting[start] = False
            while frontier and chosen < limit:
                _, at = heapq.heappop(frontier)
                chosen += 1
                yield at
                beyond = np.unique(self._neighbours[self._starts[at] : self._starts[at + 1]])
                beyond = beyond[waiting[beyond]]
                waiting[beyond] = False
                for neighbour, score in zip(beyond.tolist(), rank[beyond].tolist(), strict=True):
                    heapq.heappush(frontier, (-score, neighbour))
            if chosen >= limit:
                return


# -------------------------------------------------------------------------------------------------------------- reading


def _read(version: Version, ids: Sequence[str], notes: list[str]) -> Subgraph:
    """The nodes `ids`, the relationships among them, and the papers these cite."""
    values = pa.array(sorted(ids), pa.string())
    edges = sorted(_edges(version, values), key=lambda edge: (edge.from_id, edge.type, edge.to_id))
    cited = {edge.properties["paper"] for edge in edges if "paper" in edge.properties}.difference(ids)
    wanted = pa.array(sorted(cited.union(ids)), pa.string())
    nodes = sorted((*_papers(version, wanted), *_entities(version, values)), key=lambda node: node.id)
    return Subgraph(
        nodes=[node for node in nodes if node.id not in cited],
        edges=edges,
        cited=[node for node in nodes if node.id in cited],
        notes=notes,
    )


def _papers(version: Version, ids: pa.Array) -> Iterator[Node]:
    for batch in version.batches("papers", list(schema.load().node_properties("Paper"))):
        for row in batch.filter(pc.is_in(batch["id"], value_set=ids)).to_pylist():
            yield _node("Paper", row)


def _entities(version: Version, ids: pa.Array) -> Iterator[Node]:
    for batch in version.batches("entities"):
        for row in batch.filter(pc.is_in(batch["id"], value_set=ids)).to_pylist():
            yield _node(row.pop("label"), row)


def _node(label: str, row: dict[str, Any]) -> Node:
    id_ = row.pop("id")
    name = row.get(schema.load().nodes[label].display) or id_
    return Node(id=id_, label=label, name=name, properties=_present(row))


def _edges(version: Version, ids: pa.Array) -> Iterator[Edge]:
    for batch in version.batches("edges", size=65536):
        among = pc.and_(pc.is_in(batch["from_id"], value_set=ids), pc.is_in(batch["to_id"], value_set=ids))
        for row in batch.filter(among).drop_columns(["from_label", "to_label"]).to_pylist():
            from_id, type_, to_id = row.pop("from_id"), row.pop("type"), row.pop("to_id")
            yield Edge(from_id=from_id, type=type_, to_id=to_id, properties=_present(row))


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _without_loners(subgraph: Subgraph) -> Subgraph:
    linked = {end for edge in subgraph.edges for end in (edge.from_id, edge.to_id)}
    return msgspec.structs.replace(subgraph, nodes=[node for node in subgraph.nodes if node.id in linked])


def _places(values: Floats) -> Floats:
    """The place of each value when they are sorted, equal values in their own order."""
    places = np.empty(len(values))
    places[np.argsort(values, kind="stable")] = np.arange(len(values))
    return places


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _numbers(array: pa.Array | pa.ChunkedArray) -> npt.NDArray[Any]:
    """The values as a NumPy array; there must be no null among them."""
    numbers: npt.NDArray[Any] = (
        array.to_numpy(zero_copy_only=False) if isinstance(array, pa.Array) else array.to_numpy()
    )
    return numbers


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise UsageError(f"a limit of {limit} nodes leaves nothing to show; give 1 or more")


def _hops(hops: int) -> str:
    return "relationship" if hops == 1 else "relationships"
