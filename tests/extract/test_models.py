"""The shipped models: loading them, and each component alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import spacy

import kg
from kg.errors import KgError, UsageError
from kg.extract import extract_batch, extractor_version, pipeline
from kg.extract.pipeline import COMPONENTS, TAGGERS, blank, build, model_path
from kg.extract.records import to_record
from kg.extract.tables import MODELS
from kg.models import Paper

PAPER = Paper(
    id="p",
    title="RiverBERT: Slow Pre-training for Quiet Text",
    abstract="We propose RiverBERT, a variant of BERT (Devlin et al., 2019). It beats RoBERTa by 2.5% on SQuAD.",
)


def test_spacy_loads_the_model_and_finds_what_extraction_finds() -> None:
    (record,) = extract_batch([PAPER])
    nlp = spacy.load(kg.model_path())
    assert to_record(PAPER, nlp(PAPER.text), extractor_version()) == record
    assert record.entities


def test_the_shipped_models_have_the_components_in_order() -> None:
    for name, tagger in TAGGERS.items():
        if (MODELS / name).is_dir():
            order = [tagger if component == "kg_tagger" else component for component in COMPONENTS]
            assert spacy.load(MODELS / name, exclude=[tagger]).pipe_names == [n for n in order if n != tagger]


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name not in TAGGERS.values()])
def test_each_component_works_alone(name: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe(name)
    for text in (PAPER.text, "", "one"):
        assert nlp(text).text == text


def test_all_factories_are_entry_points() -> None:
    """In a process that has imported nothing of ours."""
    names = ", ".join(repr(name) for name in (*COMPONENTS, "kg_encoder"))
    code = f"import spacy; print([n for n in [{names}] if not spacy.blank('en').has_factory(n)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_folder_loads_where_nothing_of_ours_was_imported() -> None:
    code = f"import spacy; print(len(spacy.load({str(model_path())!r})('We propose FooNet.')._.kg_entities))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 0


def test_a_model_survives_the_disk(tmp_path: Path) -> None:
    build().to_disk(tmp_path / "copy", exclude=["vocab"])
    again, first = spacy.load(tmp_path / "copy"), build()
    assert to_record(PAPER, again(PAPER.text), "x") == to_record(PAPER, first(PAPER.text), "x")


def test_no_such_model() -> None:
    with pytest.raises(UsageError, match="fast and accurate"):
        model_path("slow")  # type: ignore[arg-type]


def test_accurate_without_what_it_needs_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "accurate").mkdir()
    (tmp_path / "accurate" / "config.cfg").touch()
    monkeypatch.setattr(pipeline, "MODELS", tmp_path)
    monkeypatch.setattr(pipeline, "find_spec", lambda name: None)
    with pytest.raises(KgError, match=r"pip install 'abstract-kg\[accurate\]'"):
        model_path("accurate")


def test_the_version_tells_the_model_and_its_files() -> None:
    assert extractor_version().startswith(f"kg-fast/{kg.__version__}+")


def test_a_pipeline_to_be_fitted_has_the_components_in_order() -> None:
    assert blank("kg_tagger").pipe_names == list(COMPONENTS)
