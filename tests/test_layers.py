"""Data moves one way: no stage imports from a stage after its own."""

import ast
from pathlib import Path

import pytest

KG = Path(__file__).parents[1] / "kg"
STAGES = ["read", "extract", "resolve", "graph", "store", "export"]
# What stands above all stages and joins them.
ABOVE = {"api", "cli", "records", "__main__"}


def imported(path: Path) -> set[str]:
    """The parts of `kg` that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        found |= {module.split(".")[1] for module in modules if module.startswith("kg.")}
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_from_those_before_it(stage: str) -> None:
    later = set(STAGES[STAGES.index(stage) + 1 :]) | ABOVE
    for path in (KG / stage).rglob("*.py"):
        assert not imported(path) & later, path


def test_what_all_stages_share_imports_none_of_them() -> None:
    for name in ("models", "errors", "schema", "files"):
        assert not imported(KG / f"{name}.py") & {*STAGES, *ABOVE}, name
