"""What `kg extract --explain` tells of one paper."""

import re
from pathlib import Path

import msgspec
import pytest

from kg.cli import main
from kg.extract.explain import Explanation, explain, strongest
from kg.extract.pipeline import blank
from kg.extract.tables import Weights
from kg.models import Paper

nlp = blank()
PAPER = Paper(
    id="p1",
    title="RiverBERT: Slow Pre-training",
    abstract=(
        "We propose **RiverBERT**, a variant of BERT with a Quiet River Loss (QRL). <script>alert(1)</script> "
        "We evaluate it on CIFAR-10/100 and SQuAD for deep learning. It outperforms RoBERTa by 2.5%. "
        "Code is at https://github.com/river/riverbert."
    ),
)


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explain(nlp, PAPER)


def lines(explanation: Explanation, component: str) -> list[str]:
    (section,) = (section for section in explanation.sections if section.component == component)
    return [finding.text for finding in section.findings]


def test_every_component_has_its_section(explanation: Explanation) -> None:
    explained = [name for name in nlp.pipe_names if name != "kg_heads"]
    assert [section.component for section in explanation.sections] == explained


def test_what_was_found_and_why(explanation: Explanation) -> None:
    assert "'**' at 40 is markup" in lines(explanation, "kg_clean")
    assert lines(explanation, "kg_links") == ["https://github.com/river/riverbert: code 0.95 for 'Code'"]
    assert lines(explanation, "kg_abbreviations") == ["'QRL' stands for 'Quiet River Loss'"]
    assert "'CIFAR-10/100': EXPANDED, stands for 'CIFAR-100'" in lines(explanation, "kg_coordination")
    names = lines(explanation, "kg_entities")
    assert any(re.match(r"'RiverBERT' \(2 places\): METHOD \d\.\d\d, .*; kept as METHOD", line) for line in names)
    assert "'deep learning': left out: a whole field, no entity" in names
    assert any("left out: below the threshold" in line for line in names)


def test_roles_have_their_evidence(explanation: Explanation) -> None:
    (section,) = (section for section in explanation.sections if section.component == "kg_roles")
    river = next(finding for finding in section.findings if finding.text.startswith("'RiverBERT': introduces"))
    assert river.reasons[-1] in {"in: RiverBERT: Slow Pre-training", f"in: {PAPER.abstract.split('<')[0].strip()}"}
    assert re.fullmatch(r".+: introduces [+-]\d.*, \w+ [+-]\d.*", river.reasons[0])


def test_text_has_all_in_one_line_each(explanation: Explanation) -> None:
    text = explanation.text()
    assert text.startswith("p1: RiverBERT: Slow Pre-training\n")
    for section in explanation.sections:
        assert f"{section.heading} ({section.component})" in text


def test_page_needs_nothing_else_and_is_escaped(explanation: Explanation) -> None:
    page = explanation.html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=", page)
    assert 'class="spans"' in page
    assert "METHOD introduces" in page


def test_strongest_features_come_first() -> None:
    weights = Weights(("A", "B"), {"x": (1.0, 0.0), "y": (-3.0, 0.0), "z": (0.1, 0.0)})
    assert strongest(weights, {"x": 2.0, "y": 1.0, "z": 1.0, "unknown": 9.0}, "A", "B", 2) == [
        "y: A -3.00, B +0.00",
        "x = 2.00: A +2.00, B +0.00",
    ]


@pytest.mark.parametrize("abstract", ["", "\ud800 BERT", "(" * 300, "$\\alpha"])
def test_any_text_can_be_explained(abstract: str) -> None:
    made = explain(nlp, Paper(title="", abstract=abstract))
    assert "nothing" in made.text()
    assert made.html().startswith("<!DOCTYPE html>")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = tmp_path / "papers.jsonl"
    papers.write_bytes(msgspec.json.encode(PAPER) + b"\n" + msgspec.json.encode(Paper(id="p2", title="On stones")))
    page = tmp_path / "page.html"
    assert main(["extract", str(papers), "--explain", "-o", str(page)]) == 0
    assert "RiverBERT" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert main(["extract", str(papers), "--explain", "--id", "p2"]) == 0
    assert capsys.readouterr().out.startswith("p2: On stones")
    assert main(["extract", str(papers), "--explain", "--id", "p3"]) == 2
    assert "p3" in capsys.readouterr().err
    assert main(["extract", str(papers)]) == 2
    assert "-o" in capsys.readouterr().err
