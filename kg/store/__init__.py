"""Stores answer Cypher.  Both are derived from a graph directory's tables and can be rebuilt from them at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, Self


class Rows(NamedTuple):
    """The answer to a query: column names, and rows of plain Python values in the order the query gives them."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


class Store(Protocol):
    """What answers queries."""

    def query(self, cypher: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Run one reading query.

        Raises:
            KgError: the query cannot be run (says why), or it would write.
        """
        ...

    def close(self) -> None:
        """Give back what the store holds."""
        ...

    def __enter__(self) -> Self:
        """The store itself."""
        ...

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        ...
