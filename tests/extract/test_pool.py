"""Extraction in a pool of processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import KgError
from kg.extract import extract
from kg.models import Paper

PAPERS = [Paper(id=str(n), title=f"Foo{n}Net", abstract=f"We propose Foo{n}Net. It uses BERT.") for n in range(900)]


def pool_processes() -> list[int]:
    """The processes of this process's pool (Linux)."""
    commands = {int(path.parent.name): path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")}
    return [
        process
        for process, command in commands.items()
        if b"popen_loky" in command
        and Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    ]


def test_a_pool_gives_the_records_of_one_process_in_order() -> None:
    assert list(extract(iter(PAPERS), workers=2)) == list(extract(PAPERS, workers=1))


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from kg.extract import extract\nfrom kg.models import Paper\n"
        "papers = [Paper(id=str(n), title='A', abstract='We use BERT.') for n in range(500)]\n"
        "print(len(list(extract(papers, workers=2))))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "500\n"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the processes in /proc")
def test_a_killed_process_is_an_error_that_says_what_to_do() -> None:
    def papers() -> Iterator[Paper]:
        yield from PAPERS
        for process in pool_processes():
            os.kill(process, signal.SIGKILL)
        yield from PAPERS

    with pytest.raises(KgError, match="an extracting process was killed"):
        list(extract(papers(), workers=2))
