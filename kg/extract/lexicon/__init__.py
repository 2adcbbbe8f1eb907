"""The lexicon of known names: tab-separated files, shipped or a user's own.

A file named after a type holds names of that type: `method.tsv` holds methods, a line is `name<TAB>aliases<TAB>flags`.
Any other file begins with a header line that names its columns: `name` and `type`, and of these any that it has:
`aliases`, `flags`, `papers`, `method`, `dataset`, `benchmark`, `task`, `metric`.  The last six are the evidence of a
mined name (see `kg.extract.mining`): in how many papers it stands, and how many of them, in expectation, name it as a
thing of that type.  A name with evidence is believed as far as that goes, one without as its writer's word.

Aliases are separated by ` | `, flags by commas, both may be empty.  An alias is another way to write the same thing,
never a size or version of it.  Lines that start with `#` are comments.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KgError
from kg.models import ENTITY_TYPES, EntityType

MINED = Path(__file__).parent / "mined.tsv"  # the shipped names that no hand has checked
COLUMNS = ("name", "type", "aliases", "flags", "papers", *ENTITY_TYPES)

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
    """One known thing: its display name, its other forms, and how they may be matched (see `FLAGS`).

    Of a mined one also the number of papers that have the name, and of how many, in expectation, it is a thing of each
    of `ENTITY_TYPES`.
    """

    type: EntityType
    name: str
    aliases: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    papers: int = 0
    evidence: tuple[float, ...] = ()

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
    """All entries of the files named after types in `directory` (the shipped lexicon when None), by type, then by line.

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


def load_file(path: Path, type_: EntityType | None = None) -> tuple[Entry, ...]:
    """The entries of one lexicon file.

    Args:
        path: the file.
        type_: the type of all its names; when None, the header tells the columns, or the file's name the type.

    Raises:
        KgError: the file cannot be read or a row is wrong (names file and line).
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KgError(f"{path}: the lexicon cannot be read: {error}") from error
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and line[0] != "#"]
    if type_ is None and rows and {"name", "type"} <= set(rows[0][1].split("\t")):
        columns = _columns(rows[0][1], f"{path}:{rows[0][0]}")
        return tuple(_entries(rows[1:], path, columns, None))
    type_ = type_ or next((known for known in ENTITY_TYPES if known == path.stem), None)
    if type_ is None:
        raise KgError(
            f"{path}: what are these names? Begin the file with a line 'name<TAB>type' that names its columns, or name "
            f"it after what it holds: {', '.join(f'{known}.tsv' for known in ENTITY_TYPES)}"
        )
    return tuple(_entries(rows, path, ("name", "aliases", "flags"), type_))


def write_lexicon(entries: Iterable[Entry], path: Path) -> None:
    """Write entries of any types to one file, by name, with their evidence; `load_file` reads it.

    Raises:
        KgError: the file cannot be written, or a name cannot stand in it.
    """
    lines = [
        "# Names, what kind of thing each is, and the evidence: in how many papers it stands, and how many say, in",
        "# expectation, that it is a method, data set, ...  Flag ambiguous: also an ordinary word, or several things.",
        "\t".join(COLUMNS),
    ]
    for entry in sorted(entries, key=lambda entry: (fold(entry.name), entry.name)):
        evidence = (
            [f"{entry.papers}", *(f"{papers:.1f}".removesuffix(".0") for papers in entry.evidence)]
            if entry.evidence
            else []
        )
        flags = ",".join(sorted(entry.flags))
        cells = (entry.name, entry.type, " | ".join(entry.aliases), flags, *evidence)
        if not all(map(is_writable, entry.forms)):
            raise KgError(f"{path}: {entry.name!r} cannot be written as a line of a lexicon; leave it out")
        lines.append("\t".join(cells).rstrip())
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise KgError(f"{path}: the lexicon cannot be written: {error}") from error


def is_writable(form: str) -> bool:
    """Whether a form comes back from a file as it went in."""
    return form.isprintable() and form == form.strip() != "" and form[0] != "#" and "|" not in form


def _columns(header: str, where: str) -> tuple[str, ...]:
    columns = tuple(header.split("\t"))
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise KgError(f"{where}: unknown column {unknown[0]!r}; known: {', '.join(COLUMNS)}")
    if len(set(columns)) < len(columns):
        raise KgError(f"{where}: a column stands twice; keep one of each")
    return columns


def _entries(
    rows: Iterable[tuple[int, str]], path: Path, columns: tuple[str, ...], type_: EntityType | None
) -> Iterator[Entry]:
    line_of: dict[str, int] = {}
    for number, line in rows:
        where = f"{path}:{number}"
        entry = _entry(line, where, columns, type_)
        for form in entry.forms:
            key = fold(form)
            if not key:
                raise KgError(f"{where}: the form {form!r} has no letter or digit; remove it")
            if key in line_of:
                raise KgError(f"{where}: {form!r} already stands in line {line_of[key]}; remove one of the two")
            line_of[key] = number
        yield entry


def _entry(line: str, where: str, columns: tuple[str, ...], all_of: EntityType | None) -> Entry:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) > len(columns):
        raise KgError(f"{where}: {len(cells)} columns; write {', '.join(columns)} with one tab between them")
    row = dict.fromkeys(COLUMNS, "") | dict(zip(columns, cells, strict=False))
    name = row["name"]
    if not name:
        raise KgError(f"{where}: the name is empty; the column {columns.index('name') + 1} must hold it")
    type_ = all_of or next((known for known in ENTITY_TYPES if known == row["type"]), None)
    if type_ is None:
        raise KgError(f"{where}: {name!r} has the type {row['type']!r}; known: {', '.join(ENTITY_TYPES)}")
    forms = tuple(form.strip() for form in row["aliases"].split("|")) if row["aliases"] else ()
    if not all(forms):
        raise KgError(f"{where}: {name!r} has an empty alias; write aliases as 'one | two'")
    words = frozenset(flag.strip() for flag in row["flags"].split(",")) if row["flags"] else frozenset()
    known = FLAGS.keys() if type_ == "metric" else FLAGS.keys() - _METRIC_FLAGS
    if unknown := sorted(words - known):
        raise KgError(f"{where}: unknown flag {unknown[0]!r} for a {type_}; known: {', '.join(sorted(known))}")
    if words >= _METRIC_FLAGS:
        raise KgError(f"{where}: {name!r} cannot be both 'higher' and 'lower'; keep one")
    papers, *evidence = (_count(row[column], where, column) for column in ("papers", *ENTITY_TYPES))
    if any(evidence) and not papers >= max(evidence):
        raise KgError(f"{where}: {name!r} has more evidence than papers; mend its columns, or empty all of them")
    return Entry(type_, name, forms, words, int(papers), tuple(evidence) if any(evidence) else ())


def _count(cell: str, where: str, column: str) -> float:
    try:
        number = float(cell or 0)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise KgError(f"{where}: {cell!r} in the column {column} is no count; write a number or nothing")
    return number
