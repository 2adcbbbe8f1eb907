"""What one record states, as rows of the tables: a pure function of the record and the nodes its entities became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kg import schema
from kg.models import ROLES, Entity, Link, Record, Relation, Result, Role
from kg.resolve import fold
from kg.resolve.links import LinkNode, link_node

Row = dict[str, object]

# What a role becomes where the corpus gives the thing another label than the paper's reading did.
_OTHER_ROLE: dict[str, dict[str, Role]] = {
    "Method": {"trains_on": "uses", "evaluates_on": "uses", "addresses": "uses", "reports": "uses"},
    "Dataset": {},
    "Benchmark": {},
    "Task": {"introduces": "addresses", "uses": "addresses", "trains_on": "addresses", "evaluates_on": "addresses"},
    "Metric": {"introduces": "reports", "uses": "reports", "evaluates_on": "reports", "addresses": "reports"},
}
_UNKNOWN_SCORE = 1.0  # of hand-made records, which carry no scores
CODE_OF_INTRODUCING_PAPER = "derived:code-of-introducing-paper"


class Statements(NamedTuple):
    """Rows of the tables that come from one paper; `gathered` are rows of `support`."""

    mentions: list[Row]
    edges: list[Row]
    results: list[Row]
    result_edges: list[Row]
    gathered: list[Row]
    links: list[LinkNode]


class _Paper(NamedTuple):
    id: str
    text: str
    record: Record
    nodes: Sequence[str | None]
    labels: Mapping[str, str]


def statements(paper_id: str, record: Record, nodes: Sequence[str | None], labels: Mapping[str, str]) -> Statements:
    """The rows that one record gives.

    Args:
        paper_id: the id of the paper's node.
        record: what the paper says.
        nodes: the node of each of the record's entities, or None.
        labels: the label of every such node.
    """
    paper = _Paper(paper_id, record.text, record, nodes, labels)
    links = [link_node(link.url) for link in record.links]
    roles = _roles(paper)
    results, result_edges = _results(paper)
    edges = [
        *(_role_edge(paper, node, *roles[node]) for node in sorted(roles)),
        *_link_edges(paper, links),
        *(edge for edge in result_edges if edge["from_label"] == "Paper"),
    ]
    edges.sort(key=lambda row: (str(row["type"]), _natural(str(row["to_id"]))))
    return Statements(
        mentions=_mentions(paper),
        edges=edges,
        results=results,
        result_edges=[edge for edge in result_edges if edge["from_label"] == "Result"],
        gathered=[*_relations(paper), *_implements(paper, links, roles)],
        links=links,
    )


def _roles(paper: _Paper) -> dict[str, tuple[Entity, Role]]:
    """For each node, the entity and the role that count: of several, the first role in the guideline's order."""
    best: dict[str, tuple[Entity, Role]] = {}
    for entity, node in zip(paper.record.entities, paper.nodes, strict=True):
        if node is None:
            continue
        label = paper.labels[node]
        allowed = ROLES[label.lower()]  # type: ignore[index]  # labels of named things are the entity types, capitalised
        role = entity.role if entity.role in allowed else _OTHER_ROLE[label].get(entity.role, "mentions")
        if node not in best or allowed.index(role) < allowed.index(best[node][1]):
            best[node] = (entity, role)
    return best


def _role_edge(paper: _Paper, node: str, entity: Entity, role: Role) -> Row:
    span = entity.role_evidence
    # The edge is right when the thing was read rightly and its role too.
    score = _score(entity.score) * _score(entity.role_score)
    return _edge(
        paper, (paper.id, "Paper"), schema.load().type_of_role(role), (node, paper.labels[node]), score,
        (span.start_char, span.end_char) if span else None,
    )  # fmt: skip


def _link_edges(paper: _Paper, links: Sequence[LinkNode]) -> list[Row]:
    edges: dict[tuple[str, str], Row] = {}
    for link, node in zip(paper.record.links, links, strict=True):
        type_ = schema.load().type_of_link(link.kind)
        edge = _edge(paper, (paper.id, "Paper"), type_, (node.id, node.label), _score(link.score), _span(link))
        edges.setdefault((type_, node.id), edge | {"link": link.url})
    return list(edges.values())


