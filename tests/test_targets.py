"""What extraction and the graph must reach on the evaluation data (see CONTRIBUTING.md for where they lie)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg import cli, evaluate
from kg.graph.directory import GraphDirectory, Version
from kg.resolve.links import link_node

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def version(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Version:
    graph = tmp_path_factory.mktemp("pages") / "graph"
    summary = kg.build(sorted((shared / "corpus").glob("*.txt")), graph)
    assert (summary.read, summary.papers, summary.rejected) == (437, 422, 0)
    return GraphDirectory(graph).open()


def test_every_annotated_link_is_a_node_that_its_paper_links(shared: Path, version: Version) -> None:
    titles = {row["id"]: row["title"] for row in version.table("papers", ["id", "title"]).to_pylist()}
    columns = ["from_id", "from_label", "type", "to_id", "link"]
    linked = {
        (titles[row["from_id"]], row["to_id"], evaluate.fold_url(row["link"]))
        for row in version.table("edges", columns).to_pylist()
        if row["link"]
    }
    nodes = set(version.table("entities", ["id"])["id"].to_pylist())
    gold = [(r.title, link.url) for r in evaluate.read_records(shared / "eval/gold/dev.jsonl") for link in r.links]
    assert len(gold) == 81
    for title, url in gold:
        node = link_node(url).id
        assert node in nodes
        assert (title, node, evaluate.fold_url(url)) in linked


def test_no_link_is_a_named_thing(version: Version) -> None:
    names = [
        alias for alias in version.table("aliases", ["alias"])["alias"].to_pylist() if "://" in alias or "www." in alias
    ]
    assert names == []


def test_extraction_reaches_its_targets_as_the_public_scorer_counts_them(shared: Path, tmp_path: Path) -> None:
    gold, records = shared / "eval/gold/dev.jsonl", tmp_path / "records.jsonl"
    pages = [str(path) for path in sorted((shared / "corpus").glob("*.txt"))]
    assert cli.main(["extract", *pages, "-o", str(records), "--quiet"]) == 0
    command = [sys.executable, str(shared / "eval/score.py"), str(gold), str(records), "--json"]
    scored = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert scored["predicted"] == 291
    assert scored["headline"]["f1"] >= 0.75
    assert scored["link"]["f1"] >= 0.99
    assert scored["link_kind"]["f1"] >= 0.90
    assert scored["role"]["f1"] >= 0.65
    ours = evaluate.evaluate(evaluate.read_records(gold), evaluate.read_records(records)).as_dict()
    assert ours == {name: pytest.approx(figures) for name, figures in scored.items()}
