"""The pipeline: which components read a text, in which order.

A statistical `ner` component that labels METHOD, DATASET, BENCHMARK, TASK or METRIC goes in after `kg_links`:
`kg_entities` weighs what it finds with the rest.
"""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language

# Importing a component's module registers its factory.
from kg.extract import (  # noqa: F401
    abbreviations,
    coordination,
    entities,
    known_names,
    links,
    patterns,
    relations,
    results,
    roles,
    sentences,
)
from kg.extract.tokenizer import build_tokenizer

COMPONENTS = (
    "kg_sentences",
    "kg_links",
    "kg_lexicon",
    "kg_abbreviations",
    "kg_patterns",
    "kg_coordination",
    "kg_entities",
    "kg_roles",
    "kg_relations",
    "kg_results",
)


def build(lexicon: Path | None = None) -> Language:
    """A blank English pipeline with our tokenizer and all components; `lexicon` is read beside the shipped one.

    Raises:
        KgError: the lexicon cannot be read.
    """
    nlp = spacy.blank("en")
    nlp.max_length = 1 << 31  # no parser, no limit
    nlp.tokenizer = build_tokenizer(nlp.vocab)
    for name in COMPONENTS:
        config = {"path": str(lexicon) if lexicon else None} if name == "kg_lexicon" else {}
        nlp.add_pipe(name, config=config)
    return nlp