def _results(paper: _Paper) -> tuple[list[Row], list[Row]]:
    nodes: list[Row] = []
    edges: list[Row] = []
    by_name = _by_name(paper)
    stem = paper.id.partition(":")[2]
    for number, result in enumerate(paper.record.results or (), start=1):
        node = f"result:{stem}#{number}"
        score, span = _score(result.score), _span(result)
        nodes.append(
            {
                "id": node,
                "value": result.value,
                "number": result.number,
                "number_max": result.number_max,
                "unit": result.unit,
                "delta": result.delta,
                "text": result.raw,
            }
        )
        edges.append(_edge(paper, (paper.id, "Paper"), "STATES", (node, "Result"), score, span))
        for type_, name in (("MEASURES", result.metric), ("OF", result.method), ("ON", result.dataset)):
            target = by_name.get(fold.key(name)) if name else None
            if target and ("Result", paper.labels[target]) in schema.load().relationships[type_].ends:
                edges.append(_edge(paper, (node, "Result"), type_, (target, paper.labels[target]), score, span))
    return nodes, edges


def _relations(paper: _Paper) -> list[Row]:
    rows: dict[tuple[str, str, str], Row] = {}
    by_name = _by_name(paper)
    model = schema.load()
    for relation in paper.record.relations or ():
        head, tail = by_name.get(fold.key(relation.head)), by_name.get(fold.key(relation.tail))
        type_ = model.type_of_relation(relation.type)
        if head is None or tail is None or head == tail:
            continue
        if (paper.labels[head], paper.labels[tail]) not in model.relationships[type_].ends:
            continue
        ends = (head, paper.labels[head]), (tail, paper.labels[tail])
        row = _edge(paper, ends[0], type_, ends[1], _score(relation.score), _span(relation))
        rows.setdefault((head, type_, tail), row | {"paper": paper.id})
    return list(rows.values())


def _implements(paper: _Paper, links: Sequence[LinkNode], roles: Mapping[str, tuple[Entity, Role]]) -> list[Row]:
    """Code that a paper links implements the methods it introduces."""
    introduced = [
        (node, _score(entity.score) * _score(entity.role_score))
        for node, (entity, role) in sorted(roles.items())
        if role == "introduces" and paper.labels[node] == "Method"
    ]
    rows: dict[tuple[str, str], Row] = {}
    for link, repository in zip(paper.record.links, links, strict=True):
        if link.kind != "code" or repository.label != "Repository":
            continue
        for method, score in introduced:
            ends = (repository.id, repository.label), (method, "Method")
            row = _edge(paper, ends[0], "IMPLEMENTS", ends[1], _score(link.score) * score, _span(link))
            row |= {"paper": paper.id, "extractor": CODE_OF_INTRODUCING_PAPER}
            rows.setdefault((repository.id, method), row)
    return list(rows.values())


def _mentions(paper: _Paper) -> list[Row]:
    rows: dict[tuple[str, int, int], Row] = {}
    for entity, node in zip(paper.record.entities, paper.nodes, strict=True):
        for mention in entity.mentions:
            if node is None or isinstance(mention, str):  # hand-made records give surface forms without places
                continue
            rows[node, mention.start_char, mention.end_char] = {
                "paper": paper.id,
                "id": node,
                "text": mention.text,
                "start_char": mention.start_char,
                "end_char": mention.end_char,
                "score": mention.score,
            }
    return [rows[place] for place in sorted(rows)]


def _by_name(paper: _Paper) -> dict[str, str]:
    """The node of each folded entity name of the record."""
    named = zip(paper.record.entities, paper.nodes, strict=True)
    return {fold.key(entity.name): node for entity, node in named if node is not None}


def _edge(
    paper: _Paper,
    source: tuple[str, str],
    type_: str,
    target: tuple[str, str],
    score: float,
    span: tuple[int, int] | None,
) -> Row:
    start, end = span or (None, None)
    return {
        "from_id": source[0],
        "from_label": source[1],
        "type": type_,
        "to_id": target[0],
        "to_label": target[1],
        "evidence": None if span is None else paper.text[start:end],
        "start_char": start,
        "end_char": end,
        "score": round(score, 6),
        "extractor": paper.record.extractor or "unknown",
    }


def _span(statement: Link | Result | Relation) -> tuple[int, int] | None:
    if statement.start_char is None or statement.end_char is None:
        return None
    return statement.start_char, statement.end_char


def _score(score: float | None) -> float:
    return _UNKNOWN_SCORE if score is None else score


def _natural(node_id: str) -> tuple[str, int]:
    """Sorts `result:x#10` after `result:x#9`."""
    stem, _, number = node_id.rpartition("#")
    return (stem, int(number)) if stem and number.isdigit() else (node_id, 0)
