"""Tells the format of an input by its first bytes; its name only decides between tables and unknown text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Literal

from kg.read import delimited, hf_page
from kg.read.source import Source, UnreadableError

Format = Literal["hf-page", "json-lines", "json", "delimited", "parquet", "bibtex"]

READABLE = "pages of similar papers, JSON Lines, JSON, CSV, TSV, Parquet and BibTeX, each also packed with gzip"

# What begins with these bytes is no text, and what to do about it.
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ": "packed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard; unpack it first",
    b"\x1f\x8b": "packed with gzip twice; unpack it once",
    b"%PDF-": "a PDF; give titles and abstracts as text",
}
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_JSON = re.compile(r"\s*(?:\[\s*(?:[{[\]]|$)|\{\s*$)")
_OBJECT = re.compile(r'\s*\{\s*".*\}\s*$')
_ENTRY = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]\w*[ \t\r\n]*[{(]", re.MULTILINE)

# In this order: what is surest first.  Each looks at the first lines that are not blank.
_LOOKS: tuple[tuple[Format, Callable[[list[str]], bool]], ...] = (
    ("hf-page", hf_page.is_page),
    ("json", lambda lines: bool(_JSON.match(lines[0]))),
    ("json-lines", lambda lines: lines[0].lstrip().startswith("{")),
    ("delimited", delimited.has_header),
    ("bibtex", lambda lines: bool(_ENTRY.search("\n".join(lines)))),
    ("json-lines", lambda lines: any(map(_OBJECT.match, lines))),
    ("delimited", delimited.is_regular),
)
_NAMES: dict[str, Format] = {
    ".jsonl": "json-lines",
    ".ndjson": "json-lines",
    ".json": "json",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".bib": "bibtex",
}


def detect(source: Source) -> Format:
    """The format of an opened input.

    Raises:
        UnreadableError: it is empty, binary, or text of no known format.
        DamagedError: it breaks before anything could be read.
    """
    if source.head.startswith(b"PAR1"):
        return "parquet"
    for magic, what in _MAGIC.items():
        if source.head.startswith(magic):
            raise UnreadableError(f"it is {what}")
    lines = [line for line in _decode(source).splitlines() if line.strip()]
    if not lines:
        raise source.damage or UnreadableError("it is empty")
    named = _NAMES.get(PurePath(source.name.lower().removesuffix(".gz")).suffix)
    found = next((format_ for format_, looks_so in _LOOKS if looks_so(lines)), named)
    if not found:
        raise UnreadableError(f"its format is not known; what can be read: {READABLE}")
    return found


def _decode(source: Source) -> str:
    """The first bytes as text."""
    encoding = source.encoding
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(source.head)
    strange = len(_CONTROLS.findall(text)) + (text.count("\ufffd") if encoding.startswith("utf-8") else 0)
    if strange > len(text) / 10:
        raise UnreadableError("it is binary, or text in another encoding than UTF-8; convert it to UTF-8")
    return text
