"""The graph model as data: loads and validates `schema/graph.toml` and the shipped queries.

Everything that must agree with the model is derived from the one `Schema` that `load()` returns.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from kg.errors import KgError
from kg.models import LinkKind, RelationType, Role

PropertyType = Literal["string", "integer", "float", "boolean", "string[]"]

# Names KGLite gives a meaning of its own; no property may have one of them.
RESERVED = frozenset({"start", "end", "type", "label"})


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One property of a node label or relationship type."""

    type: PropertyType
    description: str
    required: bool = False


class NodeLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node label: how its ids begin, what it holds, how it is drawn."""

    prefix: str
    description: str
    display: str
    color: str
    shape: str
    named: bool = False
    index: tuple[str, ...] = ()
    fulltext: tuple[str, ...] = ()
    properties: dict[str, Property] = {}


class RelationshipType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One relationship type: which labels it joins, and what in a record it comes from."""

    description: str
    ends: tuple[tuple[str, str], ...]
    role: Role | None = None
    relation: RelationType | None = None
    link: LinkKind | None = None
    properties: dict[str, Property] = {}

    def gathered(self, from_label: str) -> bool:
        """Whether such a relationship from `from_label` is between two things and so gathered from several papers."""
        return from_label not in {"Paper", "Result"}


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    properties: dict[str, Property]


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole graph model."""

    format: int
    nodes: dict[str, NodeLabel]
    named: _Group
    provenance: _Group
    gathered: _Group
    linked: _Group
    relationships: dict[str, RelationshipType]

    def node_properties(self, label: str) -> dict[str, Property]:
        """All properties of nodes with `label`, `id` first, in a fixed order."""
        node = self.nodes[label]
        own_id = {"id": Property(type="string", required=True, description=f"`{node.prefix}:...`, unique.")}
        return own_id | (self.named.properties if node.named else {}) | node.properties

    def relationship_properties(self, type_: str, from_label: str) -> dict[str, Property]:
        """All properties of relationships of `type_` from nodes with `from_label`, in a fixed order."""
        relationship = self.relationships[type_]
        properties = dict(self.provenance.properties)
        if relationship.link:
            properties |= self.linked.properties
        if relationship.gathered(from_label):
            properties |= self.gathered.properties
        return properties | relationship.properties

    def label_of_entity(self, entity_type: str) -> str:
        """The node label of a record's entity type: `method` -> `Method`."""
        return entity_type.capitalize()

    def label_of_id(self, node_id: str) -> str | None:
        """The label of the node with this id, from its prefix."""
        prefix = node_id.partition(":")[0]
        return next((label for label, node in self.nodes.items() if node.prefix == prefix), None)

    def type_of_role(self, role: str) -> str:
        """The relationship type of a paper's role towards an entity."""
        return next(name for name, kind in self.relationships.items() if kind.role == role)

    def type_of_relation(self, relation: str) -> str:
        """The relationship type of a record's relation."""
        return next(name for name, kind in self.relationships.items() if kind.relation == relation)

    def type_of_link(self, kind: str) -> str:
        """The relationship type of a link's kind."""
        return next(name for name, relationship in self.relationships.items() if relationship.link == kind)


def directory() -> Path:
    """The folder with `graph.toml` and `queries/`: inside an installed package, else at the top of the checkout."""
    here = Path(__file__).parent
    packaged = here / "_schema"
    return packaged if packaged.is_dir() else here.parent / "schema"


@cache
def load() -> Schema:
    """The graph model, read once and checked.

    Raises:
        KgError: the file contradicts itself (names the place).
    """
    path = directory() / "graph.toml"
    try:
        schema = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Schema)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise KgError(f"{path}: the graph model cannot be read: {error}") from error
    _check(schema, path)
    return schema


def _check(schema: Schema, path: Path) -> None:
    prefixes = [node.prefix for node in schema.nodes.values()]
    if len(set(prefixes)) < len(prefixes):
        raise KgError(f"{path}: two labels share a prefix")
    for label, node in schema.nodes.items():
        properties = schema.node_properties(label)
        for name in (node.display, *node.index, *node.fulltext):
            if name not in properties:
                raise KgError(f"{path}: {label} has no property {name!r}")
        _check_names(properties, label, path)
    for type_, relationship in schema.relationships.items():
        for end in {end for pair in relationship.ends for end in pair}:
            if end not in schema.nodes:
                raise KgError(f"{path}: {type_} ends at {end!r}, which is no node label")
            _check_names(schema.relationship_properties(type_, end), type_, path)


def _check_names(properties: dict[str, Property], owner: str, path: Path) -> None:
    if bad := RESERVED.intersection(properties):
        raise KgError(f"{path}: {owner}: property name {sorted(bad)[0]!r} is reserved")
