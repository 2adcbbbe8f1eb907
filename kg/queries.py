"""The shipped queries: finds and reads `schema/queries/NAME.cypher`, and gives their parameters types.

A file begins with comment lines: what the query answers, then one line a parameter, then the query.

    // Papers that evaluate on a data set.
    // param dataset: string, required
    // param limit: integer = 20
    MATCH ...

A default is a JSON value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from kg import schema
from kg.errors import KgError, UsageError

ParameterType = Literal["string", "integer", "float", "boolean"]

_PARAMETER = re.compile(
    r"param (?P<name>[a-z_]+): (?P<type>string|integer|float|boolean)(?:(?P<required>, required)| = (?P<default>.+))"
)
_PYTHON: dict[ParameterType, type] = {"string": str, "integer": int, "float": float, "boolean": bool}


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a query; `default` counts where it is not `required`."""

    name: str
    type: ParameterType
    required: bool
    default: str | int | float | bool | None = None

    def __str__(self) -> str:
        """`limit: integer = 20`, as the file has it."""
        kind = ", required" if self.required else f" = {msgspec.json.encode(self.default).decode()}"
        return f"{self.name}: {self.type}{kind}"

    def convert(self, value: object) -> object:
        """`value` as this parameter's type; a string is read, as the command line gives it.

        Raises:
            UsageError: it cannot be.
        """
        try:
            return msgspec.convert(value, _PYTHON[self.type], strict=not isinstance(value, str))
        except msgspec.ValidationError:
            if value is None and not self.required:
                return None
            raise UsageError(f"parameter {self.name}: {value!r} is no {self.type}") from None


class Query(msgspec.Struct, frozen=True):
    """One shipped query."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    cypher: str

    def bind(self, values: Mapping[str, object]) -> dict[str, object]:
        """The parameters the query runs with: `values` in their types, defaults for the rest.

        Raises:
            UsageError: a parameter is unknown, missing, or of a wrong type (lists the right ones).
        """
        known = {parameter.name for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise UsageError(f"query {self.name} has no parameter {name!r}; it has {self.signature}")
        bound: dict[str, object] = {}
        for parameter in self.parameters:
            if parameter.name in values:
                bound[parameter.name] = parameter.convert(values[parameter.name])
            elif parameter.required:
                raise UsageError(f"query {self.name} needs parameter {parameter.name!r}; it has {self.signature}")
            else:
                bound[parameter.name] = parameter.default
        return bound

    @property
    def signature(self) -> str:
        """All parameters in one line, as the file has them."""
        return "; ".join(map(str, self.parameters)) or "none"


def names() -> list[str]:
    """The names of all shipped queries, in order."""
    return sorted(path.stem for path in _folder().glob("*.cypher"))


def overview() -> list[tuple[str, str, str]]:
    """Name, description and parameters of every shipped query."""
    return [(query.name, query.description, query.signature) for query in map(load, names())]


def load(name: str) -> Query:
    """The shipped query `name`.

    Raises:
        UsageError: there is none (lists them).
        KgError: its file does not begin as it should (names the line).
    """
    if name not in names():
        raise UsageError(f"no shipped query is called {name!r}; there are {', '.join(names())}")
    path = _folder() / f"{name}.cypher"
    description: list[str] = []
    parameters: list[Parameter] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("//"):
            cypher = "\n".join(lines[number:]).strip()
            return Query(name, " ".join(description), tuple(parameters), cypher)
        text = line.removeprefix("//").strip()
        if text.startswith("param "):
            parameters.append(_parameter(text, f"{path}:{number + 1}"))
        else:
            description.append(text)
    raise KgError(f"{path}: has no query after its comments")


def _parameter(text: str, where: str) -> Parameter:
    found = _PARAMETER.fullmatch(text)
    if found is None:
        raise KgError(f"{where}: not a parameter (param NAME: TYPE, required  or  param NAME: TYPE = JSON): {text}")
    try:
        default = None if found["required"] else msgspec.json.decode(found["default"])
    except msgspec.DecodeError as error:
        raise KgError(f"{where}: the default is no JSON value: {error}") from error
    return Parameter(found["name"], cast(ParameterType, found["type"]), bool(found["required"]), default)


def _folder() -> Path:
    return schema.directory() / "queries"
