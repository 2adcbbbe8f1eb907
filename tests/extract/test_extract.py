"""The whole extraction: records of invented abstracts, batches, hostile text."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from kg.errors import KgError
from kg.extract import extract, extract_batch, extractor_version
from kg.extract.pool import BATCH, IN_PROCESS
from kg.models import ENTITY_TYPES, ROLES, Entity, Paper, Record

TITLE = "RiverBERT: Slow Pre-training for Quiet Text"
ABSTRACT = (
    "Pre-training of language models is costly. We propose RiverBERT, a variant of BERT with a Quiet River Loss (QRL). "
    "We evaluate RiverBERT on CIFAR-10/100, GLUE and the SQuAD dataset for question answering. "
    "It outperforms RoBERTa by 2.5% and reaches an accuracy of 91.3% on SQuAD. "
    "Code is available at https://github.com/river/riverbert."
)


@pytest.fixture(scope="module")
def record() -> Record:
    (made,) = extract_batch([Paper(id="same id", title=TITLE, abstract=ABSTRACT)])
    return made


def entity(record: Record, form: str) -> Entity:
    return next(e for e in record.entities if form in {m if isinstance(m, str) else m.text for m in e.mentions})


def check(record: Record) -> None:
    """The record agrees with the format: offsets, names, whole sentences, roles."""
    text = record.text
    for found in record.entities:
        assert found.type in ENTITY_TYPES
        assert found.role in ROLES[found.type]
        assert found.name
        assert 0 <= (found.score or 0) <= 1
        for mention in found.mentions:
            assert not isinstance(mention, str)
            assert text[mention.start_char : mention.end_char] == mention.text
        assert len({m.text for m in found.mentions if not isinstance(m, str)}) == len(found.mentions)
    names = {e.name for e in record.entities}
    for relation in record.relations or ():
        assert {relation.head, relation.tail} <= names
    for result in record.results or ():
        assert result.value in text
        assert result.raw is not None
        assert result.raw in text
        assert {result.metric, result.dataset, result.method} <= names | {None}
    spans = [(link.start_char, link.end_char) for link in record.links]
    spans += [(result.start_char, result.end_char) for result in record.results or ()]
    spans += [(relation.start_char, relation.end_char) for relation in record.relations or ()]
    spans += [(e.role_evidence.start_char, e.role_evidence.end_char) for e in record.entities if e.role_evidence]
    for start, end in spans:
        assert start is not None
        assert text[start:end] == text[start:end].strip() != ""
        assert start == 0 or text[start - 1].isspace()
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


def test_record_agrees_with_the_format(record: Record) -> None:
    check(record)
    assert record.id == "same id"
    assert record.extractor == extractor_version()


def test_types_and_roles(record: Record) -> None:
    assert (entity(record, "RiverBERT").type, entity(record, "RiverBERT").role) == ("method", "introduces")
    assert entity(record, "BERT").type == "method"
    assert entity(record, "RoBERTa").role == "compares"
    assert (entity(record, "SQuAD").type, entity(record, "SQuAD").role) == ("dataset", "evaluates_on")
    assert entity(record, "GLUE").type == "benchmark"
    assert (entity(record, "question answering").type, entity(record, "accuracy").type) == ("task", "metric")


def test_definition_is_one_entity(record: Record) -> None:
    assert entity(record, "QRL") is entity(record, "Quiet River Loss")


def test_shared_part_is_expanded(record: Record) -> None:
    assert entity(record, "CIFAR-10/100").name == "CIFAR-100"
    assert entity(record, "CIFAR-10").name == "CIFAR-10"


def test_umbrella_terms_and_links_are_no_entities(record: Record) -> None:
    forms = {m.text for e in record.entities for m in e.mentions if not isinstance(m, str)}
    assert "language models" not in forms
    assert not any("riverbert" in form for form in forms)


def test_links(record: Record) -> None:
    assert [(link.url, link.kind) for link in record.links] == [("https://github.com/river/riverbert", "code")]


def test_results(record: Record) -> None:
    by_value = {result.value: result for result in record.results or ()}
    gain, score = by_value["2.5%"], by_value["91.3%"]
    assert gain.delta
    assert not score.delta
    assert (score.number, score.unit, score.metric, score.dataset) == (91.3, "%", "accuracy", "SQuAD")


def test_relations(record: Record) -> None:
    found = {(r.head, r.type, r.tail) for r in record.relations or ()}
    assert {("RiverBERT", "evaluated_on", "SQuAD"), ("RiverBERT", "outperforms", "RoBERTa")} <= found
    # Which of the two it is, the model holds for open: a variant of a thing uses it, too.
    assert {("RiverBERT", "variant_of", "BERT"), ("RiverBERT", "uses", "BERT")} & found


@pytest.mark.parametrize(
    "abstract",
    [
        "",
        " ",
        "\n\n\n",
        "\x00\ud800 BERT \u202e عربى 中文 BERT e\u0301",
        "(" * 3000 + "BERT",
        "$" * 3000 + "\\" * 3000,
        "BERT and BERTs " * 2000,
        "https://" * 500,
        "a." * 3000,
        "We propose Foo " * 500,
        "1,111" * 800 + "% accuracy",
    ],
)
def test_hostile_text_costs_no_other_paper(abstract: str) -> None:
    hostile, kept = extract_batch([Paper(title="\u0130: T", abstract=abstract), Paper(title=TITLE, abstract=ABSTRACT)])
    assert kept.links
    assert entity(kept, "RiverBERT").role == "introduces"
    if "\ud800" not in abstract:
        check(hostile)


@pytest.mark.parametrize(
    "piece",
    [
        "BERT ",
        "(",
        "(A [B ",
        "https://a.b/c ",
        "Quiet nets rest. ",
        "Quiet River Networks (QRN) ",
        "detection - ",
        "/100",
        "BERT's, ",
        "accuracy of 91.3% on SQuAD, ",
        "We propose FooNet ",
    ],
)
def test_work_grows_with_the_text(piece: str) -> None:
    def calls(times: int) -> int:
        count = 0

        def note(_frame: object, _event: str, _argument: object) -> None:
            nonlocal count
            count += 1

        paper = Paper(title=TITLE, abstract="CIFAR-10" + piece * times)
        sys.setprofile(note)
        try:
            extract_batch([paper])
        finally:
            sys.setprofile(None)
        return count

    calls(400)  # fills the caches
    assert calls(400) < 2.4 * calls(200)


def test_long_text_keeps_its_entities() -> None:
    (record,) = extract_batch([Paper(title=TITLE, abstract=ABSTRACT + " word" * 60_000 + " ends with RoBERTa's net.")])
    assert entity(record, "RoBERTa").role == "compares"
    assert len(record.links) == 1


def test_mentions_have_no_marks_around_them() -> None:
    abstract = "GPT-4\u2019s and GPT-4's texts, 'ResNet-50', (VGG)'s and BERT- or LLaMA-based nets."
    (record,) = extract_batch([Paper(title="On GPT-4's net", abstract=abstract)])
    forms = {m.text for e in record.entities for m in e.mentions if not isinstance(m, str)}
    assert {"GPT-4", "ResNet-50", "VGG", "BERT", "LLaMA"} <= forms
    assert all(form[0].isalnum() and form[-1].isalnum() and "'s" not in form for form in forms)
    check(record)


def test_no_name_goes_over_the_end_of_the_title() -> None:
    (record,) = extract_batch([Paper(title="A view on image", abstract="Classification is hard.")])
    assert not any("\n" in m.text for e in record.entities for m in e.mentions if not isinstance(m, str))


def test_a_failing_component_is_named_and_the_rest_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> list[str]:
        raise ValueError(text)

    monkeypatch.setattr("kg.extract.links._places", fail)
    (record,) = extract_batch([Paper(id="p7", title=TITLE, abstract=ABSTRACT)])
    assert record.links == ()
    assert entity(record, "RiverBERT")
    assert "p7" in caplog.text
    assert "kg_links" in caplog.text


def test_order_and_ids_do_not_depend_on_processes() -> None:
    papers = [
        Paper(id=str(n // 2), title=f"Net{n}X: a model", abstract=f"We propose Net{n}X.")
        for n in range(IN_PROCESS + BATCH)
    ]
    alone = list(extract(papers, workers=1))
    assert [record.title for record in alone] == [paper.title for paper in papers]
    assert list(extract(iter(papers), workers=2)) == alone


def test_streams() -> None:
    taken = []

    def papers() -> object:
        for n in range(10 * IN_PROCESS):
            taken.append(n)
            yield Paper(title=f"T{n}")

    next(extract(papers(), workers=1))  # type: ignore[arg-type]
    assert len(taken) <= IN_PROCESS + BATCH


def test_users_lexicon_is_believed_and_changes_the_version(tmp_path: Path) -> None:
    file = tmp_path / "dataset.tsv"
    file.write_text("quiet pebbles\tpebbles\t\n", encoding="utf-8")
    paper = Paper(title="On stones", abstract="We look at quiet pebbles.")
    (record,) = extract([paper], lexicon=file)
    assert (entity(record, "quiet pebbles").type, record.extractor) == ("dataset", extractor_version(lexicon=file))
    assert not any(e.type == "dataset" for e in extract_batch([paper])[0].entities)
    before = extractor_version(lexicon=file)
    file.write_text("loud pebbles\t\t\n", encoding="utf-8")
    assert len({before, extractor_version(lexicon=file), extractor_version()}) == 3


def test_lexicon_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KgError, match=r"missing\.tsv"):
        list(extract([Paper(title="T")], lexicon=tmp_path / "missing.tsv"))
    odd = tmp_path / "things.tsv"
    odd.write_text("Foo\n", encoding="utf-8")
    with pytest.raises(KgError, match="dataset"):
        list(extract([Paper(title="T")], lexicon=odd))
