"""The shipped lexicon is sound, and a lexicon file that is not is refused with the place named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import spacy

from kg.errors import KgError
from kg.extract import lexicon
from kg.extract.lexicon import MINED, Entry, fold, load, load_file
from kg.models import ENTITY_TYPES, EntityType

SHIPPED = Path(lexicon.__file__).parent


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return load()


def types_of(entries: tuple[Entry, ...], form: str) -> set[EntityType]:
    return {entry.type for entry in entries if fold(form) in map(fold, entry.forms)}


def flags_of(entries: tuple[Entry, ...], form: str) -> frozenset[str]:
    return next(entry.flags for entry in entries if fold(form) in map(fold, entry.forms))


def test_every_type_is_well_covered(entries: tuple[Entry, ...]) -> None:
    counts = Counter(entry.type for entry in entries)
    least = {"dataset": 700, "benchmark": 400, "method": 900, "task": 450, "metric": 120}
    assert set(counts) == set(ENTITY_TYPES)
    assert {type_: counts[type_] for type_ in ENTITY_TYPES if counts[type_] < least[type_]} == {}


@pytest.mark.parametrize(
    ("form", "type_"),
    [
        ("CIFAR-10", "dataset"),
        ("ImageNet-1K", "dataset"),
        ("WikiText-103", "dataset"),
        ("The Pile", "dataset"),
        ("MMLU", "benchmark"),
        ("GLUE", "benchmark"),
        ("SWE-bench", "benchmark"),
        ("LoRA", "method"),
        ("Llama-2-70B", "method"),
        ("group relative policy optimization", "method"),
        ("3D Gaussian Splatting", "method"),
        ("named entity recognition", "task"),
        ("NER", "task"),
        ("neural architecture search", "task"),
        ("top-1 accuracy", "metric"),
        ("mIoU", "metric"),
        ("FLOPs", "metric"),
    ],
)
def test_common_names_have_one_type(entries: tuple[Entry, ...], form: str, type_: EntityType) -> None:
    assert types_of(entries, form) == {type_}


def test_no_form_has_two_types(entries: tuple[Entry, ...]) -> None:
    types: dict[str, set[EntityType]] = {}
    for entry in entries:
        for form in entry.forms:
            types.setdefault(fold(form), set()).add(entry.type)
    assert {form: found for form, found in types.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    "word", ["model", "training", "dataset", "benchmark", "method", "network", "performance", "data"]
)
def test_generic_words_are_no_names(entries: tuple[Entry, ...], word: str) -> None:
    assert types_of(entries, word) == set()


@pytest.mark.parametrize(
    "form", ["large language models", "LLM", "deep learning", "reinforcement learning", "CNN", "fine-tuning"]
)
def test_fields_are_umbrella_terms(entries: tuple[Entry, ...], form: str) -> None:
    assert "umbrella" in flags_of(entries, form.removesuffix("s"))


@pytest.mark.parametrize("form", ["MATH", "Replica", "Spider", "Wanda"])
def test_names_that_are_words_are_ambiguous(entries: tuple[Entry, ...], form: str) -> None:
    assert "ambiguous" in flags_of(entries, form)


def test_size_and_version_stay_apart(entries: tuple[Entry, ...]) -> None:
    names = {fold(entry.name) for entry in entries}
    for name in (
        "Llama-2",
        "Llama-2-70B",
        "SWE-bench",
        "SWE-bench Lite",
        "FlashAttention-2",
        "Tanks and Temples",
        "AIME 2024",
    ):
        assert fold(name) in names


def test_metrics_know_their_direction(entries: tuple[Entry, ...]) -> None:
    better = {entry.name: entry.higher_is_better for entry in entries if entry.type == "metric"}
    assert better["accuracy"] is True
    assert better["perplexity"] is False
    assert sum(direction is not None for direction in better.values()) > 0.9 * len(better)


@pytest.mark.parametrize("type_", ENTITY_TYPES)
def test_files_are_tidy(type_: EntityType) -> None:
    raw = (SHIPPED / f"{type_}.tsv").read_bytes()
    text = raw.decode("utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    names = [row.split("\t")[0] for row in rows]
    assert text.startswith("# ")
    assert b"\r" not in raw
    assert text.endswith("\n")
    assert [row for row in rows if row != row.rstrip() or "  " in row] == []
    assert names == sorted(names, key=lambda name: (fold(name), name))


def test_columns_comments_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "metric.tsv"
    path.write_text("# a comment\n\nzap rate\tZR | zaps\tcased, lower\nbare name\n", encoding="utf-8")
    zap, bare = load(tmp_path)
    assert zap == Entry("metric", "zap rate", ("ZR", "zaps"), frozenset({"cased", "lower"}))
    assert zap.forms == ("zap rate", "ZR", "zaps")
    assert zap.higher_is_better is False
    assert bare == Entry("metric", "bare name")
    assert bare.higher_is_better is None


def test_entries_come_in_the_order_of_types(tmp_path: Path) -> None:
    (tmp_path / "task.tsv").write_text("zapping\n", encoding="utf-8")
    (tmp_path / "method.tsv").write_text("Zapper\n", encoding="utf-8")
    (tmp_path / "other.tsv").write_text("ignored\n", encoding="utf-8")
    assert [(entry.type, entry.name) for entry in load(tmp_path)] == [("method", "Zapper"), ("task", "zapping")]


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ("A\n\tB\n", 2, "name is empty"),
        ("A\tB | \n", 1, "empty alias"),
        ("A\tB\tcased\tmore\n", 1, "4 columns"),
        ("A\t\tcase\n", 1, "unknown flag 'case'"),
        ("A\t\thigher\n", 1, "unknown flag 'higher' for a method"),
        ("# head\nNet-A\nB\tnet a\n", 3, "already stands in line 2"),
        ("Net-A\tnet_a\n", 1, "already stands in line 1"),
        ("--\n", 1, "no letter or digit"),
    ],
)
def test_bad_rows_name_file_and_line(tmp_path: Path, rows: str, line: int, reason: str) -> None:
    path = tmp_path / "method.tsv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(KgError, match=reason) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_metric_has_one_direction(tmp_path: Path) -> None:
    path = tmp_path / "metric.tsv"
    path.write_text("A\t\thigher,lower\n", encoding="utf-8")
    with pytest.raises(KgError, match="both"):
        load(tmp_path)


def test_a_folder_without_a_lexicon_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgError, match=r"method\.tsv"):
        load(tmp_path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(KgError, match=r"names\.tsv"):
        load_file(path, "method")


def test_one_file_of_all_types(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(
        "# mine\nname\ttype\taliases\tflags\nZapper\tmethod\tZap | ZP\tcased\n\n"
        "zap rate\tmetric\t\tlower\nZapSet\tdataset\n",
        encoding="utf-8-sig",
    )
    assert load_file(path) == (
        Entry("method", "Zapper", ("Zap", "ZP"), frozenset({"cased"})),
        Entry("metric", "zap rate", (), frozenset({"lower"})),
        Entry("dataset", "ZapSet"),
    )


def test_columns_come_in_any_order_and_evidence_is_read(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("papers\ttype\tname\tmethod\tdataset\n7\tdataset\tZapSet\t1.5\t4\n", encoding="utf-8")
    assert load_file(path) == (Entry("dataset", "ZapSet", papers=7, evidence=(1.5, 4.0, 0.0, 0.0, 0.0)),)


def test_a_file_named_after_its_type_needs_no_header(tmp_path: Path) -> None:
    path = tmp_path / "method.tsv"
    path.write_text("Zapper\n", encoding="utf-8")
    assert load_file(path) == (Entry("method", "Zapper"),)
    path.write_text("name\ttype\nZapSet\tdataset\n", encoding="utf-8")
    assert load_file(path) == (Entry("dataset", "ZapSet"),)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("name\ttype\tcolour\n", 1, "unknown column 'colour'"),
        ("name\ttype\tname\n", 1, "twice"),
        ("name\ttype\nZap\tgadget\n", 2, "type 'gadget'"),
        ("name\ttype\nZap\n", 2, "type ''"),
        ("name\ttype\n\tmethod\n", 2, "name is empty"),
        ("name\ttype\nZap\tmethod\tx\n", 2, "3 columns"),
        ("name\ttype\nZap\tmethod\nzap\ttask\n", 3, "already stands in line 2"),
        ("name\ttype\tpapers\tmethod\nZap\tmethod\tten\t1\n", 2, "'ten' in the column papers"),
        ("name\ttype\tpapers\tmethod\nZap\tmethod\t3\t-1\n", 2, "'-1' in the column method"),
        ("name\ttype\tpapers\tmethod\nZap\tmethod\tnan\t1\n", 2, "'nan' in the column papers"),
        ("name\ttype\tpapers\tmethod\nZap\tmethod\t3\t4\n", 2, "more evidence than papers"),
    ],
)
def test_bad_lines_of_one_file_name_file_and_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KgError, match=reason) as caught:
        load_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("text", ["", "Zapper\n"])
def test_a_file_that_tells_no_type_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KgError, match=r"name<TAB>type.*method\.tsv"):
        load_file(path)


def groups(lexicon_file: Path, text: str) -> dict[str, list[tuple[str, str, str]]]:
    nlp = spacy.blank("en")
    nlp.add_pipe("kg_lexicon", config={"path": str(lexicon_file)})
    doc = nlp(text)
    return {
        name: [(span.text, span.label_, span.id_) for span in doc.spans[name]] for name in ("kg_lexicon", "kg_mined")
    }


def test_a_name_with_evidence_is_believed_less_than_one_without(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(
        "name\ttype\tflags\tpapers\tmethod\tdataset\nquiet pebbles\tdataset\nloud pebbles\tdataset\t\t30\t1\t29\n"
        "Mud\tmethod\tambiguous\t4\t2\t1\n",
        encoding="utf-8",
    )
    found = groups(path, "With quiet pebbles, loud pebbles, mud and Mud.")
    assert ("quiet pebbles", "DATASET", "user") in found["kg_lexicon"]
    assert found["kg_mined"] == [("loud pebbles", "DATASET", "most:many"), ("Mud", "METHOD", "half:few:ambiguous")]
    assert not {"loud pebbles", "Mud"} & {text for text, *_ in found["kg_lexicon"]}


def test_the_users_evidence_comes_before_the_shipped(tmp_path: Path) -> None:
    name = max((entry for entry in load_file(MINED) if not entry.flags), key=lambda entry: entry.papers).name
    path = tmp_path / "names.tsv"
    path.write_text(f"name\ttype\tpapers\tbenchmark\n{name}\tbenchmark\t6\t4\n", encoding="utf-8")
    assert (name, "BENCHMARK", "more:some") in groups(path, f"We like {name} a lot.")["kg_mined"]


def test_the_mined_lexicon_is_sound() -> None:
    entries = load_file(MINED)
    counts = Counter(entry.type for entry in entries)
    assert {type_ for type_ in ENTITY_TYPES if counts[type_] < 50} == set()
    assert len(entries) > 3000
    assert all(entry.papers >= 3 and entry.evidence for entry in entries)
    assert all(entry.evidence[ENTITY_TYPES.index(entry.type)] >= 0.2 * entry.papers for entry in entries)
    assert 0 < sum("ambiguous" in entry.flags for entry in entries) < len(entries) / 4


@pytest.mark.parametrize("name", ["MATH", "SAM", "GAP"])
def test_mined_names_of_several_things_are_ambiguous(name: str) -> None:
    assert next(entry for entry in load_file(MINED) if entry.name == name).flags == {"ambiguous"}
