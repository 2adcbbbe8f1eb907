"""What a name looks like: folded keys, shapes, and the generic words that are part of no name."""

from __future__ import annotations

import re
from functools import lru_cache

from kg.extract.words import words

_DROPPED = re.compile(r"['’]s\b|[\s_\-‐‑–\\{}$`'\"]+")


@lru_cache(maxsize=1 << 16)
def fold(form: str) -> str:
    """The key by which two surface forms are the same.

    Case, spaces, hyphens, markup and a plural or possessive s do not count.
    """
    return singular(_DROPPED.sub("", form.casefold()))


@lru_cache(maxsize=1 << 16)
def squeeze(token: str) -> str:
    """A token's part of a folded key, plural kept, so that the parts of a name can be put together."""
    return _DROPPED.sub("", token.casefold())


def singular(key: str) -> str:
    """The key without a plural s."""
    return key[:-1] if len(key) > 3 and key.endswith("s") and not key.endswith("ss") else key


def as_written(form: str) -> str:
    """The form without spaces and hyphens but with its case: what `cased` names are compared by."""
    return _DROPPED.sub("", form)


def uppercase(text: str) -> int:
    """How many capital letters a text has."""
    return sum(map(str.isupper, text))


# Acronyms and words that look like names and are none: fields, hardware, units, countries, document parts.
NO_NAMES = words("no_names")
# Capitalised words that begin no name of their own in running text.
NO_NAME_WORDS = words("no_name_words")
_SHAPE = re.compile(
    r"(?=.*[A-Za-z])(?:"
    r".*[a-z].*[A-Z].*"  # LoRA, GraphCodeBERT, iTransformer
    r"|.*[A-Z].*[A-Z].*"  # BERT, LLaVA
    r"|.*[A-Z].*\d.*|.*\d.*[A-Z].*"  # T5, Clothing1M, ResNet-50, 4DSuperPixels
    r"|[A-Z][\w+]*[-‐‑][\w+-]+"  # Co-teaching, Swin-b
    r"|[α-ωΑ-Ω∞ℓ][-‐‑]\w+"  # λ-Former
    r")"
)
_QUANTITY = re.compile(
    r"[~≈<>≥≤]?[+\-±]?\d[\d.,]*(?:[kKmMbBxX×%]|st|nd|rd|th|-?[dD]|[MGTKP]B|ms|s|-bit|-shot|-way|-class|-[a-z]+)?\+?"
)


@lru_cache(maxsize=1 << 16)
def is_name_shaped(token: str) -> bool:
    """Whether a token looks like a name: inner capitals, an acronym, digits after a capital, a hyphenated capital."""
    key = token.casefold()
    if (
        len(token) < 2
        or len(token) > 60
        or key in NO_NAMES
        or singular(key) in NO_NAMES
        or (not token[-1].isalnum() and token[-1] not in "+★*")
    ):
        return False
    return bool(_SHAPE.fullmatch(token)) and not _QUANTITY.fullmatch(token) and token[0] not in "\\+-."


def is_capitalised(token: str) -> bool:
    """Whether a token begins with a capital letter and is a word."""
    return token[0].isupper() and len(token) > 1
