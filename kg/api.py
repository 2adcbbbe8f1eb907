"""The Python interface to whole graphs: build one, open one, ask it.  The command line is a thin skin over this."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from kg import queries
from kg.errors import UsageError
from kg.export import html, subgraph
from kg.graph import build as _build
from kg.graph import explain as _explain
from kg.graph import stats as _stats
from kg.graph.build import BuildSummary, Progress
from kg.graph.cut import cut
from kg.graph.directory import GraphDirectory, Version
from kg.graph.explain import Comparison, Explanation
from kg.graph.stats import Stats
from kg.models import ModelName, Rejected
from kg.store import Rows, embedded
from kg.store.embedded import EmbeddedStore

StrPath = str | os.PathLike[str]


def build(
    inputs: Iterable[StrPath],
    graph: StrPath = "graph",
    *,
    replace: bool = False,
    model: ModelName = "fast",
    lexicon: StrPath | None = None,
    min_score: float = 0.0,
    workers: int | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
    progress: Progress = lambda stage, done, total: None,
) -> BuildSummary:
    """Read `inputs`, put a new version of the graph in force and make its store; see `kg.graph.build.build`."""
    summary = _build.build(
        inputs,
        graph,
        replace=replace,
        model=model,
        lexicon=None if lexicon is None else Path(lexicon),
        min_score=min_score,
        workers=workers,
        on_reject=on_reject,
        progress=progress,
    )
    progress("storing", 0, 1)
    embedded.prepare(GraphDirectory(graph))
    progress("storing", 1, 1)
    return summary


class Graph:
    """One version of a graph on disk, with its embedded store.  Later builds do not change what was opened."""

    def __init__(self, path: StrPath = "graph") -> None:
        """Open the version in force.

        Raises:
            UsageError: there is no graph.
            KgError: it is damaged.
        """
        self.directory = GraphDirectory(path)
        self.version: Version = self.directory.open()

    @cached_property
    def store(self) -> EmbeddedStore:
        """The embedded store of this version."""
        return EmbeddedStore.open(self.directory, self.version)

    def query(self, cypher: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Run a reading Cypher query.

        Raises:
            KgError: the query cannot be run.
        """
        return self.store.query(cypher, parameters)

    def named_query(self, name: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Run a shipped query.

        Raises:
            UsageError: there is no such query, or a parameter is missing or unknown.
        """
        query = queries.load(name)
        return self.store.query(query.cypher, query.bind(parameters or {}))

    def stats(self) -> Stats:
        """Counts of nodes and relationships."""
        return _stats.stats(self.version)

    def explain(self, name: str) -> list[Explanation]:
        """Every node that `name` can mean, and why.

        Raises:
            UsageError: nothing is called so.
        """
        return _explain.explain(self.version, name)

    def compare(self, a: str, b: str) -> Comparison:
        """Whether two names are one node, and why.

        Raises:
            UsageError: one of them is not there.
        """
        return _explain.compare(self.version, a, b)

    def export_html(
        self,
        path: StrPath,
        *,
        around: str | None = None,
        hops: int = 1,
        query: str | None = None,
        limit: int = 200,
        min_score: float = 0.0,
        title: str | None = None,
    ) -> subgraph.Subgraph:
        """Write a page of a subgraph: what is around a name, what a query returns, or the best supported part.

        Nodes and relationships of lower scores than `min_score` are left out.

        Raises:
            UsageError: nothing is called `around`, both `around` and `query` are given, or nothing would be drawn.
        """
        if around and query:
            raise UsageError("give either a name to look around or a query, not both")
        version = cut(self.version, min_score)
        if around:
            chosen = subgraph.around(version, around, hops=hops, limit=limit)
        elif query:
            chosen = subgraph.from_query(version, self.query(query).rows, limit=limit)
        else:
            chosen = subgraph.best(version, limit=limit)
        html.write(chosen, Path(path), title=title or around or "Knowledge graph of papers")
        return chosen

    def close(self) -> None:
        """Give back the store."""
        if "store" in self.__dict__:
            self.store.close()

    def __enter__(self) -> Self:
        """The graph itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()


def open_graph(path: StrPath = "graph") -> Graph:
    """Open the graph in a graph directory; see `Graph`."""
    return Graph(path)
