"""The README and the command line say the same, and the README's blocks run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from kg import cli, queries

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = typer.main.get_command(cli.app)


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield path, command


ALL = list(commands(COMMAND))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_help_and_is_in_the_readme(path: tuple[str, ...], command: Any) -> None:
    assert command.help
    assert f"kg {' '.join(path)}" in README
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert parameter.help, parameter.name


def test_the_readme_names_every_shipped_query() -> None:
    assert {name for name in queries.names() if f"`{name}`" not in README} == set()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shown_lines = "\n".join(blocks("console")).splitlines()
    lines = [line.removeprefix("$ ") for line in shown_lines if line.startswith("$ kg ")]
    assert len(lines) >= 8
    for line in lines:
        assert cli.main(shlex.split(line)[1:]) == 0, line
        shown = capsys.readouterr().out
        assert shown.strip(), line
        assert "0 rows" not in shown.splitlines(), line
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})
        assert capsys.readouterr().out.strip()


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (ROOT / target).exists(), f"{document}: {target}"
