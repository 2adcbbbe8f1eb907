"""What is mined from many papers: types, evidence, ambiguous names, and a file that can be read again."""

import random
from pathlib import Path

import pytest

from kg.errors import KgError
from kg.extract import extractor_version
from kg.extract.lexicon import Entry, load_file
from kg.extract.mining import mine, read, reader, write_lexicon
from kg.extract.pool import IN_PROCESS
from kg.models import Paper

SAYINGS = (
    "We evaluate on the Pebbleton dataset and find no errors.",
    "Experiments on Pebbleton and two other datasets show gains.",
    "The model is trained on the Pebbleton dataset.",
    "We propose RiverNet, a network for stones. RiverNet outperforms all other models.",
    "We compare with baselines such as RiverNet and extend the RiverNet model.",
    "Our method builds on RiverNet, a recent neural network.",
)
PAPERS = [Paper(id=str(n), title=f"Stones part {n}", abstract=text) for n, text in enumerate(SAYINGS)]


def by_name(papers: list[Paper]) -> dict[str, Entry]:
    return {entry.name: entry for entry in mine(papers, workers=1)}


def test_types_and_counts_come_from_what_papers_say() -> None:
    found = by_name(PAPERS)
    assert (found["Pebbleton"].type, found["Pebbleton"].papers) == ("dataset", 3)
    assert (found["RiverNet"].type, found["RiverNet"].papers) == ("method", 3)
    method, dataset, *_ = found["Pebbleton"].evidence
    assert 3 >= dataset > 1.5 > method
    assert found["Pebbleton"].flags == frozenset()


def test_names_of_too_few_papers_are_left_out() -> None:
    assert "Pebbleton" not in {entry.name for entry in mine(PAPERS[:1] + PAPERS[3:])}
    assert "Pebbleton" in {entry.name for entry in mine(PAPERS[:1], least=1)}
    assert "Pebbleton" not in {entry.name for entry in mine(PAPERS, least=4)}


def test_papers_of_one_title_count_as_one() -> None:
    twice = [*PAPERS, Paper(title=PAPERS[0].title.upper(), abstract=f"{PAPERS[0].abstract} Pebbleton is large.")]
    assert by_name(twice)["Pebbleton"].papers == 3
    assert mine(twice) == mine(twice[::-1])
    untitled = [Paper(title="", abstract=paper.abstract) for paper in PAPERS]
    assert by_name(untitled)["Pebbleton"].papers == 3


def test_order_and_processes_do_not_matter() -> None:
    papers = [
        Paper(title=f"Stones volume {n}", abstract=f"{PAPERS[n % 6].abstract} The Sand-{n % 7} dataset is used.")
        for n in range(IN_PROCESS + 20)
    ]
    entries = mine(papers, workers=1)
    random.Random(1).shuffle(papers)
    assert {entry.name for entry in entries} >= {"Pebbleton", "RiverNet", "Sand-3"}
    assert mine(iter(papers), workers=2) == entries


def test_an_acronym_of_several_things_is_ambiguous() -> None:
    texts = [
        "We propose the Quiet Pebble Model (QPM). The QPM model is trained on stones.",
        "We use the Quiet Pebble Model (QPM) and extend the QPM model.",
        "We use Quadratic Parameter Matching (QPM), and QPM outperforms other methods.",
        "We propose Quadratic Parameter Matching (QPM), a method for stones. QPM is an algorithm.",
    ]
    papers = [Paper(title=f"On stones {n}", abstract=text) for n, text in enumerate(texts)]
    assert by_name(papers)["QPM"].flags == {"ambiguous"}
    assert by_name(papers[:2])["QPM"].flags == frozenset()


def test_a_name_that_is_also_a_word_is_ambiguous() -> None:
    texts = ("Experiments on the Gravel dataset show gains.", "We evaluate on the Gravel dataset.")
    papers = [Paper(title=f"On stones {n}", abstract=text) for n, text in enumerate(texts)]
    assert by_name(papers)["Gravel"].flags == frozenset()
    assert by_name([*papers, Paper(title="Roads", abstract="Roads need gravel.")])["Gravel"].flags == {"ambiguous"}


def test_hostile_papers_break_nothing(tmp_path: Path) -> None:
    bad = "We propose #Hash\tNet\u2028, Pipe|Net and Sur\ud800Net models. The Foo\x85Bar and a'-sNet, a'sNet datasets."
    papers = [
        *(Paper(title=f"T{n}\ud800", abstract=f"{bad} {text}") for n, text in enumerate(SAYINGS)),
        Paper(title="Long", abstract="Ab" * 100_000),
        Paper(title="", abstract=""),
    ]
    entries = mine(papers)
    path = tmp_path / "mined.tsv"
    write_lexicon(entries, path)
    assert load_file(path) == tuple(entries)
    assert {"RiverNet", "Pebbleton"} <= {entry.name for entry in entries}


def test_what_is_mined_does_not_depend_on_mined_names() -> None:
    assert "kg_mined" not in read(reader(), "We use BERT.").spans


def test_nothing_comes_of_nothing() -> None:
    assert mine([]) == []


def test_a_mined_lexicon_is_read_by_the_extraction(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    entries = mine(PAPERS)
    write_lexicon(entries, path)
    assert load_file(path) == tuple(entries)
    assert extractor_version(lexicon=path) != extractor_version()


@pytest.mark.parametrize("name", ["a\tb", "#a", " a", "a\u2028b", "a | b", ""])
def test_names_that_no_line_can_hold_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KgError, match="leave it out"):
        write_lexicon([Entry("method", name)], tmp_path / "lexicon.tsv")


def test_a_lexicon_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(KgError, match=r"missing.*cannot be written"):
        write_lexicon([], tmp_path / "missing" / "lexicon.tsv")
