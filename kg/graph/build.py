"""Inputs in, a new version of a graph out: read, extract, resolve, write, swap.

A build adds to the graph: what an earlier build read stays, unless `replace` is set.  The result does not depend on
whether the same papers came in one build or in ten, nor in which order.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kg import extract, read, schema
from kg.errors import KgError, UsageError
from kg.extract import lexicon as lexicons
from kg.extract.records import above
from kg.files import write_rejects
from kg.graph import spool, statements, validate
from kg.graph.cache import RecordCache
from kg.graph.directory import GraphDirectory, Version
from kg.graph.spool import Spool
from kg.graph.writer import RowBuffer, TableWriter
from kg.models import ModelName, Paper, Record, Rejected
from kg.resolve import Resolver, fold
from kg.resolve.entities import EntityNode
from kg.resolve.links import LinkNode
from kg.resolve.papers import PaperGroup, group

Row = dict[str, object]
Progress = Callable[[str, int, int | None], None]
_Read = tuple[PaperGroup, list[Paper], Record]

_COMMIT_EVERY = 1000


class BuildSummary(NamedTuple):
    """What a build did."""

    version: Version
    read: int  # input records that were read
    papers: int  # papers in the graph
    extracted: int  # papers whose text was new
    rejected: int
    changed: bool  # False: the graph holds what it held before


def build(
    inputs: Iterable[str | os.PathLike[str]],
    graph: str | os.PathLike[str] = "graph",
    *,
    replace: bool = False,
    model: ModelName = "fast",
    lexicon: Path | None = None,
    min_score: float = 0.0,
    workers: int | None = None,
    on_reject: Callable[[Rejected], None] = lambda rejected: None,
    progress: Progress = lambda stage, done, total: None,
) -> BuildSummary:
    """Read `inputs` and put a new version of the graph in force.

    Args:
        inputs: files, folders, or `-` for standard input, in any format that `kg.read` knows.
        graph: the graph directory; made if it is not there.
        replace: forget the papers of earlier builds.
        model: which of the shipped models extracts; papers that another one read are read again.
        lexicon: a user's lexicon (a folder, or a file), read beside the shipped one.
        min_score: leave out nodes and relationships whose probability to be right is lower; in [0, 1].  Building again
        with another one extracts nothing again.
        workers: processes that extract; None: one a core, at most eight.
        on_reject: told of every input record that could not be used.
        progress: told (stage, done, total or None) as the build goes on.

    Raises:
        UsageError: an input is not there, there is no such model, or `min_score` is no probability.
        KgError: the model or the lexicon cannot be read, no input gave a record (the graph is untouched), another build
        is running, or the disk is full.
    """
    if not 0 <= min_score <= 1:
        raise UsageError(f"a minimum score of {min_score:g}: give a probability between 0 and 1")
    directory = GraphDirectory(graph)
    rejects: list[Rejected] = []

    def reject(rejected: Rejected) -> None:
        rejects.append(rejected)
        on_reject(rejected)

    papers = read.read(list(inputs), reject)
    first = next(papers, None)  # before anything is written: an input without a record leaves no trace
    if first is None:
        raise KgError("no input gave a record; the graph is untouched")
    with directory.lock(), directory.staging() as folder:
        before = directory.current()
        extractor = extract.extractor_version(model, lexicon)
        with (
            Spool(folder / "spool.sqlite") as source,
            RecordCache(directory.cache / "records.sqlite", extractor) as cache,
        ):
            for known in () if replace or before is None else _known_papers(before):
                source.add(known)
            read_count = 0
            for paper in itertools.chain([first], papers):
                source.add(paper)
                read_count += 1
                progress("reading", read_count, None)
            groups = group(source.keys)
            read_by = partial(extract.extract, model=model, lexicon=lexicon, workers=workers)
            extracted = _extract(source, groups, cache, read_by, progress)
            records = partial(_read_back, source, groups, cache, min_score)
            _write_version(folder, records, len(groups), min_score, before, progress)
        version = directory.publish(folder, extractor, min_score)
        write_rejects(directory.path / "rejected.jsonl", rejects)
    changed = before is None or version.number != before.number
    return BuildSummary(version, read_count, len(groups), extracted, len(rejects), changed)


def _known_papers(version: Version) -> Iterator[Paper]:
    for batch in version.batches("papers"):
        for row in batch.to_pylist():
            yield from spool.sources(row)


def _extract(
    source: Spool,
    groups: list[PaperGroup],
    cache: RecordCache,
    read_by: Callable[[Iterator[Paper]], Iterator[Record]],
    progress: Progress,
) -> int:
    """Extract every paper whose record the cache has not; how many that were."""
    missing = [item for item in groups if not cache.has(source.merged(item))]
    waiting: deque[Paper] = deque()  # handed to the extractor, their records not back yet; in order

    def papers() -> Iterator[Paper]:
        for item in missing:
            paper = source.merged(item)
            waiting.append(paper)
            yield paper

    progress("extracting", 0, len(missing))
    for done, record in enumerate(read_by(papers()), start=1):
        cache.put(waiting.popleft(), record)
        if done % _COMMIT_EVERY == 0:
            cache.commit()
        progress("extracting", done, len(missing))
    cache.commit()
    return len(missing)


def _read_back(source: Spool, groups: list[PaperGroup], cache: RecordCache, min_score: float) -> Iterator[_Read]:
    """Every paper in the order of the tables: its group, its input records and what it says, likely enough."""
    for item in groups:
        members = source.members(item)
        record = cache.get(spool.merged(members, item))
        if record is None:
            raise KgError(f"{item.node_id}: its record is gone from the cache; build again")
        yield item, members, above(record, min_score)


def _write_version(
    folder: Path,
    records: Callable[[], Iterator[_Read]],
    count: int,
    min_score: float,
    before: Version | None,
    progress: Progress,
) -> None:
    resolver = Resolver()
    for _, _, record in records():
        resolver.observe(record)
    for done, (_, _, record) in enumerate(records(), start=1):
        resolver.count(record)
        progress("resolving", done, count)
    things = resolver.nodes()
    labels = {node.id: node.label for node in things}
    results, result_edges, gathered = RowBuffer("entities"), RowBuffer("edges"), RowBuffer("support")
    urls: dict[str, Counter[LinkNode]] = {}
    with (
        TableWriter(folder, "papers") as papers_table,
        TableWriter(folder, "mentions") as mentions_table,
        TableWriter(folder, "edges") as edges_table,
    ):
        for done, (item, members, record) in enumerate(records(), start=1):
            papers_table.extend([_checked_paper(spool.row(members, item))])
            stated = statements.statements(item.node_id, record, resolver.assign(record), labels)
            mentions_table.extend(stated.mentions)
            edges_table.extend(map(_checked_edge, _likely(stated.edges, min_score)))
            results.extend(_checked_node("Result", row) for row in stated.results)
            result_edges.extend(map(_checked_edge, stated.result_edges))
            gathered.extend(_likely(stated.gathered, min_score))
            for link in set(stated.links):
                urls.setdefault(link.id, Counter())[link] += 1
            progress("writing", done, count)
        by_ends = gathered.table().sort_by([(name, "ascending") for name in ("from_id", "type", "to_id", "paper")])
        edges_table.extend(map(_checked_edge, _gather(by_ends)))
        for batch in result_edges.table().to_batches():
            edges_table.extend(batch.to_pylist())
    with TableWriter(folder, "support") as support_table:
        for batch in by_ends.to_batches():
            support_table.extend(batch.to_pylist())
    with TableWriter(folder, "aliases") as aliases_table:
        aliases_table.extend(_alias_rows(things))
    with TableWriter(folder, "entities") as entities_table:
        entities_table.extend(_entity_rows(things, urls, _former_ids(before, things), results.table()))


def _likely(edges: list[Row], min_score: float) -> list[Row]:
    """Relationships whose thing, role or link was likely enough each, but perhaps not all of it together."""
    return [edge for edge in edges if float(str(edge["score"])) >= min_score]


def _alias_rows(things: list[EntityNode]) -> Iterator[Row]:
    for node in things:
        for text, papers in sorted(node.spellings):
            yield {"id": node.id, "alias": text, "key": fold.key(text), "count": papers}


def _entity_rows(
    things: list[EntityNode], urls: dict[str, Counter[LinkNode]], former: dict[str, list[str]], results: pa.Table
) -> Iterator[Row]:
    """The rows of the entities table, sorted by id."""
    higher = _higher_is_better()
    rows = []
    for node in things:
        row: Row = {
            "id": node.id,
            "name": node.name,
            "aliases": [text for text, _ in node.spellings if text != node.name],
            "support": node.support,
            "score": node.score,
            "former_ids": former.get(node.id, []),
        }
        if node.label == "Metric":
            found = (higher.get(fold.key(text)) for text, _ in node.spellings)
            row["higher_is_better"] = next((value for value in found if value is not None), None)
        rows.append(_checked_node(node.label, row))
    for counted in urls.values():
        link = min(counted, key=lambda node: (-counted[node], node.url))  # of several spellings the most used
        properties = {"url": link.url, "host": link.host, "owner": link.owner, "name": link.name}
        row = {"id": link.id, "support": counted.total()}
        row |= {name: value for name, value in properties.items() if value is not None}
        rows.append(_checked_node(link.label, row))
    rows.extend(results.to_pylist())
    return iter(sorted(rows, key=lambda row: str(row["id"])))


def _gather(rows: pa.Table) -> Iterator[Row]:
    """One relationship for all statements of it: the best one's evidence, and a score combined from all."""
    listed = itertools.chain.from_iterable(batch.to_pylist() for batch in rows.to_batches())
    for _, same in itertools.groupby(listed, key=lambda row: (row["from_id"], row["type"], row["to_id"])):
        stated = list(same)
        best = max(stated, key=lambda row: float(row["score"]))  # the first of equals: the smallest paper id
        wrong = 1.0
        for row in stated:
            wrong *= 1.0 - row["score"]
        yield best | {"support": len({row["paper"] for row in stated}), "score": round(1.0 - wrong, 6)}


