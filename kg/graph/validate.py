"""Every node and relationship is checked against the graph model before it is written."""

from __future__ import annotations

from collections.abc import Mapping

from kg import schema
from kg.errors import KgError
from kg.schema import Property

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float, int),
    "boolean": (bool,),
    "string[]": (list, tuple),
}


def check_node(label: str, row: Mapping[str, object]) -> None:
    """Check a node's properties.

    Raises:
        KgError: the model has no such label or property, a value has the wrong type, or the id is not the label's.
    """
    model = schema.load()
    if label not in model.nodes:
        raise KgError(f"node {row.get('id')!r}: the graph model has no label {label!r}")
    if not str(row.get("id")).startswith(f"{model.nodes[label].prefix}:"):
        raise KgError(f"node {row.get('id')!r}: ids of {label} begin with {model.nodes[label].prefix!r} and a colon")
    _check_properties(f"node {row['id']!r}", model.node_properties(label), row)


def check_relationship(row: Mapping[str, object]) -> None:
    """Check the ends and properties of a row of the edges table.

    Raises:
        KgError: as for nodes, or the type does not join the two labels.
    """
    model = schema.load()
    from_label, type_, to_label = str(row["from_label"]), str(row["type"]), str(row["to_label"])
    where = f"relationship ({row['from_id']})-[{type_}]->({row['to_id']})"
    if type_ not in model.relationships or (from_label, to_label) not in model.relationships[type_].ends:
        raise KgError(f"{where}: the graph model has no {type_} from {from_label} to {to_label}")
    ends = {"from_id", "from_label", "type", "to_id", "to_label"}
    properties = {name: value for name, value in row.items() if name not in ends}
    _check_properties(where, model.relationship_properties(type_, from_label), properties)
    score = properties["score"]
    if not isinstance(score, (int, float)) or not 0 <= score <= 1:
        raise KgError(f"{where}: score {score!r} is not in [0, 1]")


def _check_properties(where: str, model: Mapping[str, Property], row: Mapping[str, object]) -> None:
    for name, value in row.items():
        if name not in model:
            raise KgError(f"{where}: the graph model has no property {name!r} there")
        if value is not None and not _fits(model[name], value):
            raise KgError(f"{where}: {name} should be {model[name].type}, not {type(value).__name__}")
    for name, prop in model.items():
        if prop.required and row.get(name) is None:
            raise KgError(f"{where}: {name} is missing")


def _fits(prop: Property, value: object) -> bool:
    if isinstance(value, bool):
        return prop.type == "boolean"
    if prop.type == "string[]":
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    return isinstance(value, _PYTHON[prop.type])
