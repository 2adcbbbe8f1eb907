"""What tests of all parts share."""

from __future__ import annotations

import os
from pathlib import Path

# Before scikit-learn and PyTorch, whose libraries leave too little of the thread-local memory that it needs.
import kglite  # noqa: F401
import pytest

pytest_plugins = ["fixtures_browser", "fixtures_neo4j", "fixtures_read"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the evaluation data: `KG_SHARED`, by default `../shared` beside the repository."""
    folder = ROOT / os.environ.get("KG_SHARED", "../shared")
    if not folder.is_dir():
        message = f"no evaluation data in {folder}; set KG_SHARED to their folder"
        if os.environ.get("KG_REQUIRE_SHARED") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder
