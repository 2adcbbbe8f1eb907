"""Head words: what the last word of a name tells about its type, and words beside names that are no part of them."""

from __future__ import annotations

from kg.extract.words import kinds, words

_LABEL_OF = kinds("heads")
TRIMMED_BEFORE = words("trimmed_before")
TRIMMED_AFTER = words("trimmed_after")


def label_of(word: str) -> str | None:
    """The type (METHOD, DATASET, ...) that a head word tells, None if it tells none."""
    return _LABEL_OF.get(word.casefold())
