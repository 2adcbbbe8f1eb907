"""What a default install brings along may be used by anyone: its licences are permissive."""

import re
from importlib import metadata

from packaging.requirements import Requirement

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla|Unlicense|0BSD|Zlib|CC0|HPND)", re.IGNORECASE
)
COPYLEFT = re.compile(r"\b(A|L)?GPL|GNU\b|Sleepycat|EUPL|\bSSPL|Business Source", re.IGNORECASE)


def installed_with(name: str, seen: set[str]) -> set[str]:
    """The distributions that installing `name` without extras brings along."""
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.name.lower() not in seen:
            seen.add(requirement.name.lower())
            installed_with(requirement.name, seen)
    return seen


def licence(name: str) -> str:
    """Everything a distribution says about its licence, in short."""
    found = metadata.metadata(name)
    classifiers = [line for line in found.get_all("Classifier") or () if line.startswith("License")]
    texts = [*(found.get_all("License-Expression") or ()), *(found.get_all("License") or ())]
    return " | ".join([*(text[:60] for text in texts), *classifiers])


def test_every_runtime_dependency_has_a_permissive_licence() -> None:
    names = installed_with("abstract-kg", set())
    assert {"spacy", "kglite", "pyarrow", "neo4j", "pyvis", "networkx"} <= names
    assert "torch" not in names
    for name in sorted(names):
        text = licence(name)
        assert PERMISSIVE.search(text), f"{name}: {text}"
        assert not COPYLEFT.search(text) or " OR " in text or " or " in text, f"{name}: {text}"
