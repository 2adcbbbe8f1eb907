"""What a user gets: the wheel, installed into an empty environment, run from another folder."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(run, check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_schema_lexicon_and_page(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for path in (ROOT / "schema").rglob("*"):
        if path.is_file():
            assert f"kg/_schema/{path.relative_to(ROOT / 'schema')}" in names
    for path in (ROOT / "kg").rglob("*"):
        if path.is_file() and path.suffix in {".py", ".tsv", ".js", ".css", ".html", ".typed"}:
            assert str(path.relative_to(ROOT)) in names
    assert not [name for name in names if name.startswith(("tests/", "training/", "benchmarks/"))]


def test_an_installed_kg_builds_asks_and_draws_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    bin_ = tmp_path / "env" / "bin"
    subprocess.run([bin_ / "pip", "install", "--quiet", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def kg(*arguments: str) -> str:
        done = subprocess.run([bin_ / "kg", *arguments], cwd=elsewhere, check=True, capture_output=True, text=True)
        return done.stdout

    assert "30 papers" in kg("build", *(str(path) for path in sorted((ROOT / "examples").glob("abstracts.*"))))
    assert "paper" in kg("query", "--name", "papers-without-code", "--format", "csv").splitlines()[0]
    assert "INTRODUCES" in kg("schema")
    kg("export", "html", "-o", "page.html")
    assert (elsewhere / "page.html").stat().st_size > 100_000
    installed = subprocess.run([bin_ / "pip", "list"], check=True, capture_output=True, text=True).stdout
    assert "torch" not in installed
