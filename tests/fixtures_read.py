"""Reading what a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kg.models import Paper, Rejected
from kg.read import read

Reading = Callable[..., tuple[list[Paper], list[Rejected]]]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """A function that writes what it is given to a file and reads it: the papers and the rejects."""

    def write_and_read(content: str | bytes, name: str = "input") -> tuple[list[Paper], list[Rejected]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        rejects: list[Rejected] = []
        return list(read([path], rejects.append)), rejects

    return write_and_read
