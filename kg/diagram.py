"""The graph model, printed: for people, as a Mermaid diagram, or as JSON."""

from __future__ import annotations

import msgspec

from kg.schema import Schema


def mermaid(model: Schema) -> str:
    """A Mermaid flowchart: labels in their colours, an arrow for every pair of labels with the types that join them."""
    lines = ["flowchart LR"]
    lines += [f"    {label}({label})" for label in model.nodes]
    joined: dict[tuple[str, str], list[str]] = {}
    for type_, relationship in model.relationships.items():
        for ends in relationship.ends:
            joined.setdefault(ends, []).append(type_)
    lines += [f'    {source} -->|"{" ".join(types)}"| {target}' for (source, target), types in joined.items()]
    lines += [f"    style {label} fill:{node.color},color:#fff" for label, node in model.nodes.items()]
    return "\n".join(lines) + "\n"


def as_json(model: Schema) -> str:
    """The model with every label's and type's properties written out."""
    document = {
        "format": model.format,
        "nodes": {
            label: {"description": node.description, "prefix": node.prefix, "properties": model.node_properties(label)}
            for label, node in model.nodes.items()
        },
        "relationships": [
            {
                "type": type_,
                "from": source,
                "to": [to for from_, to in relationship.ends if from_ == source],
                "description": relationship.description,
                "properties": model.relationship_properties(type_, source),
            }
            for type_, relationship in model.relationships.items()
            for source in dict.fromkeys(source for source, _ in relationship.ends)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def text(model: Schema) -> str:
    """The model for people: one line a label and one a relationship type."""
    lines = ["Nodes"]
    for label, node in model.nodes.items():
        lines.append(f"  {label:11} {node.description}")
        lines.append(f"  {'':11} {', '.join(model.node_properties(label))}")
    lines.append("Relationships")
    for type_, relationship in model.relationships.items():
        targets: dict[str, list[str]] = {}
        for source, target in relationship.ends:
            targets.setdefault(source, []).append(target)
        for source, ends in targets.items():
            lines.append(f"  ({source})-[{type_}]->({'|'.join(ends)})  {relationship.description}")
    lines.append("Every relationship carries " + ", ".join(model.provenance.properties) + ".")
    return "\n".join(lines) + "\n"
