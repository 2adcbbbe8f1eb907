"""Whether a short form can stand for a long form."""

from __future__ import annotations

from kg.resolve import fold

_LONGEST = 12  # letters and digits of a short form


def is_short_form(name: str) -> bool:
    """Whether a name looks like an acronym: one word of at most twelve characters, two of them capitals."""
    core = name.rstrip("s")
    return len(core) <= _LONGEST and " " not in name and sum(c.isupper() for c in core) >= 2


def stands_for(short: str, long: str) -> bool:
    """Whether every letter of `short` occurs in `long` in order, the first one at the start of a word.

    The matching condition of Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions in
    biomedical text", PSB 2003.
    """
    letters, text = fold.key(short.removesuffix("s")), " ".join(fold.words(long))
    if not letters or len(text) < 2 * len(letters) or not is_short_form(short):
        return False
    position = len(text)
    for index in range(len(letters) - 1, -1, -1):
        position = text.rfind(letters[index], 0, position)
        while index == 0 and position > 0 and text[position - 1] != " ":
            position = text.rfind(letters[0], 0, position)
        if position < 0:
            return False
    return True
