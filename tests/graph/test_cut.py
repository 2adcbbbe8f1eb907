"""Leaving out what is less likely to be right than somebody wants."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.errors import UsageError
from kg.extract.records import above
from kg.graph.cut import cut
from kg.graph.directory import GraphDirectory, Version
from kg.models import Entity, Link, Record, Relation, Result

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    graph = tmp_path_factory.mktemp("cut") / "g"
    kg.build([EXAMPLES / "abstracts.jsonl"], graph, workers=1)
    return GraphDirectory(graph).open()


def rows(version: Version, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = version.table(name).to_pylist()
    return found


def contents(version: Version) -> dict[str, object]:
    """All that a version holds but former ids, which tell what versions before it held."""
    nodes = [{**row, "former_ids": None} for row in rows(version, "entities")]
    others = {name: sha for name, sha in version.manifest.checksums.items() if name != "entities"}
    return {"entities": nodes, **others, "least": version.manifest.min_score}


def scores(version: Version) -> list[float]:
    return sorted(float(str(row["score"])) for row in rows(version, "edges"))


def test_low_nodes_and_relationships_go_and_no_end_is_missing(version: Version) -> None:
    least = scores(version)[len(scores(version)) // 2]
    kept = cut(version, least)
    edges = rows(kept, "edges")
    assert 0 < len(edges) < len(rows(version, "edges"))
    assert min(scores(kept)) >= least
    ids = {row["id"] for table in ("papers", "entities") for row in rows(kept, table)}
    assert all({row["from_id"], row["to_id"]} <= ids for row in edges)
    assert all(row["score"] is None or row["score"] >= least for row in rows(kept, "entities"))  # type: ignore[operator]
    assert {row["id"] for row in rows(kept, "aliases")} <= ids
    stated = {row["to_id"] for row in edges if row["type"] == "STATES"}
    assert {row["id"] for row in rows(kept, "entities") if row["label"] == "Result"} == stated


def test_batches_and_counts_agree_with_the_table(version: Version) -> None:
    kept = cut(version, 0.8)
    batches = [row for batch in kept.batches("edges", ["to_id"], 7) for row in batch.to_pylist()]
    assert batches == kept.table("edges", ["to_id"]).to_pylist()
    assert kept.manifest.counts["edges"] == len(batches)
    assert kept.table("papers").equals(version.table("papers"))


def test_nothing_is_cut_without_a_score(version: Version) -> None:
    assert cut(version, 0.0) is version


def test_a_page_has_only_what_is_likely_enough(version: Version, tmp_path: Path) -> None:
    with kg.open(version.path.parents[1]) as graph:
        whole = graph.export_html(tmp_path / "a.html", limit=1000)
        part = graph.export_html(tmp_path / "b.html", limit=1000, min_score=0.8)
    assert 0 < len(part.edges) < len(whole.edges)
    assert all(edge.properties["score"] >= 0.8 for edge in part.edges)


def test_a_build_leaves_out_and_extracts_nothing_again(tmp_path: Path) -> None:
    first = kg.build([EXAMPLES / "abstracts.jsonl"], tmp_path / "g", workers=1)
    whole = contents(first.version)
    second = kg.build([EXAMPLES / "abstracts.jsonl"], tmp_path / "g", workers=1, min_score=0.8)
    assert second.extracted == 0
    assert second.changed
    assert second.version.manifest.min_score == 0.8
    assert second.version.manifest.counts["edges"] < first.version.manifest.counts["edges"]
    assert min(scores(second.version)) >= 0.8
    fresh = kg.build([EXAMPLES / "abstracts.jsonl"], tmp_path / "h", workers=1, min_score=0.8)
    assert contents(fresh.version) == contents(second.version)
    again = kg.build([EXAMPLES / "abstracts.jsonl"], tmp_path / "g", workers=1)
    assert contents(again.version) == whole


def test_no_probability(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        kg.build([EXAMPLES / "abstracts.jsonl"], tmp_path / "g", min_score=7)


def test_a_record_without_what_is_unlikely() -> None:
    record = Record(
        id="1",
        title="T",
        abstract="A",
        entities=(
            Entity(type="method", role="uses", name="FooNet", mentions=("FooNet",), score=0.9),
            Entity(type="dataset", role="mentions", name="BarSet", mentions=("BarSet",), score=0.4),
        ),
        links=(Link(url="https://example.org/a", kind="code", score=0.3),),
        relations=(Relation(type="evaluated_on", head="FooNet", tail="BarSet", score=0.8),),
        results=(Result(value="3", dataset="BarSet", method="FooNet", score=0.7), Result(value="4", score=0.2)),
    )
    kept = above(record, 0.5)
    assert [entity.name for entity in kept.entities] == ["FooNet"]
    assert (kept.links, kept.relations) == ((), ())
    assert kept.results == (Result(value="3", method="FooNet", score=0.7),)
    assert above(record, 0.0) is record
    assert above(BY_HAND, 0.9) == BY_HAND


BY_HAND = Record(
    id="2",
    title="T",
    abstract="A",
    entities=(Entity(type="method", role="uses", name="FooNet", mentions=("FooNet",)),),
    links=(),
)
