"""Exports a subgraph as one self-contained interactive page: pyvis's network and vis-network inside our own page.

The page asks nothing of the network and runs no script but its own two (a content security policy with their hashes);
the text of papers reaches it as JSON that cannot end its element, and is shown as text only.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from importlib import resources
from typing import Any

from kg import schema
from kg.errors import UsageError
from kg.export.html import network
from kg.export.subgraph import Subgraph
from kg.files import writing

# Its style sheet is left out: it dresses controls that this page does not have.
_VIS = "templates/lib/vis-9.1.2/vis-network.min.js"
_CITED = ("url", "doi", "arxiv")  # what the page needs to lead to a paper that is not drawn


def render(subgraph: Subgraph, *, title: str) -> str:
    """The page as HTML text; the same subgraph gives the same text.

    The page sets `window.kg = {network, nodes, edges}` (vis-network's network and data sets) and, once it is drawn,
    `document.documentElement.dataset.ready`.

    Raises:
        UsageError: the subgraph has no nodes.
    """
    if not subgraph.nodes:
        raise UsageError("there is nothing to draw: no node was chosen")
    vis = re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", _asset("pyvis", _VIS))
    script, style = (_asset("kg.export.html", f"page/page.{kind}") for kind in ("js", "css"))
    policy = (
        f"default-src 'none'; script-src {_hash(vis)} {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    parts = {
        "policy": html.escape(policy),
        "title": html.escape(title),
        "style": style,
        "data": _json(_data(subgraph)),
        "vis": vis,
        "script": script,
    }
    # One pass, so that no placeholder is looked for in what was filled in.
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: parts[match[1]], _asset("kg.export.html", "page/page.html"))


def write(subgraph: Subgraph, path: str | os.PathLike[str], *, title: str) -> None:
    """Write the page to `path`, whole or not at all.

    Raises:
        UsageError: the subgraph has no nodes, or the folder is not there.
        KgError: the file cannot be written.
    """
    text = render(subgraph, title=title)
    with writing(path) as file:
        file.write(text.encode())


def _data(subgraph: Subgraph) -> dict[str, Any]:
    """What the page reads; equal evidence is held once, in `texts`, and named by its place there."""
    nodes, edges, _, _, _, options = network.build(subgraph).get_network_data()
    texts: dict[str, int] = {}
    model = schema.load()
    drawn = {node.label for node in subgraph.nodes}
    return {
        "labels": {
            label: {"color": node.color, "shape": node.shape, "description": node.description}
            for label, node in model.nodes.items()
            if label in drawn
        },
        "types": {
            name: model.relationships[name].description for name in sorted({edge.type for edge in subgraph.edges})
        },
        "options": json.loads(options),
        "nodes": nodes,
        "edges": [edge | {"properties": _with_reference(edge["properties"], texts)} for edge in edges],
        "texts": list(texts),
        "cited": {
            paper.id: {"title": paper.name}
            | {name: paper.properties[name] for name in _CITED if name in paper.properties}
            for paper in subgraph.cited
        },
        "notes": subgraph.notes,
        "focus": subgraph.focus,
    }


def _with_reference(properties: dict[str, Any], texts: dict[str, int]) -> dict[str, Any]:
    if "evidence" not in properties:
        return properties
    return properties | {"evidence": texts.setdefault(properties["evidence"], len(texts))}


def _json(value: object) -> str:
    """JSON that holds no character that could end or begin markup or a line of script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _asset(package: str, path: str) -> str:
    return resources.files(package).joinpath(path).read_text(encoding="utf-8")
