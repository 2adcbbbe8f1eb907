"""The command line as a user meets it: output, messages and exit codes."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kg import cli
from kg.graph.directory import GraphDirectory

EXAMPLES = Path(__file__).parents[1] / "examples"
GOOD = json.dumps({"id": "1", "title": "FooNet: a network", "abstract": "We propose FooNet. We evaluate on ImageNet."})

Captured = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "graph"
    assert run("build", *sorted(EXAMPLES.glob("abstracts.*")), "-g", path, "--workers", 1) == 0
    return path


def snapshot(graph: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted((graph / "versions").rglob("*")) if path.is_file()}


def test_build_says_what_it_did(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.jsonl").write_text(GOOD + "\n")
    assert run("build", tmp_path / "a.jsonl", "-g", tmp_path / "g") == 0
    assert "(version 1): 1 paper, 1 record read, 1 extracted" in capsys.readouterr().out
    assert run("build", tmp_path / "a.jsonl", "-g", tmp_path / "g") == 0
    assert "(unchanged): 1 paper, 1 record read, 0 extracted" in capsys.readouterr().out
    assert run("build", tmp_path / "a.jsonl", "-g", tmp_path / "g", "--quiet") == 0
    assert capsys.readouterr().out == ""


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 20)


def _no_abstract_column(path: Path) -> None:
    path.write_text("title,year\nA paper,2020\n")


@pytest.mark.parametrize("make", [_empty, _binary, _no_abstract_column])
def test_an_input_without_records_fails_and_leaves_the_graph(
    make: object, graph: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "input"
    assert callable(make)
    make(path)
    before = snapshot(graph)
    assert run("build", path, "-g", graph) == 1
    error = capsys.readouterr().err
    assert f"rejected {path}" in error
    assert "the graph is untouched" in error
    assert "Traceback" not in error
    assert snapshot(graph) == before


def _broken_line(path: Path) -> str:
    path.write_text(f'{GOOD}\n{{"title": "Cut\n{GOOD.replace("FooNet", "BarNet")}\n')
    return f"{path}:2: "


def _truncated_gzip(path: Path) -> str:
    lines = [GOOD.replace("FooNet", f"Foo{n}Net{os.urandom(8).hex()}") for n in range(2000)]
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-2000])
    return f"{path}:"


def _cut_page(path: Path) -> str:
    banner = [
        "new",
        "Papers by mail",
        "Subscribe",
        "by us",
        "Jun 6",
    ]
    entries = ["FooNet: a network", "We propose FooNet. We evaluate on ImageNet.", "BarNet: its title and nothing else"]
    path.write_text("\n\n".join([*banner, *entries]))
    return f"{path}:15: "


@pytest.mark.parametrize("make", [_broken_line, _truncated_gzip, _cut_page])
def test_good_records_go_through_and_the_others_are_named(make: object, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "input"
    assert callable(make)
    where = make(path)
    assert run("build", path, "-g", tmp_path / "g", "--workers", 1) == 3
    error = capsys.readouterr().err
    assert f"rejected {where}" in error
    assert "Traceback" not in error
    assert GraphDirectory(tmp_path / "g").open().manifest.counts["papers"] >= 1
    rejected = [json.loads(line) for line in (tmp_path / "g" / "rejected.jsonl").read_text().splitlines()]
    assert rejected
    assert all(each["input"] == str(path) and each["reason"] for each in rejected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build",), "Missing argument"),
        (("build", "missing.jsonl"), "missing.jsonl"),
        (("stats", "-g", "nowhere"), "no graph here; build one with"),
        (("query", "-g", "nowhere"), "give a Cypher query or --name"),
        (("query", "--name", "nothing", "-g", "nowhere"), "no shipped query is called 'nothing'"),
        (("query", "RETURN 1", "--param", "x", "-g", "nowhere"), "should be KEY=VALUE"),
        (("extract", "missing.jsonl", "-o", "x"), "missing.jsonl"),
        (("resolve", "missing.jsonl", "-o", "x"), "no such file"),
        (("eval", "missing.jsonl"), "no such file"),
        (("frobnicate",), "No such command"),
        (("build", "x", "--model", "slow"), "'fast', 'accurate'"),
        (("build", "x", "--min-score", "7"), "--min-score"),
        (("build", "x", "--lexicon", "nowhere.tsv"), "nowhere.tsv"),
        (("lexicon", "missing.jsonl", "-o", "x"), "missing.jsonl"),
    ],
)
def test_wrong_arguments_exit_with_2(
    arguments: tuple[str, ...], message: str, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_query_prints_tables_json_and_csv(graph: Path, capsys: Captured) -> None:
    cypher = "MATCH (p:Paper) WHERE p.year >= $since RETURN count(p) AS papers"
    assert run("query", cypher, "--param", "since=1900", "-g", graph) == 0
    assert "papers" in capsys.readouterr().out
    assert run("query", cypher, "--param", "since=1900", "-g", graph, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"papers": 30}]
    assert run("query", cypher, "--param", "since=1900", "-g", graph, "--format", "csv") == 0
    assert capsys.readouterr().out == "papers\n30\n"
    assert run("query", "--list") == 0
    assert "state-of-the-art" in capsys.readouterr().out


@pytest.mark.parametrize("cypher", ["MATCH (n) DETACH DELETE n", "CREATE (n:Paper {id: 'paper:x'})", "MATCH (n", ""])
def test_queries_that_write_or_cannot_be_read_fail_in_one_line(cypher: str, graph: Path, capsys: Captured) -> None:
    assert run("query", cypher, "-g", graph) == 1
    assert capsys.readouterr().err.startswith("kg: ")
    assert run("query", "MATCH (p:Paper) RETURN count(p) AS n", "-g", graph, "--format", "csv") == 0
    assert capsys.readouterr().out == "n\n30\n"


def test_explain_and_stats(graph: Path, capsys: Captured) -> None:
    assert run("explain", "imagenet", "-g", graph) == 0
    out = capsys.readouterr().out
    assert "dataset:imagenet" in out
    assert "folds to 'imagenet'" in out
    assert run("explain", "ImageNet", "image net", "-g", graph) == 0
    assert "one node: dataset:imagenet" in capsys.readouterr().out
    assert run("explain", "ImageNet", "Ferrule", "-g", graph) == 0
    assert "two nodes" in capsys.readouterr().out
    assert run("explain", "ImagNet", "-g", graph) == 2
    assert "close to it: ImageNet" in capsys.readouterr().err
    assert run("stats", "-g", graph) == 0
    assert "INTRODUCES" in capsys.readouterr().out


def test_a_shipped_query_that_finds_nothing_says_what_comes_close(graph: Path, capsys: Captured) -> None:
    assert run("query", "--name", "code-for-method", "--param", "method=Ferule", "-g", graph) == 0
    assert "close to it: Ferrule" in capsys.readouterr().err


def test_a_paper_is_found_by_the_id_of_its_input(graph: Path, capsys: Captured) -> None:
    first = json.loads((EXAMPLES / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert run("explain", first["id"], "-g", graph) == 0
    assert first["title"] in capsys.readouterr().out


def test_schema_in_every_format(capsys: Captured) -> None:
    for name, expected in (("text", "(Paper)-[INTRODUCES]"), ("mermaid", "flowchart"), ("cypher", "CREATE CONSTRAINT")):
        assert run("schema", "--format", name) == 0
        assert expected in capsys.readouterr().out
    assert run("schema", "--format", "json") == 0
    assert "Paper" in json.loads(capsys.readouterr().out)["nodes"]


def test_extract_resolve_and_eval_work_on_files(tmp_path: Path, capsys: Captured) -> None:
    records, nodes = tmp_path / "records.jsonl", tmp_path / "nodes.jsonl"
    assert run("extract", EXAMPLES / "abstracts.jsonl", "-o", records, "--workers", 1) == 0
    lines = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [
        json.loads(line)["id"] for line in (EXAMPLES / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for line in lines:
        text = line["title"] + "\n" + line["abstract"]
        for entity in line["entities"]:
            for mention in entity["mentions"]:
                assert text[mention["start_char"] : mention["end_char"]] == mention["text"]
    assert run("resolve", records, "-o", nodes) == 0
    assigned = [json.loads(line) for line in nodes.read_text(encoding="utf-8").splitlines()]
    assert {"paper", "type", "name", "node"} == set(assigned[0])
    assert run("eval", records, records, "--json") == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["headline"]["f1"] == 1.0
    assert run("eval", records, "--workers", 1) == 0
    assert "headline" in capsys.readouterr().out


def test_what_is_unlikely_can_be_left_out_everywhere(graph: Path, tmp_path: Path, capsys: Captured) -> None:
    cut = ("--min-score", 0.9, "--workers", 1)
    assert run("extract", EXAMPLES / "abstracts.jsonl", "-o", tmp_path / "all.jsonl", "--workers", 1) == 0
    assert run("extract", EXAMPLES / "abstracts.jsonl", "-o", tmp_path / "cut.jsonl", *cut) == 0
    whole, part = (
        [json.loads(line) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]
        for name in ("all.jsonl", "cut.jsonl")
    )
    assert [record["id"] for record in part] == [record["id"] for record in whole]
    assert 0 < sum(len(record["entities"]) for record in part) < sum(len(record["entities"]) for record in whole)
    assert all(entity["score"] >= 0.9 for record in part for entity in record["entities"])
    assert run("build", EXAMPLES / "abstracts.jsonl", "-g", tmp_path / "g", *cut) == 0
    assert run("export", "html", "-o", tmp_path / "a.html", "-g", graph, "--limit", 1000) == 0
    assert run("export", "html", "-o", tmp_path / "b.html", "-g", graph, "--limit", 1000, "--min-score", 0.9) == 0
    assert (tmp_path / "b.html").stat().st_size < (tmp_path / "a.html").stat().st_size


def test_names_are_mined_and_then_known(tmp_path: Path, capsys: Captured) -> None:
    papers = [
        {"id": str(n), "title": f"On parsing {n}", "abstract": "We train on the QuietStones dataset."} for n in range(3)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    names = tmp_path / "names.tsv"
    assert run("lexicon", tmp_path / "a.jsonl", "-o", names) == 0
    assert "1 name" in capsys.readouterr().out
    assert "QuietStones\tdataset" in names.read_text(encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(GOOD + "\n{}\n", encoding="utf-8")
    assert run("lexicon", tmp_path / "b.jsonl", "-o", names) == 3
    assert run("extract", tmp_path / "a.jsonl", "-o", tmp_path / "r.jsonl", "--lexicon", names, "--quiet") == 0


def test_export_html_draws_what_it_is_asked_for(graph: Path, tmp_path: Path, capsys: Captured) -> None:
    assert run("export", "html", "-o", tmp_path / "a.html", "-g", graph, "--limit", 20) == 0
    assert "20 nodes" in capsys.readouterr().out
    assert run("export", "html", "-o", tmp_path / "b.html", "-g", graph, "--around", "Ferrule") == 0
    query = "MATCH (p:Paper) RETURN p.id AS id ORDER BY id LIMIT 3"
    assert run("export", "html", "-o", tmp_path / "c.html", "-g", graph, "--query", query) == 0
    assert run("export", "html", "-o", tmp_path / "d.html", "-g", graph, "--around", "Nonesuch") == 2
    assert not (tmp_path / "d.html").exists()


def test_standard_input_and_output(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kg", "extract", "-", "-o", "-"]
    done = subprocess.run(command, input=gzip.compress(GOOD.encode()), capture_output=True, check=True, cwd=tmp_path)
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["id"] == "1"


def test_a_reader_that_stops_early_is_no_error(graph: Path) -> None:
    for format_ in ("csv", "json", "table"):
        query = f"{sys.executable} -m kg query 'MATCH (n)-[r]->(m) RETURN n.id, m.id' -f {format_} -g {graph}"
        command = ["bash", "-c", f"{query} | head -1; exit ${{PIPESTATUS[0]}}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == 1
        assert done.stderr == ""


def test_a_killed_build_leaves_the_graph_and_the_next_one_goes_on(graph: Path, tmp_path: Path) -> None:
    copy = tmp_path / "g"
    subprocess.run(["cp", "-r", str(graph), str(copy)], check=True)
    before = snapshot(copy)
    lines = [GOOD.replace("FooNet", f"Foo{n}Net").replace('"1"', f'"{n}"') for n in range(3000)]
    (tmp_path / "more.jsonl").write_text("\n".join(lines))
    command = [sys.executable, "-m", "kg", "build", str(tmp_path / "more.jsonl"), "-g", str(copy), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list((copy / "versions").glob(".staging-*/spool.sqlite")):
        pass
    process.kill()
    process.wait()
    assert snapshot(copy).items() >= before.items()
    assert (copy / "CURRENT").read_text() == "1\n"
    assert run("query", "MATCH (p:Paper) RETURN count(p) AS n", "-g", copy) == 0
    assert run("build", tmp_path / "more.jsonl", "-g", copy, "--workers", 1) == 0
    assert GraphDirectory(copy).open().manifest.counts["papers"] == 3030
