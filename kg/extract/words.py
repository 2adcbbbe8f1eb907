"""The word lists of `words.toml`: stop words, head words of each type, cues."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def words(name: str) -> frozenset[str]:
    """The list with this name."""
    return frozenset(_tables()[name].split())


def kinds(table: str) -> dict[str, str]:
    """Word to the name of its list, of all lists in `table`; a word in two lists is of the later."""
    return {word: kind for kind, listed in _tables()[table].items() for word in listed.split()}
