"""Why names are one node, or two: what `kg explain` prints."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pyarrow.compute as pc

from kg.graph import lookup
from kg.graph.directory import Version
from kg.resolve import fold

_EXAMPLES = 3


class Spelling(NamedTuple):
    """One spelling of a node's name: how many papers write it so, and the rule that makes it this node."""

    text: str
    papers: int
    rule: str


class Statement(NamedTuple):
    """One relationship of the node, with its evidence; `outgoing`: from the node to the `other`."""

    type: str
    outgoing: bool
    other: str
    paper: str | None
    evidence: str | None
    score: float


class Explanation(NamedTuple):
    """What a name means in this graph."""

    id: str
    label: str
    name: str
    support: int
    spellings: list[Spelling]
    statements: list[Statement]


class Comparison(NamedTuple):
    """Whether two names are one node, and why."""

    same: bool
    reason: str


def explain(version: Version, name: str) -> list[Explanation]:
    """Every node that `name` can mean.

    Raises:
        UsageError: nothing is called so.
    """
    return [_explain(version, node_id) for node_id in lookup.find(version, name)]


def compare(version: Version, a: str, b: str) -> Comparison:
    """Whether `a` and `b` are one node.

    Raises:
        UsageError: one of them is not there.
    """
    nodes_a, nodes_b = lookup.find(version, a), lookup.find(version, b)
    both = [node for node in nodes_a if node in nodes_b]
    if not both:
        return Comparison(
            False, f"{a!r} is {', '.join(nodes_a)}; {b!r} is {', '.join(nodes_b)}: no paper and no spelling joins them"
        )
    if fold.key(a) == fold.key(b):
        return Comparison(True, f"{both[0]}: both fold to {fold.key(a)!r}")
    rules = {
        spelling.rule
        for s in (a, b)
        for spelling in _spellings(version, both[0])
        if fold.key(spelling.text) == fold.key(s)
    }
    return Comparison(True, f"{both[0]}: {'; '.join(sorted(rules)) or 'an id or former id of it'}")


def _explain(version: Version, node_id: str) -> Explanation:
    label = lookup.label_of(node_id)
    if label == "Paper":
        papers = version.table("papers", ["id", "title"])
        title = papers.filter(pc.equal(papers["id"], node_id))["title"][0].as_py()
        return Explanation(node_id, label, title, 1, [], _statements(version, node_id))
    entities = version.table("entities", ["id", "name", "url", "value", "support"])
    (row,) = entities.filter(pc.equal(entities["id"], node_id)).to_pylist()
    shown = row["name"] if label != "Repository" else row["url"]
    name = shown or row["url"] or row["value"]
    return Explanation(
        node_id, label, name, row["support"] or 1, _spellings(version, node_id), _statements(version, node_id)
    )


def _spellings(version: Version, node_id: str) -> list[Spelling]:
    aliases = version.table("aliases")
    rows = aliases.filter(pc.equal(aliases["id"], node_id)).to_pylist()
    rows.sort(key=lambda row: (-row["count"], row["alias"]))
    if not rows:
        return []
    main = rows[0]["key"]
    together = _defined_together(version, node_id, main)
    return [Spelling(row["alias"], row["count"], _rule(row["key"], main, rows[0]["alias"], together)) for row in rows]


def _rule(key: str, main: str, name: str, together: dict[str, list[str]]) -> str:
    if key == main:
        return f"folds to {main!r}"
    papers = together.get(key, [])
    if not papers:
        return f"the corpus's only definition of it is that of {name!r}"
    shown = ", ".join(papers[:_EXAMPLES]) + (", ..." if len(papers) > _EXAMPLES else "")
    return f"one thing with {name!r} in {len(papers)} paper{'s' if len(papers) > 1 else ''} ({shown})"


def _defined_together(version: Version, node_id: str, main: str) -> dict[str, list[str]]:
    """For each folded spelling, the papers that use it and the main one for the same thing."""
    mentions = version.table("mentions", ["paper", "id", "text"])
    keys = defaultdict(set)
    for row in mentions.filter(pc.equal(mentions["id"], node_id)).to_pylist():
        keys[row["paper"]].add(fold.key(row["text"]))
    together = defaultdict(list)
    for paper in sorted(keys):
        for key in keys[paper] - {main} if main in keys[paper] else ():
            together[key].append(paper)
    return together


def _paper_of(node_id: str) -> str | None:
    """The paper that a relationship from this node is read from, as far as the id says: its own, or its result's."""
    prefix, _, rest = node_id.partition(":")
    return {"paper": node_id, "result": f"paper:{rest.rpartition('#')[0]}"}.get(prefix)


def _statements(version: Version, node_id: str) -> list[Statement]:
    """The best supported relationships of a node, each type's best first."""
    edges = version.table("edges", ["from_id", "type", "to_id", "paper", "evidence", "score", "support"])
    touching = pc.or_(pc.equal(edges["from_id"], node_id), pc.equal(edges["to_id"], node_id))
    by_type = defaultdict(list)
    for row in edges.filter(touching).to_pylist():
        outgoing = row["from_id"] == node_id
        other = row["to_id"] if outgoing else row["from_id"]
        paper = row["paper"] or _paper_of(row["from_id"])
        rank = (-(row["support"] or 1), -row["score"], other)
        by_type[row["type"]].append(
            (rank, Statement(row["type"], outgoing, other, paper, row["evidence"], row["score"]))
        )
    return [statement for type_ in sorted(by_type) for _, statement in sorted(by_type[type_])[:_EXAMPLES]]
