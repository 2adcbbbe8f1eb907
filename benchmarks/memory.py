"""Memory of extraction over a whole corpus, to show that it does not grow; prints a table of README.md.

    python -m benchmarks.memory CORPUS [--model NAME] [--workers N] [--every N]

Memory is the resident memory of this process and its workers together, the most in each stretch of N papers.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.build import MemoryMeter, machine
from kg import read
from kg.extract import extract
from kg.extract.pipeline import TAGGERS


def main() -> None:
    """Extract, print a row every so many papers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", choices=TAGGERS, default="fast")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=int, default=10_000)
    arguments = parser.parse_args()
    meter = MemoryMeter()
    meter.start()
    print(f"{machine()}\n\n`{arguments.model}`, {arguments.workers} processes\n")
    print("| papers | seconds | most memory since the row before, MiB |\n|---:|---:|---:|")
    papers = read.read([arguments.corpus], lambda rejected: print(rejected, file=sys.stderr))
    started, done = time.monotonic(), 0

    def row() -> None:
        print(f"| {done:,} | {time.monotonic() - started:.0f} | {meter.peak / 2**20:,.0f} |", flush=True)
        meter.peak = 0

    for done, _ in enumerate(extract(papers, model=arguments.model, workers=arguments.workers), 1):
        if done % arguments.every == 0:
            row()
    if done % arguments.every:
        row()


if __name__ == "__main__":
    main()
