"""Fitted tables: multinomial logistic regressions over named features, as text files a person can read.

A component that decides with such tables is a `Tabled`: its tables are read from and written to its folder of the
model, as spaCy does with trained components.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.util import ensure_path

Features = Mapping[str, float]
Floats = NDArray[np.float64]
MODELS = Path(__file__).parent / "model"


@dataclass(frozen=True)
class Weights:
    """A fitted table: the classes, and the weight of every feature for each of them."""

    classes: tuple[str, ...]
    rows: dict[str, tuple[float, ...]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The table in a tab-separated file: a header with the classes, then a feature and its weights per line."""
        return cls.from_text(path.read_text(encoding="utf-8"))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The table that `text` writes out."""
        header, *rows = (line.split("\t") for line in text.rstrip("\n").split("\n"))
        return cls(tuple(header[1:]), {feature: tuple(map(float, values)) for feature, *values in rows})

    def write(self, path: Path) -> None:
        """Write what `read` reads."""
        path.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The table written out, features in alphabetical order, weights to a hundredth."""
        lines = ["\t".join(("feature", *self.classes))]
        lines += ("\t".join((name, *(f"{value:.2f}" for value in row))) for name, row in sorted(self.rows.items()))
        return "\n".join(lines) + "\n"

    def sums(self, features: Features | Iterable[str]) -> list[float]:
        """What the features add up to for every class, bias left out; a feature without a value counts as one."""
        valued = features if isinstance(features, Mapping) else dict.fromkeys(features, 1.0)
        known = sorted(valued.keys() & self.rows.keys())  # in one order: sums of floats depend on it
        if not known:
            return [0.0] * len(self.classes)
        values = [valued[name] for name in known]
        return [sum(map(mul, values, column)) for column in zip(*(self.rows[name] for name in known), strict=True)]

    def chances(self, features: Features | Iterable[str], allowed: Iterable[str] | None = None) -> dict[str, float]:
        """The probability of every class, or of every allowed one."""
        bias = self.rows.get("bias", (0.0,) * len(self.classes))
        sums = {name: a + b for name, a, b in zip(self.classes, self.sums(features), bias, strict=True)}
        if allowed is not None:
            sums = {name: sums[name] for name in allowed}
        highest = max(sums.values())
        parts = {name: math.exp(value - highest) for name, value in sums.items()}
        total = sum(parts.values())
        return {name: part / total for name, part in parts.items()}

    @cached_property
    def table(self) -> Table:
        """The weights as an array."""
        return Table(self)


class Table:
    """Weights in an array, for many examples at once."""

    def __init__(self, weights: Weights) -> None:
        """Take the weights of a table."""
        names = [name for name in weights.rows if name != "bias"]
        width = len(weights.classes)
        self._weights = np.array([weights.rows[name] for name in names]).reshape(len(names), width)
        self._bias = np.array(weights.rows.get("bias", (0.0,) * width))
        self._rows = {"": {name: n for n, name in enumerate(names)}}

    def chances(self, sums: Floats) -> Floats:
        """(examples, classes): the probabilities, by what their features add up to."""
        totals = sums + self._bias
        parts = np.exp(totals - totals.max(axis=1, keepdims=True))
        chances: Floats = parts / parts.sum(axis=1, keepdims=True)
        return chances

    def sums(self, parts: Sequence[Features], prefix: str = "") -> Floats:
        """(parts, classes): what the features of each part add up to.

        `prefix` stands before all their names; the same object given twice is read once.
        """
        place = {key: n for n, key in enumerate(dict.fromkeys(map(id, parts)))}
        row, rows, values, ends = self._prefixed(prefix), [], [], [0]
        for part in {id(part): part for part in parts}.values():
            for name, value in part.items():
                if (n := row.get(name)) is not None:
                    rows.append(n)
                    values.append(value)
            ends.append(len(rows))
        # Running totals, for a part without known features has no slice that `reduceat` could add up.
        terms = np.array(values)[:, None] * self._weights[rows]
        totals = np.vstack([np.zeros(len(self._bias)), terms.cumsum(axis=0)])
        sums: Floats = np.diff(totals[ends], axis=0)[[place[id(part)] for part in parts]]
        return sums

    def _prefixed(self, prefix: str) -> dict[str, int]:
        """Feature without the prefix to row, so that a part's features need not be written with it."""
        if prefix not in self._rows:
            self._rows[prefix] = {
                name.removeprefix(prefix): n for name, n in self._rows[""].items() if name.startswith(prefix)
            }
        return self._rows[prefix]


@dataclass(frozen=True)
class Counts:
    """How often each phrase was of each class in annotated texts."""

    classes: tuple[str, ...]
    rows: dict[str, tuple[int, ...]]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The counts that `text` writes out: a header with the classes, then a phrase and its counts per line."""
        header, *rows = (line.split("\t") for line in text.rstrip("\n").split("\n"))
        return cls(tuple(header[1:]), {phrase: tuple(map(int, counts)) for phrase, *counts in rows})

    def text(self) -> str:
        """The counts written out, phrases in alphabetical order."""
        lines = ["\t".join(("phrase", *self.classes))]
        lines += ("\t".join((phrase, *map(str, row))) for phrase, row in sorted(self.rows.items()))
        return "\n".join(lines) + "\n"


class Tabled:
    """A component with fitted tables: `tables` names the attributes that hold one.

    Each is a `Weights`, or what `kinds` says.  Made by `nlp.add_pipe` a component has the tables of the shipped model
    `fast`; `spacy.load` replaces them by its own.  A subclass sets empty ones before it calls `shipped`.
    """

    tables: ClassVar[tuple[str, ...]] = ("weights",)
    kinds: ClassVar[Mapping[str, type[Weights] | type[Counts]]] = {}
    factory: ClassVar[str]

    def shipped(self) -> None:
        """Read the tables of the shipped model, if it has any."""
        folder = MODELS / "fast" / self.factory
        if folder.is_dir():
            self.from_disk(folder)

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:  # noqa: ARG002
        """Write each table to a file of its own."""
        folder = ensure_path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.tables:
            (folder / f"{name}.tsv").write_text(getattr(self, name).text(), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:  # noqa: ARG002
        """Read the tables that `to_disk` wrote."""
        for name in self.tables:
            self._set(name, (ensure_path(path) / f"{name}.tsv").read_text(encoding="utf-8"))
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:  # noqa: ARG002
        """All tables in one."""
        data: bytes = srsly.msgpack_dumps({name: getattr(self, name).text() for name in self.tables})
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:  # noqa: ARG002
        """Take the tables that `to_bytes` gave."""
        found: dict[str, Any] = srsly.msgpack_loads(data)
        for name in self.tables:
            self._set(name, found[name])
        return self

    def _set(self, name: str, text: str) -> None:
        setattr(self, name, self.kinds.get(name, Weights).from_text(text))
