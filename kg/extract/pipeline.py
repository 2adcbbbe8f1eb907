"""The models: which components read a text, in which order, and how a model is loaded.

A model is a pipeline folder of spaCy, `kg/extract/model/NAME`: its `config.cfg`, and a folder for each component that
has data.  `training/fit.py` writes it.  The models differ in the tagger only, a convolutional network in `fast` and a
BERT in `accurate`, and in what was fitted to its findings.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import spacy
from spacy.language import Language

from kg.errors import KgError, UsageError

# Importing a component's module registers its factory.
from kg.extract import (  # noqa: F401
    abbreviations,
    agreement,
    clean,
    coordination,
    encoder,
    entities,
    heads,
    known_names,
    links,
    patterns,
    relations,
    results,
    roles,
    sentences,
    tagger,
    tokenizer,
)
from kg.extract.tables import MODELS
from kg.models import ModelName

TAGGERS: dict[ModelName, str] = {"fast": "kg_tagger", "accurate": "kg_encoder"}
COMPONENTS = (
    "kg_clean",
    "kg_sentences",
    "kg_links",
    "kg_tagger",  # or another of `TAGGERS`
    "kg_lexicon",
    "kg_abbreviations",
    "kg_patterns",
    "kg_coordination",
    "kg_heads",
    "kg_entities",
    "kg_agreement",
    "kg_roles",
    "kg_relations",
    "kg_results",
)
_ACCURATE_NEEDS = ("onnxruntime", "tokenizers")


def model_path(name: ModelName = "fast") -> Path:
    """The folder of a shipped model; `spacy.load` reads it.

    Raises:
        UsageError: there is no such model.
        KgError: this installation has no such model, or lacks what it needs.
    """
    if name not in TAGGERS:
        raise UsageError(f"{name}: no such model; there are {' and '.join(TAGGERS)}")
    if not (MODELS / name / "config.cfg").is_file():
        raise KgError(f"{MODELS / name}: the model {name} is missing; install abstract-kg again")
    if name == "accurate" and not all(map(find_spec, _ACCURATE_NEEDS)):
        raise KgError("the model accurate needs ONNX Runtime; install it with: pip install 'abstract-kg[accurate]'")
    return MODELS / name


def build(model: ModelName = "fast", lexicon: Path | None = None) -> Language:
    """A shipped model, ready to read texts of any length; `lexicon` is read beside the shipped one.

    Raises:
        UsageError: there is no such model.
        KgError: the model lacks what it needs, or the lexicon cannot be read.
    """
    config = {"components.kg_lexicon.path": str(lexicon)} if lexicon else {}
    nlp = spacy.load(model_path(model), config=config)
    nlp.max_length = 1 << 31  # no parser, no limit
    return nlp


def blank(tagging: str | None = None) -> Language:
    """A pipeline of all components, before anything is fitted; `tagging` is one of `TAGGERS`, or none."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "kg.NameTokenizer.v1"}}})
    nlp.max_length = 1 << 31
    for name in COMPONENTS:
        if name != "kg_tagger":
            nlp.add_pipe(name)
        elif tagging:
            nlp.add_pipe(tagging)
    return nlp
