"""Annotated papers: reading them, and finding what was annotated in a document."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from kg.extract.names import fold

Annotated = dict[str, Any]
Span = tuple[int, int]

UMBRELLA = 3  # papers in which a form must be optional to be so everywhere


def read(path: Path) -> list[Annotated]:
    """The papers of a file with one JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def text_of(paper: Annotated) -> str:
    """The text that is read: title, line feed, abstract."""
    return f"{paper['title']}\n{paper['abstract']}"


def named(paper: Annotated) -> dict[str, dict[str, Any]]:
    """Folded surface form to the entity that it names."""
    return {fold(form): entity for entity in paper["entities"] for form in (*entity["mentions"], entity["name"])}


def umbrella_terms(papers: Sequence[Annotated]) -> set[str]:
    """Folded forms that are optional in several papers: they count as optional wherever they stand."""
    counts = Counter(form for paper in papers for form, entity in named(paper).items() if entity.get("optional"))
    return {form for form, count in counts.items() if count >= UMBRELLA}


def places(doc: Doc, forms: set[str]) -> list[Span]:
    """Token spans of every place where a form stands, no place of a shorter form inside one of a longer."""
    parts = {part for form in forms for part in parts_of(form)}
    alternatives = "|".join(map(re.escape, sorted(parts, key=lambda part: (-len(part), part))))
    found = re.finditer(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", doc.text)
    spans = (doc.char_span(*match.span(), alignment_mode="expand") for match in found)
    return [(span.start, span.end) for span in spans if span is not None]


def written(paper: Annotated) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every surface form and the entity it names."""
    return ((form, entity) for entity in paper["entities"] for form in (*entity["mentions"], entity["name"]))


def parts_of(form: str) -> list[str]:
    """The form, or both names of "Long Form (LF)"."""
    both = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", form)
    return list(both.groups()) if both else [form]
