"""The measures of extraction."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kg.errors import KgError
from kg.evaluate import MEASURES, Row, evaluate, fold, fold_url, read_records
from kg.models import Record


def entity(name: str, type_: str = "method", role: str = "uses", *mentions: str, **more: Any) -> dict[str, Any]:
    return {"type": type_, "role": role, "name": name, "mentions": list(mentions or (name,)), **more}


def record(*entities: dict[str, Any], id_: str = "p1", title: str = "", **more: Any) -> Record:
    return msgspec.convert({"id": id_, "title": title, "entities": entities, "links": [], **more}, Record)


def counts(gold: Record | list[Record], predicted: Record | list[Record], measure: str) -> tuple[int, int, int]:
    golds = gold if isinstance(gold, list) else [gold]
    found = predicted if isinstance(predicted, list) else [predicted]
    row = evaluate(golds, found).rows[measure]
    return row.tp, row.fp, row.fn


def test_row() -> None:
    row = Row(tp=3, fp=1, fn=2)
    assert (row.precision, row.recall) == (0.75, 0.6)
    assert row.f1 == pytest.approx(2 / 3)
    assert (Row().precision, Row().recall, Row().f1) == (0, 0, 0)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Widget-Net", "widget net"),
        ("The WidgetNets", "WidgetNet"),
        ("Widget\u2013Net", "Widget_Net"),
        ("{W}idget$Net$", "WidgetNet"),
        ("Widget\u2019s", "Widgets"),
    ],
)
def test_forms_that_are_the_same(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize(("a", "b"), [("CIFAR-10", "CIFAR-100"), ("Loss", "Los"), ("GAS", "GA"), ("Theory", "ory")])
def test_forms_that_are_not(a: str, b: str) -> None:
    assert fold(a) != fold(b)


def test_addresses_that_are_the_same() -> None:
    assert fold_url(" https://www.GitHub.com/doe/w.git/ ") == fold_url("github.com/doe/w")
    assert fold_url("github.com/doe/w") != fold_url("github.com/doe/w2")


def test_an_entity_is_found_by_any_form() -> None:
    gold = record(entity("Turning Widget Network", "method", "uses", "Turning Widget Network", "TWN"))
    assert counts(gold, record(entity("TWNs")), "method") == (1, 0, 0)
    assert counts(gold, record(entity("turning widget network (TWN)")), "method") == (1, 0, 0)
    assert counts(gold, record(entity("Widget")), "method") == (0, 1, 1)
    assert counts(gold, record(entity("TWN", "dataset")), "method") == (0, 0, 1)
    assert counts(gold, record(entity("TWN", "dataset")), "dataset") == (0, 1, 0)


def test_a_second_entity_for_one_thing_is_wrong() -> None:
    gold = record(entity("Turning Widget Network", "method", "uses", "Turning Widget Network", "TWN"))
    assert counts(gold, record(entity("TWN"), entity("Turning Widget Network")), "method") == (1, 1, 0)


def test_resource_takes_data_sets_and_benchmarks_as_one() -> None:
    gold, predicted = record(entity("W-Bench", "benchmark")), record(entity("W-Bench", "dataset"))
    assert counts(gold, predicted, "benchmark") == (0, 0, 1)
    assert counts(gold, predicted, "resource") == (1, 0, 0)
    assert counts(gold, predicted, "headline") == (0, 1, 1)


def test_optional_entities_neither_help_nor_harm() -> None:
    gold = record(entity("W", optional=True), entity("TWN"))
    assert counts(gold, record(entity("TWN")), "method") == (1, 0, 0)
    assert counts(gold, record(entity("W"), entity("TWN")), "method") == (1, 0, 0)


def test_optional_entity_never_takes_the_hit_of_a_required_one() -> None:
    gold = record(entity("W", "method", "uses", "W", "TWN", optional=True), entity("TWN"))
    assert counts(gold, record(entity("TWN")), "method") == (1, 0, 0)


@pytest.mark.parametrize(("papers", "wrong"), [(2, 1), (3, 0)])
def test_umbrella_terms_are_not_punished(papers: int, wrong: int) -> None:
    golds = [record(entity("LLMs", optional=True), id_=f"g{n}") for n in range(papers)] + [record()]
    assert counts(golds, record(entity("LLM")), "method") == (0, wrong, 0)


def test_role_counts_what_is_found_with_another_role_as_wrong_and_missed() -> None:
    gold = record(entity("A", role="introduces"), entity("B"), entity("C"), entity("D", optional=True))
    predicted = record(entity("A", role="introduces"), entity("B", role="compares"), entity("D"))
    assert counts(gold, predicted, "role") == (1, 1, 2)


def test_links_with_and_without_kind() -> None:
    code = {"url": "https://github.com/doe/w", "kind": "code"}
    gold = record(links=[code, {"url": "https://w.example", "kind": "demo"}])
    predicted = record(
        links=[{"url": "github.com/doe/w/", "kind": "data"}, {"url": "https://x.example", "kind": "demo"}]
    )
    assert counts(gold, predicted, "link") == (1, 1, 1)
    assert counts(gold, predicted, "link_kind") == (0, 2, 2)
    assert counts(gold, predicted, "headline") == (1, 1, 1)


def test_relations_go_by_the_forms_of_their_ends() -> None:
    twn = entity("Turning Widget Network", "method", "introduces", "Turning Widget Network", "TWN")
    relation = {"type": "uses", "head": "Turning Widget Network", "tail": "Screw"}
    gold = record(twn, relations=[relation])
    for head, tail, type_, right in (
        ("TWN", "screws", "uses", 1), ("TWN", "Screw", "part_of", 0), ("Screw", "TWN", "uses", 0),
    ):  # fmt: skip
        predicted = record(entity("TWN"), relations=[{"type": type_, "head": head, "tail": tail}])
        assert counts(gold, predicted, "relation") == (right, 1 - right, 1 - right)


def test_results_go_by_value_and_what_the_annotation_names() -> None:
    gold = record(results=[{"value": "1,234.5 points", "metric": "Turns"}])
    for result, right in (
        ({"value": "1234.5", "metric": "turn", "dataset": "W"}, 1),
        ({"value": "1234.5"}, 0),
        ({"value": "1234.5", "metric": "Speed"}, 0),
        ({"value": "1234", "metric": "Turns"}, 0),
    ):
        assert counts(gold, record(results=[result]), "result") == (right, 1 - right, 1 - right)


def test_relations_and_results_count_only_where_they_are_annotated() -> None:
    found: dict[str, Any] = {"relations": [{"type": "uses", "head": "A", "tail": "B"}], "results": [{"value": "5"}]}
    for measure in ("relation", "result"):
        assert counts(record(), record(**found), measure) == (0, 0, 0)
        assert counts(record(relations=[], results=[]), record(**found), measure) == (0, 1, 0)
        assert counts(record(**found), record(), measure) == (0, 0, 1)


def test_papers_are_joined_on_title_else_id() -> None:
    gold = record(entity("A"), id_="g1", title="Turning Widgets")
    assert counts(gold, record(entity("A"), id_="x", title="turning widget"), "method") == (1, 0, 0)
    assert counts(gold, record(entity("A"), id_="g1", title="Something Else"), "method") == (1, 0, 0)
    assert counts(gold, record(entity("A"), id_="x", title="Something Else"), "method") == (0, 0, 1)
    assert counts(gold, [], "method") == (0, 0, 1)


def test_evaluation_tells_what_was_missed_and_invented_most_often() -> None:
    golds = [record(entity("A"), entity("B"), id_=f"g{n}") for n in range(3)]
    found = [record(entity("C"), *([entity("A")] if n else []), id_=f"g{n}") for n in range(2)]
    evaluation = evaluate(golds, found)
    assert (evaluation.papers, evaluation.predicted) == (3, 2)
    assert evaluation.misses == [(("method", "B"), 3), (("method", "A"), 2)]
    assert evaluation.extras == [(("method", "C"), 2)]
    assert tuple(evaluation.rows) == MEASURES
    figures = json.loads(json.dumps(evaluation.as_dict()))
    assert figures["papers"] == 3
    assert figures["method"] == {
        "p": pytest.approx(1 / 3), "r": pytest.approx(1 / 6), "f1": pytest.approx(2 / 9),
        "tp": 1, "fp": 2, "fn": 5,
    }  # fmt: skip


def test_read_records(tmp_path: Path) -> None:
    records = [record(entity("A"), id_="a"), record(id_="b", relations=[])]
    lines = b"\n\n".join(map(msgspec.json.encode, records))
    for name, content in (("plain", lines), ("packed", gzip.compress(lines))):
        (tmp_path / name).write_bytes(content)
        assert read_records(tmp_path / name) == records
    assert [found.relations for found in read_records(tmp_path / "plain")] == [None, ()]


@pytest.mark.parametrize("line", [b"{", b'{"id": "x"}', b"5", b'{"id": 5, "entities": [], "links": []}', b"\xff{}"])
def test_bad_record_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(msgspec.json.encode(record()) + b"\n" + line + b"\n")
    with pytest.raises(KgError, match=r"records\.jsonl:2: no record"):
        read_records(path)


def test_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(msgspec.json.encode(record()) + b"\n")[:-8])
    with pytest.raises(KgError, match=r"records\.jsonl\.gz: cannot be read beyond record 1"):
        read_records(path)
    with pytest.raises(KgError, match="nowhere"):
        read_records(tmp_path / "nowhere")


def disturbed(gold: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A prediction that is right here and wrong there."""
    entities = []
    for annotated in gold["entities"]:
        changed = {key: value for key, value in annotated.items() if key != "optional"}
        match chance.randrange(12):
            case 0:
                continue
            case 1:
                changed["type"] = chance.choice(["method", "dataset", "benchmark", "task", "metric"])
            case 2:
                changed["role"] = "mentions"
            case 3:
                changed |= {"name": changed["name"] + "x", "mentions": changed["mentions"][1:]}
            case 4:
                entities += [dict(changed), entity("LLMs"), entity("a deep network")]
        entities.append(changed)
    chance.shuffle(entities)
    links = [
        {"url": link["url"] + chance.choice(["", "/", "zz"]), "kind": chance.choice([link["kind"], "other"])}
        for link in gold["links"]
    ]
    relations = [relation | {"type": chance.choice([relation["type"], "uses"])} for relation in gold["relations"]]
    results = [result | {"metric": chance.choice([result.get("metric"), None])} for result in gold["results"]]
    title = chance.choice([gold["title"], gold["title"].upper(), "another title"])
    id_ = chance.choice([gold["id"], "x" + gold["id"]])
    return {
        "id": id_, "title": title, "entities": entities, "links": links,
        "relations": relations[chance.randrange(2) :] * chance.choice([1, 1, 2]), "results": results,
    }  # fmt: skip


@pytest.mark.shared
def test_the_same_numbers_as_the_reference(shared: Path, tmp_path: Path) -> None:
    gold, predicted = shared / "eval" / "gold" / "dev.jsonl", tmp_path / "predicted.jsonl"
    chance = random.Random(5)
    golds = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    found = [disturbed(record, chance) for record in golds if chance.random() < 0.95]
    predicted.write_text("".join(json.dumps(record) + "\n" for record in found), encoding="utf-8")
    command = [sys.executable, str(shared / "eval" / "score.py"), str(gold), str(predicted), "--json"]
    reference = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    ours = evaluate(read_records(gold), read_records(predicted))
    assert (ours.papers, ours.predicted) == (reference.pop("papers"), reference.pop("predicted"))
    assert list(ours.rows) == list(reference)
    for name, row in ours.rows.items():
        theirs = reference[name]
        assert (row.tp, row.fp, row.fn) == (theirs["tp"], theirs["fp"], theirs["fn"]), name
        assert (row.precision, row.recall, row.f1) == pytest.approx((theirs["p"], theirs["r"], theirs["f1"])), name
        assert 0 < row.f1 < 1
