"""Names become things, input records become papers, URLs become repositories: what is one node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kg.models import Record
from kg.resolve.entities import Resolver

__all__ = ["Assignment", "Resolver", "resolve"]


class Assignment(NamedTuple):
    """The node that the entity of type `type` displayed as `name` became in one paper."""

    paper: str
    type: str
    name: str
    node: str


def resolve(records: Sequence[Record]) -> Iterator[Assignment]:
    """The node of every entity of `records`, in their order; records keep their input's ids."""
    resolver = Resolver()
    for record in records:
        resolver.observe(record)
    for record in sorted(records, key=lambda record: (record.id, record.title)):
        resolver.count(record)
    resolver.nodes()
    for record in records:
        for entity, node in zip(record.entities, resolver.assign(record), strict=True):
            if node is not None:
                yield Assignment(record.id, entity.type, entity.name, node)
