"""A subgraph as a pyvis network: how nodes and relationships are drawn."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pyvis.network import Network

from kg import schema
from kg.export.html.layout import positions
from kg.export.subgraph import Edge, Node, Subgraph

_LONGEST = 30  # characters of a label; the whole name is in the tooltip and the panel

_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True,
        "tooltipDelay": 150,
        "hideEdgesOnDrag": False,
        "multiselect": False,
        "keyboard": {"enabled": True, "bindToWindow": False},
    },
    "nodes": {
        "borderWidth": 1,
        # The page draws the labels itself, as many as there is room for; vis-network draws all or none.
        "scaling": {"label": {"enabled": False, "drawThreshold": 10_000}},
    },
    "edges": {
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.35}},
        "arrowStrikethrough": False,
        "smooth": False,
        "selectionWidth": 0.5,
        "hoverWidth": 0.5,
    },
}


def build(subgraph: Subgraph) -> Network:
    """The network, every node with its place, size, shape and short label, every relationship with its width.

    Beside what vis-network draws, a node has `name` and `properties`, a relationship `type` and `properties`.
    """
    network = Network(directed=True)
    network.set_options(json.dumps(_OPTIONS | {"groups": _groups(subgraph)}))
    index = {node.id: position for position, node in enumerate(subgraph.nodes)}
    sizes = [_size(node) for node in subgraph.nodes]
    pairs = [(index[edge.from_id], index[edge.to_id]) for edge in subgraph.edges]
    places = positions(len(sizes), pairs, sizes)
    model = schema.load()
    for node, size, (x, y) in zip(subgraph.nodes, sizes, places, strict=True):
        network.add_node(
            node.id,
            label=_label(node),
            shape=model.nodes[node.label].shape,
            group=node.label,
            size=size,
            x=x,
            y=y,
            name=node.name,
            properties=node.properties,
        )
    bends = _bends(subgraph.edges)
    for number, (edge, bend) in enumerate(zip(subgraph.edges, bends, strict=True)):
        network.add_edge(
            edge.from_id,
            edge.to_id,
            id=number,
            type=edge.type,
            width=_width(edge),
            properties=edge.properties,
            **bend,
        )
    return network


def _groups(subgraph: Subgraph) -> dict[str, Any]:
    model = schema.load()
    labels = {node.label for node in subgraph.nodes}
    return {label: _group(node.color, node.shape) for label, node in model.nodes.items() if label in labels}


def _group(color: str, shape: str) -> dict[str, Any]:
    rim = "rgba(0, 0, 0, 0.35)"
    colors = {"background": color, "border": rim}
    group: dict[str, Any] = {"shape": shape, "color": colors | {"highlight": colors, "hover": colors}}
    if shape == "box":  # the label is inside, and vis-network draws it
        group["font"] = {"color": "#ffffff", "size": 12}
        group["scaling"] = {"label": {"enabled": False, "drawThreshold": 5}}
    return group


def _label(node: Node) -> str:
    name = node.name.removeprefix("https://").removeprefix("http://")
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"


def _support(node: Node) -> int:
    return max(int(node.properties.get("support", 1)), 1)


def _size(node: Node) -> float:
    """Radius in pixels at scale 1: grows with the logarithm of the support."""
    return round(min(7 + 2.5 * math.log2(_support(node)), 40), 1)


def _width(edge: Edge) -> float:
    return round(1 + 0.8 * math.log2(max(edge.properties.get("support", 1), 1)), 1)


def _bends(edges: Sequence[Edge]) -> list[dict[str, Any]]:
    """Straight lines, but curves of growing roundness where several join the same two nodes."""
    ends = [tuple(sorted((edge.from_id, edge.to_id))) for edge in edges]
    total, seen = Counter(ends), Counter[tuple[str, ...]]()
    bends: list[dict[str, Any]] = []
    for edge, pair in zip(edges, ends, strict=True):
        seen[pair] += 1
        if total[pair] == 1 or pair[0] == pair[1]:
            bends.append({})
            continue
        turn = "curvedCW" if (edge.from_id == pair[0]) == bool(seen[pair] % 2) else "curvedCCW"
        bends.append({"smooth": {"enabled": True, "type": turn, "roundness": 0.12 * ((seen[pair] + 1) // 2)}})
    return bends
