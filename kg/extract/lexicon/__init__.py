"""The lexicon of known names: tab-separated files, one per entity type, shipped or a user's own.

A line is `name<TAB>aliases<TAB>flags`: aliases separated by ` | `, flags by commas, both may be empty.  An alias is
another way to write the same thing, never a size or version of it.  Lines that start with `#` are comments.  The
file's stem is the type: `method.tsv` holds methods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KgError
from kg.models import ENTITY_TYPES, EntityType

# What a flag says of all forms of its entry; the last two are for metrics only.
FLAGS = {
    "ambiguous": "also an ordinary word or another thing's name: counts only case-exactly and with a cue beside it",
    "cased": "counts only case-exactly",
    "umbrella": "a whole field or class of things: known, but no node worth having",
    "higher": "higher values are better",
    "lower": "lower values are better",
}
_METRIC_FLAGS = frozenset({"higher", "lower"})


@dataclass(frozen=True)
class Entry:
    """One known thing: its display name, its other forms, and how they may be matched (see `FLAGS`)."""

    type: EntityType
    name: str
    aliases: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()

    @property
    def forms(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def higher_is_better(self) -> bool | None:
        """Of a metric: whether higher values are better; None where that is not known."""
        if _METRIC_FLAGS.isdisjoint(self.flags):
            return None
        return "higher" in self.flags


def fold(form: str) -> str:
    """The key by which two forms are the same: case, spaces, hyphens and underscores do not count."""
    return re.sub(r"[\s_\-]+", "", form.casefold())


def load(directory: Path | None = None) -> tuple[Entry, ...]:
    """All entries of the lexicon files in `directory` (the shipped lexicon when None), by type, then by line.

    Not every type needs a file, but one of them must be there.

    Raises:
        KgError: no lexicon file, or one with a malformed row, an unknown flag, or a form that stands twice (names the
            file and line).
    """
    folder = Path(__file__).parent if directory is None else directory
    paths = {type_: folder / f"{type_}.tsv" for type_ in ENTITY_TYPES}
    found = {type_: path for type_, path in paths.items() if path.is_file()}
    if not found:
        raise KgError(f"{folder}: no lexicon file; expected one or more of {', '.join(p.name for p in paths.values())}")
    return tuple(entry for type_, path in found.items() for entry in load_file(path, type_))


def load_file(path: Path, type_: EntityType) -> tuple[Entry, ...]:
    """The entries of one lexicon file, all of type `type_`.

    Raises:
        KgError: the file cannot be read or a row is wrong (names file and line).
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KgError(f"{path}: the lexicon cannot be read: {error}") from error
    return tuple(_entries(lines, path, type_))


def _entries(lines: list[str], path: Path, type_: EntityType) -> Iterator[Entry]:
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}:{number}"
        entry = _entry(line, where, type_)
        for form in entry.forms:
            key = fold(form)
            if not key:
                raise KgError(f"{where}: the form {form!r} has no letter or digit; remove it")
            if key in line_of:
                raise KgError(f"{where}: {form!r} already stands in line {line_of[key]}; remove one of the two")
            line_of[key] = number
        yield entry


def _entry(line: str, where: str, type_: EntityType) -> Entry:
    columns = line.split("\t")
    if len(columns) > 3:
        raise KgError(f"{where}: {len(columns)} columns; write name, aliases, flags with one tab between them")
    name, aliases, flags = (column.strip() for column in (*columns, "", "")[:3])
    if not name:
        raise KgError(f"{where}: the name is empty; the first column must hold it")
    forms = tuple(form.strip() for form in aliases.split("|")) if aliases else ()
    if not all(forms):
        raise KgError(f"{where}: {name!r} has an empty alias; write aliases as 'one | two'")
    words = frozenset(flag.strip() for flag in flags.split(",")) if flags else frozenset()
    known = FLAGS.keys() if type_ == "metric" else FLAGS.keys() - _METRIC_FLAGS
    if unknown := sorted(words - known):
        raise KgError(f"{where}: unknown flag {unknown[0]!r} for a {type_}; known: {', '.join(sorted(known))}")
    if words >= _METRIC_FLAGS:
        raise KgError(f"{where}: {name!r} cannot be both 'higher' and 'lower'; keep one")
    return Entry(type_, name, forms, words)
