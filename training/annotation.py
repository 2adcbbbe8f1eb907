"""Annotated papers: reading them, and finding what was annotated in a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kg.extract.names import fold

Annotated = dict[str, Any]


def read(path: Path) -> list[Annotated]:
    """The papers of a file with one JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def text_of(paper: Annotated) -> str:
    """The text that is read: title, line feed, abstract."""
    return f"{paper['title']}\n{paper['abstract']}"


def named(paper: Annotated) -> dict[str, dict[str, Any]]:
    """Folded surface form to the entity that it names."""
    return {fold(form): entity for entity in paper["entities"] for form in (*entity["mentions"], entity["name"])}
