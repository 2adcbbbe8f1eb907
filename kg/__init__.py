"""Papers' titles and abstracts in, a knowledge graph of what they propose, use and evaluate out.

    import kg

    kg.build(["abstracts.jsonl"], "graph")
    with kg.open("graph") as graph:
        rows = graph.query("MATCH (m:Method) RETURN m.name AS name, m.support AS support ORDER BY support DESC, name")

Whole graphs are built and opened from here; each stage of the way can be used alone: `kg.read.read`,
`kg.extract.extract`, `kg.resolve.resolve`, `kg.evaluate.evaluate`.  `spacy.load(kg.model_path())` is the pipeline that
reads the papers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.api import Graph, build
    from kg.api import open_graph as open
    from kg.errors import KgError, UsageError
    from kg.extract.pipeline import model_path
    from kg.models import Paper, Record, Rejected

__version__ = "0.1.0"
__all__ = ["Graph", "KgError", "Paper", "Record", "Rejected", "UsageError", "build", "model_path", "open"]

# Imported when first asked for: `kg --help` need not wait for spaCy.
_WHERE = {
    "Graph": ("kg.api", "Graph"),
    "KgError": ("kg.errors", "KgError"),
    "Paper": ("kg.models", "Paper"),
    "Record": ("kg.models", "Record"),
    "Rejected": ("kg.models", "Rejected"),
    "UsageError": ("kg.errors", "UsageError"),
    "build": ("kg.api", "build"),
    "model_path": ("kg.extract.pipeline", "model_path"),
    "open": ("kg.api", "open_graph"),
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'kg' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)
