"""Folding: when two spellings are one name, and how a name looks inside an id.

Case, hyphens, spaces, a plural s, Greek letters and LaTeX markup make no difference; digits, points between digits,
`+`, `#` and `*` do (GPT-3.5 is not GPT-35, C++ is not C).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_DASHES = re.compile(r"[‐-―−_/~]")
_LATEX_COMMAND = re.compile(r"\\(?:text|math|em|bf|it|rm|sc|tt|cal|bb)\w*\b\s*|\\([A-Za-z]+)\b")
_MARKUP = re.compile(r"[\\{}$`'\"‘’“”^*]+(?<!\*)|(?<=\w)\*\*|\*\*(?=\w)")
_SEPARATORS = re.compile(r"[^\w.+#*%]+|(?<!\d)\.|\.(?!\d)")
_ARTICLE = re.compile(r"^(?:the|an|a)\s+")
_NOT_PLURAL = ("ss", "us", "is", "as", "os", "ys")


@lru_cache(maxsize=1 << 17)
def words(name: str) -> tuple[str, ...]:
    """The folded words of a name: lower case, without markup, article and the plural s of the last word.

    >>> words("Self-Tuning Networks")
    ('self', 'tuning', 'network')
    """
    text = _LATEX_COMMAND.sub(r" \1", name)
    text = unicodedata.normalize("NFKC", _MARKUP.sub("", text)).casefold()
    text = "".join(_latin(character) for character in text)
    text = _ARTICLE.sub("", _DASHES.sub("-", text).strip())
    parts = [part for part in _SEPARATORS.split(text) if part]
    if parts:
        parts[-1] = _singular(parts[-1])
    return tuple(parts)


def key(name: str) -> str:
    """What two spellings of one name have in common; empty for a name without a letter or digit.

    >>> key("CIFAR 10") == key("Cifar-10")
    True
    """
    return "".join(words(name))


def slug(name: str) -> str:
    """The name as it stands in an id: folded words joined by hyphens; a hash where nothing is left.

    >>> slug("Self-Tuning Networks")
    'self-tuning-network'
    """
    return "-".join(words(name)) or digest(name)


def digest(text: str, digits: int = 8) -> str:
    """Hexadecimal digits that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=digits // 2).hexdigest()


def title_key(title: str) -> str:
    """What two spellings of one title have in common: its letters and digits, case folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", title).casefold() if c.isalnum()) or title.strip()


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(_NOT_PLURAL) and word[-2].isalpha():
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def _latin(character: str) -> str:
    """Accents off; Greek letters by name (alpha)."""
    if character.isascii():
        return character
    name = unicodedata.name(character, "")
    if name.startswith("GREEK SMALL LETTER "):
        return name.removeprefix("GREEK SMALL LETTER ").split(" WITH ")[0].removeprefix("FINAL ").lower()
    if name == "INFINITY":
        return "infty"
    return "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
