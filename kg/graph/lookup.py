"""Finds nodes by what people call them: id, former id, name or alias, whatever the spelling."""

from __future__ import annotations

import difflib

import pyarrow as pa
import pyarrow.compute as pc

from kg import schema
from kg.errors import UsageError
from kg.graph.directory import Version
from kg.resolve import fold
from kg.resolve.links import link_node


def find(version: Version, name: str) -> list[str]:
    """The ids of all nodes that `name` can mean, the most supported first.

    `name` is an id, a former id, a name or alias in any spelling, a URL, or a paper's title, DOI, arXiv id or
    the id that its input gave it.

    Raises:
        UsageError: nothing is called so (names the closest that are there).
    """
    entities = version.table("entities", ["id", "support", "former_ids"])
    papers = version.table("papers", ["id", "title", "source_id"])
    found = _exact(entities, papers, name) or _by_name(version, entities, name) or _by_title(papers, name)
    if not found:
        close = _close(version, name)
        hint = f"; close to it: {', '.join(close)}" if close else ""
        raise UsageError(f"{name!r}: the graph has nothing of this name{hint}")
    return found


def label_of(node_id: str) -> str:
    """The label of a node, from its id.

    Raises:
        UsageError: no label's ids begin like this.
    """
    label = schema.load().label_of_id(node_id)
    if label is None:
        raise UsageError(f"{node_id!r}: not the id of a node")
    return label


def _exact(entities: pa.Table, papers: pa.Table, name: str) -> list[str]:
    former = pc.list_parent_indices(entities["former_ids"]).filter(
        pc.equal(pc.list_flatten(entities["former_ids"]), name)
    )  # fmt: skip
    candidates = {name, f"paper:{name}", f"paper:10.48550/arxiv.{name}", link_node(name).id}
    wanted = pa.array(sorted(candidates), pa.string())
    ids = [
        *entities["id"].filter(pc.is_in(entities["id"], value_set=wanted)).to_pylist(),
        *entities["id"].take(former).to_pylist(),
        *papers["id"].filter(pc.is_in(papers["id"], value_set=wanted)).to_pylist(),
        *papers["id"].filter(pc.equal(papers["source_id"], name)).to_pylist(),
    ]
    return list(dict.fromkeys(ids))


def _by_name(version: Version, entities: pa.Table, name: str) -> list[str]:
    key = fold.key(name)
    if not key:
        return []
    aliases = version.table("aliases", ["id", "key"])
    ids = pc.unique(aliases["id"].filter(pc.equal(aliases["key"], key)))
    rows = entities.filter(pc.is_in(entities["id"], value_set=ids)).select(["id", "support"]).to_pylist()
    return [row["id"] for row in sorted(rows, key=lambda row: (-(row["support"] or 0), row["id"]))]


def _by_title(papers: pa.Table, name: str) -> list[str]:
    key = fold.title_key(name)
    return [
        row["id"]
        for batch in papers.select(["id", "title"]).to_batches()
        for row in batch.to_pylist()
        if fold.title_key(row["title"]) == key
    ]


def _close(version: Version, name: str) -> list[str]:
    names = version.table("entities", ["name", "support"]).sort_by([("support", "descending")])["name"]
    spelled = {text.casefold(): text for text in reversed(names.drop_null().slice(0, 50_000).to_pylist())}
    return [spelled[match] for match in difflib.get_close_matches(name.casefold(), spelled, n=5, cutoff=0.75)]
