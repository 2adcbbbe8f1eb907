"""Time and peak memory of `kg.build` on a corpus, stage by stage; prints the tables of benchmarks/README.md.

    python benchmarks/build.py CORPUS [--gold GOLD.jsonl] [--workers N]

Memory is the resident memory of this process and its workers together, sampled from /proc (Linux); pages that they
share count once for each.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
import threading
import time
from pathlib import Path

import kg
from kg import evaluate
from kg.extract import extract

_PAGE = os.sysconf("SC_PAGE_SIZE")


class MemoryMeter(threading.Thread):
    """Samples the resident memory of this process and all its descendants; `peak` is in bytes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        while True:
            self.peak = max(self.peak, sum(map(_resident, _family())))
            time.sleep(0.05)


def _family() -> set[int]:
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has just ended
                continue
    family, grown = {os.getpid()}, True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return family


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def machine() -> str:
    """Processor, cores, memory and versions, in one line."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "?",
    )
    memory = os.sysconf("SC_PHYS_PAGES") * _PAGE / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, kg {kg.__version__}"


class Stages:
    """A progress callback that notes when each stage began."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.begun: dict[str, float] = {}

    def __call__(self, stage: str, *_: object) -> None:
        self.begun.setdefault(stage, time.monotonic())

    def table(self) -> str:
        """Seconds a stage, and all of them."""
        end = time.monotonic()
        ends = [*list(self.begun.values())[1:], end]
        rows = [
            f"| {stage} | {till - begin:.1f} |" for (stage, begin), till in zip(self.begun.items(), ends, strict=True)
        ]
        return "\n".join(["| stage | seconds |", "|---|---:|", *rows, f"| **all** | **{end - self.started:.1f}** |"])


def build(corpus: Path, workers: int | None) -> None:
    """Build a fresh graph, then the same again, and print what it took."""
    meter = MemoryMeter()
    meter.start()
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph"
        for title in ("first build", "the same input again"):
            meter.peak = 0
            stages = Stages()
            summary = kg.build([corpus], graph, workers=workers, progress=stages)
            table = stages.table()
            counts = summary.version.manifest.counts
            print(
                f"\n{title}: {summary.read:,} records read, {summary.papers:,} papers, {summary.extracted:,} extracted;"
            )
            things, edges, statements = (counts[name] for name in ("entities", "edges", "support"))
            print(f"{things:,} other nodes, {edges:,} relationships, {statements:,} statements")
            print(f"\n{table}\n\npeak memory {meter.peak / 2**30:.2f} GiB", flush=True)
        size = sum(path.stat().st_size for path in (graph / "versions").rglob("*") if path.is_file())
        print(f"tables on disk {size / 2**20:.0f} MiB")
        started = time.monotonic()
        with kg.open(graph) as opened:
            rows = opened.query("MATCH (:Paper)-[r:EVALUATES_ON]->() RETURN count(r) AS n")
        print(f"opening the embedded store and a first query {time.monotonic() - started:.1f} s: {rows.rows}")


def quality(gold: Path) -> None:
    """Score extraction and its speed on annotated records."""
    annotated = evaluate.read_records(gold)
    papers = [kg.Paper(id=record.id, title=record.title, abstract=record.abstract) for record in annotated]
    list(extract(papers[:5], workers=1))  # loads the pipeline
    started = time.monotonic()
    extracted = list(extract(papers, workers=1))
    seconds = time.monotonic() - started
    words = sum(len(paper.text.split()) for paper in papers)
    result = evaluate.evaluate(annotated, extracted)
    print(f"\n{gold.name}: {len(papers)} papers, {words / seconds:,.0f} words a second on one core\n")
    print("| | precision | recall | F1 |\n|---|---:|---:|---:|")
    for name, row in result.rows.items():
        print(f"| {name} | {row.precision:.3f} | {row.recall:.3f} | {row.f1:.3f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--gold", type=Path, action="append", default=[])
    parser.add_argument("--workers", type=int)
    arguments = parser.parse_args()
    print(f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, {machine()}")
    for gold in arguments.gold:
        quality(gold)
    build(arguments.corpus, arguments.workers)


if __name__ == "__main__":
    main()