def _former_ids(before: Version | None, things: list[EntityNode]) -> dict[str, list[str]]:
    """For each node the ids it had in the version before and earlier, where they are gone now."""
    if before is None:
        return {}
    now = {node.id for node in things}
    by_name: dict[str, list[EntityNode]] = {}
    for node in things:
        for name in {fold.key(text) for text, _ in node.spellings}:
            by_name.setdefault(name, []).append(node)
    former: dict[str, set[str]] = {}
    old = before.table("entities", ["id", "label", "name", "former_ids"])
    for row in old.filter(pc.is_valid(old["former_ids"])).to_pylist():
        if row["id"] in now:
            heir: str | None = row["id"]
        else:
            candidates = by_name.get(fold.key(row["name"]), [])
            heir = min(candidates, key=lambda n: (n.label != row["label"], -n.support, n.id)).id if candidates else None
        if heir is not None:
            former.setdefault(heir, set()).update({*row["former_ids"], row["id"]} - now)
    return {node_id: sorted(ids) for node_id, ids in former.items()}


def _higher_is_better() -> dict[str, bool]:
    known: dict[str, bool] = {}
    for entry in lexicons.load():
        if entry.higher_is_better is not None:
            known |= {fold.key(name): entry.higher_is_better for name in entry.forms}
    return known


def _checked_paper(row: Row) -> Row:
    properties = schema.load().node_properties("Paper")
    validate.check_node("Paper", {name: row[name] for name in properties})
    return row


def _checked_node(label: str, row: Row) -> Row:
    validate.check_node(label, row)
    return {"label": label, **row}


def _checked_edge(row: Row) -> Row:
    validate.check_relationship({name: value for name, value in row.items() if value is not None})
    return row
