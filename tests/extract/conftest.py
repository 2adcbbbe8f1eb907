"""What tests of single steps share."""

import pytest
import spacy
from spacy.language import Language

import kg.extract.links
import kg.extract.sentences  # noqa: F401  # registers the factory
from kg.extract.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.tokenizer = build_tokenizer(nlp.vocab)
    nlp.add_pipe("kg_sentences")
    nlp.add_pipe("kg_links")
    return nlp
