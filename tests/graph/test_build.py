import contextlib
import json
import random
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kg
from kg.errors import KgError
from kg.graph import tables
from kg.graph.directory import GraphDirectory
from kg.models import Rejected

EXAMPLES = Path(__file__).parents[2] / "examples"


def papers(count: int = 40) -> list[dict[str, object]]:
    """Invented abstracts that share names, so that the papers depend on each other in resolution."""
    random_ = random.Random(7)
    made: list[dict[str, object]] = []
    for n in range(count):
        name = f"Quux{random_.choice('ABCDE')}Net"
        data = random_.choice(["ImageNet", "CIFAR-10", "CIFAR10", "COCO"])
        made.append(
            {
                "id": f"p{n}",
                "title": f"{name}: study number {n}",
                "abstract": f"We propose {name}, a network built on ResNet-50. Trained on {data}, it reaches "
                f"{60 + n}.5% accuracy on {data}, outperforming BERT. See https://github.com/example-lab/quux{n % 7}.",
                "year": 2020 + n % 5,
            }
        )
    return made


def write(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def contents(graph: Path) -> dict[str, bytes]:
    version = GraphDirectory(graph).open()
    return {path.name: path.read_bytes() for path in sorted(version.path.iterdir())}


def test_order_and_batching_make_no_difference(tmp_path: Path) -> None:
    records = papers()
    for n, venue in (
        (3, "Venue B"),
        (3, "Venue A"),
        (5, None),
        (5, "Venue C"),
    ):  # duplicates that fill each other's gaps
        shorter = str(records[n]["abstract"])[: 40 + 5 * len(venue or "")]
        records.append(records[n] | {"id": f"copy{len(records)}", "abstract": shorter, "venue": venue})
    kg.build([write(tmp_path / "all.jsonl", records)], tmp_path / "once", workers=1)
    shuffled = random.Random(1).sample(records, len(records))
    kg.build([write(tmp_path / "shuffled.jsonl", shuffled)], tmp_path / "shuffled", workers=1)
    for part in range(4):
        kg.build([write(tmp_path / f"part{part}.jsonl", shuffled[part::4])], tmp_path / "parts", workers=1)
    once, other, parts = (contents(tmp_path / name) for name in ("once", "shuffled", "parts"))
    assert once == other
    without_history = {"entities.parquet", "manifest.json"}  # former_ids depend on the builds before
    assert {name: data for name, data in once.items() if name not in without_history} == {
        name: data for name, data in parts.items() if name not in without_history
    }
    tables_ = [
        pq.read_table(tmp_path / name / "versions" / n / "entities.parquet")
        for name, n in (("once", "1"), ("parts", "4"))
    ]
    assert tables_[0].drop_columns("former_ids").equals(tables_[1].drop_columns("former_ids"))


def test_building_again_extracts_only_what_is_new_and_changes_nothing_without_news(tmp_path: Path) -> None:
    records = papers()
    graph = tmp_path / "g"
    first = kg.build([write(tmp_path / "a.jsonl", records[:30])], graph, workers=1)
    again = kg.build([tmp_path / "a.jsonl"], graph, workers=1)
    more = kg.build([write(tmp_path / "b.jsonl", records)], graph, workers=1)
    assert (first.extracted, first.changed) == (30, True)
    assert (again.extracted, again.changed, again.version.number) == (0, False, 1)
    assert (more.extracted, more.papers, more.version.number) == (10, 40, 2)


def test_replace_forgets_earlier_papers(tmp_path: Path) -> None:
    graph = tmp_path / "g"
    kg.build([write(tmp_path / "a.jsonl", papers(5))], graph, workers=1)
    other: dict[str, object] = {"title": "Another paper", "abstract": "We study ImageNet."}
    assert kg.build([write(tmp_path / "b.jsonl", [other])], graph, replace=True, workers=1).papers == 1


def test_every_piece_of_evidence_is_in_its_paper_and_every_end_is_a_node(tmp_path: Path) -> None:
    kg.build([EXAMPLES / "abstracts.jsonl", EXAMPLES / "abstracts.bib"], tmp_path / "g", workers=1)
    version = GraphDirectory(tmp_path / "g").open()
    texts = {row["id"]: f"{row['title']}\n{row['abstract']}" for row in version.table("papers").to_pylist()}
    ids = {*texts, *version.table("entities")["id"].to_pylist()}
    assert len(ids) == version.manifest.counts["papers"] + version.manifest.counts["entities"]
    edges = version.table("edges").to_pylist()
    for row in edges:
        assert {row["from_id"], row["to_id"]} <= ids
        paper = row["paper"] or (row["from_id"] if row["from_label"] == "Paper" else None)
        if paper is None and row["from_label"] == "Result":
            paper = "paper:" + row["from_id"].removeprefix("result:").rpartition("#")[0]
        if row["evidence"] is None:
            assert row["extractor"].startswith("derived:")
        else:
            assert texts[paper][row["start_char"] : row["end_char"]] == row["evidence"]
    kinds = {(row["from_id"], row["type"], row["to_id"]) for row in edges}
    assert len(kinds) == len(edges)
    for row in version.table("mentions").to_pylist():
        assert texts[row["paper"]][row["start_char"] : row["end_char"]] == row["text"]
    supported = [row for row in edges if row["support"] is not None]
    assert sum(row["support"] for row in supported) == version.manifest.counts["support"]


def test_the_examples_give_nodes_of_every_label_and_results(tmp_path: Path) -> None:
    kg.build([EXAMPLES / "abstracts.jsonl", EXAMPLES / "abstracts.bib"], tmp_path / "g", workers=1)
    with kg.open(tmp_path / "g") as graph:
        stats = graph.stats()
    assert stats.nodes["Paper"] == 30
    assert all(stats.nodes.values()), stats.nodes
    for type_ in (
        "INTRODUCES",
        "USES",
        "EVALUATES_ON",
        "HAS_CODE",
        "HAS_DATA",
        "HAS_MODEL",
        "STATES",
        "OUTPERFORMS",
        "IMPLEMENTS",
    ):
        assert stats.relationships[type_], type_


def test_no_record_leaves_no_trace_and_an_existing_graph_untouched(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    rejects: list[Rejected] = []
    with pytest.raises(KgError, match="no input gave a record"):
        kg.build([tmp_path / "empty.jsonl"], tmp_path / "g", on_reject=rejects.append)
    assert not (tmp_path / "g").exists()
    assert [str(tmp_path / "empty.jsonl")] == [rejected.input for rejected in rejects]
    kg.build([write(tmp_path / "a.jsonl", papers(3))], tmp_path / "g", workers=1)
    before = contents(tmp_path / "g")
    with pytest.raises(KgError):
        kg.build([tmp_path / "empty.jsonl"], tmp_path / "g")
    assert contents(tmp_path / "g") == before


def test_rejects_are_told_and_kept_and_the_good_records_go_through(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text(json.dumps({"title": "Good", "abstract": "We use BERT."}) + "\n{broken\n", encoding="utf-8")
    summary = kg.build([path], tmp_path / "g", workers=1)
    assert (summary.papers, summary.rejected) == (1, 1)
    (line,) = (tmp_path / "g" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["line"] == 2
    kg.build([write(path, papers(2))], tmp_path / "g", workers=1)
    assert (tmp_path / "g" / "rejected.jsonl").read_text(encoding="utf-8") == ""


def test_a_lost_id_stays_findable(tmp_path: Path) -> None:
    one: dict[str, object] = {"title": "First", "abstract": "We introduce Foo Bar Networks (FBN), a model."}
    two: dict[str, object] = {"title": "Second", "abstract": "We introduce Fuzzy Base Nodes (FBN), a model."}
    graph = tmp_path / "g"
    kg.build([write(tmp_path / "1.jsonl", [one])], graph, workers=1)
    with kg.open(graph) as opened:
        before = opened.explain("Foo Bar Networks")[0].id
    kg.build([write(tmp_path / "2.jsonl", [two])], graph, workers=1)
    with kg.open(graph) as opened:
        (node,) = opened.explain("Foo Bar Networks")
        assert node.id != before
        assert node.id in {found.id for found in opened.explain(before)}


def test_a_damaged_cache_and_store_are_made_again(tmp_path: Path) -> None:
    graph = tmp_path / "g"
    path = write(tmp_path / "a.jsonl", papers(5))
    kg.build([path], graph, workers=1)
    for file in (graph / "cache").iterdir():
        file.write_bytes(b"damaged")
    with kg.open(graph) as opened:
        assert opened.query("MATCH (p:Paper) RETURN count(p) AS n").rows == [(5,)]
    assert kg.build([path], graph, workers=1).extracted == 5


def test_a_damaged_record_stops_one_build_only(tmp_path: Path) -> None:
    graph = tmp_path / "g"
    path = write(tmp_path / "a.jsonl", papers(5))
    kg.build([path], graph, workers=1)
    before = contents(graph)
    with contextlib.closing(sqlite3.connect(graph / "cache" / "records.sqlite")) as database:
        database.execute("UPDATE records SET record = x'00' WHERE key = (SELECT min(key) FROM records)")
        database.commit()
    with pytest.raises(KgError, match="its record is gone from the cache; build again"):
        kg.build([path], graph, workers=1)
    assert contents(graph) == before
    assert kg.build([path], graph, workers=1).extracted == 1


def test_hostile_text_is_stored_as_it_is(tmp_path: Path) -> None:
    title = "<script>alert(1)</script> '\"\\ ` $x {y} \u202e \U0001f600 MATCH (n) DETACH DELETE n //"
    path = write(
        tmp_path / "h.jsonl", [{"id": "x'); DROP", "title": title, "abstract": "We use BERT.\u2028 \u0000 done"}]
    )
    kg.build([path], tmp_path / "g", workers=1)
    with kg.open(tmp_path / "g") as graph:
        assert graph.query("MATCH (p:Paper) WHERE p.title = $t RETURN p.id AS id", {"t": title}).rows


def test_the_tables_of_a_version_are_those_of_the_contract(tmp_path: Path) -> None:
    kg.build([write(tmp_path / "a.jsonl", papers(3))], tmp_path / "g", workers=1)
    assert set(contents(tmp_path / "g")) == {f"{name}.parquet" for name in tables.NAMES} | {"manifest.json"}
    assert (tmp_path / "g" / "CURRENT").read_text() == "1\n"
