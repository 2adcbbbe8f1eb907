"""`kg_patterns`: phrases that may be names, by their shape and by where they stand.

Names are looked for in runs of tokens that look like names (`LLM-Pruner`, "Nested Dropout"), where names are
introduced ("we propose X", "named X", "X: ..." as a title), in definitions of acronyms, and in phrases that end in a
head word ("counting-contrastive loss").  Sets `Doc.spans["kg_patterns"]`; a span's label is the kind of place
(SHAPED, CAPITALS, CAPITAL, INNER, TITLE, PROPOSED, NAMED, SHORT, LONG, HEADED).  Generous: whether a phrase is a
name, and of what type, is decided by `kg_entities` over all its places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.features import ARTICLES, Text, label_of
from kg.extract.names import NO_NAME_WORDS, NO_NAMES, is_capitalised, is_name_shaped, singular
from kg.extract.words import words

_LONGEST_RUN = 6  # tokens
_REPEATED = 2000  # tokens in which a phrase is looked for again
_LONGEST_HEADED = 12  # tokens, hyphens counted
_STOP = words("stop")
_CLOSES = frozenset(")]}\"'”’»*`_,.;:!?…")
_OPENS = frozenset({'"', "“", "``", "`", "*", "**", "'", "‘", "{", ":"})
_INTRO = words("introducing")
_NAMED = words("naming")
_VERSION = re.compile(
    r"v?\d+(?:\.\d+)?[bBMkK]?|[IVX]+|XL|XXL|Pro|Ultra|Turbo|Mini|Base|Large|Small|Tiny|Nano|Instruct|Chat"
)
_WORD = re.compile(r"[A-Za-zα-ωΑ-Ω∞ℓ][\w'’.+\-‐‑/]*|\d[\w\-]*[A-Za-z]")


@Language.component("kg_patterns")
def patterns(doc: Doc) -> Doc:
    """Set `Doc.spans["kg_patterns"]`."""
    text = Text.of(doc)
    found = {*_shaped(text), *_introduced(text), *_headed(text), *_defined(doc)}
    doc.spans["kg_patterns"] = [
        Span(doc, start, end, label=kind)
        for start, end, kind in sorted(found)
        if not text.blocked.intersection(range(start, end))
    ]
    return doc


def _shaped(text: Text) -> Iterator[tuple[int, int, str]]:
    """Runs of name-shaped and capitalised tokens; in a title, where every word has a capital, name-shaped ones."""
    for i in range(text.title_end):
        if is_name_shaped(text.texts[i]):
            end = i + 1
            while end < text.title_end and _VERSION.fullmatch(text.texts[end]):
                end += 1
            yield i, end, "SHAPED"
    i = text.title_end
    while i < len(text):
        if not _in_run(text, i):
            i += 1
            continue
        end = i + 1
        while end < len(text) and (_in_run(text, end) or _VERSION.fullmatch(text.texts[end])):
            end += 1
        yield from _run(text, i, end)
        i = end


def _run(text: Text, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The candidates in a run of such tokens: itself without ordinary words at its ends, and its name-shaped parts."""
    shaped = {k for k in range(begin, end) if is_name_shaped(text.texts[k])}
    while begin < end and begin not in shaped and (text.lower[begin] in NO_NAME_WORDS or text.lower[begin] in _STOP):
        begin += 1
    if (
        end - begin > 1
        and begin not in shaped
        and text.begins(begin)
        and _is_ordinary(text, begin, begin + 1 in shaped)
    ):
        begin += 1
    while end > begin and end - 1 not in shaped and text.lower[end - 1] in NO_NAME_WORDS:
        end -= 1
    if not 0 < end - begin <= _LONGEST_RUN:
        return
    if end - begin > 1:
        yield begin, end, "SHAPED" if shaped else "CAPITALS"
        for k in sorted(shaped):
            yield k, k + 1, "INNER"
    elif shaped:
        yield begin, end, "SHAPED"
    elif not text.begins(begin) and not any(text.lower[begin] in known for known in (_STOP, NO_NAMES, text.running)):
        yield begin, end, "CAPITAL"


def _is_ordinary(text: Text, i: int, named: bool) -> bool:
    """Whether the first word of a sentence has its capital from there: the abstract also writes it small, or it is a
    participle before a name (`named`: "Adding WarpMix") that the text does not repeat with it.
    """
    if text.lower[i] in text.running:
        return True
    if not named or not text.lower[i].endswith(("ing", "ed")):
        return False
    pair = text.texts[i : i + 2]
    return sum(text.texts[k : k + 2] == pair for k in range(min(len(text), _REPEATED))) < 2


def _in_run(text: Text, i: int) -> bool:
    token = text.texts[i]
    return is_name_shaped(token) or (is_capitalised(token) and token[1:2].isalpha() and bool(_WORD.fullmatch(token)))


def _introduced(text: Text) -> Iterator[tuple[int, int, str]]:
    """Names where papers introduce them: before the title's colon, after "we propose" and "called"."""
    colon = next((i for i in range(1, min(6, text.title_end)) if text.texts[i] == ":"), 0)
    if colon and not any(text.texts[k] in {"?", ","} for k in range(colon)):
        yield 0, colon, "TITLE"
    for i, word in enumerate(text.lower):
        if word not in _INTRO or i < text.title_end:
            continue
        k = i + 1
        while k < len(text) and (text.markup[k] or text.texts[k] in _OPENS or text.texts[k].startswith("\\")):
            k += 1
        if word not in _NAMED:
            while k < len(text) and text.lower[k] in ARTICLES:
                k += 1
        elif k < len(text) and text.lower[k] in {"the", "a", "an"}:
            k += 1
        end = k
        while (
            end < len(text) and end - k < 6 and _WORD.fullmatch(text.texts[end]) and text.lower[end] not in _STOP
        ) or (end < len(text) and text.texts[end] in "-‐‑" and end > k and end - k < 8):
            end += 1
        if (
            end > k
            and end < len(text)
            and (text.markup[end] or text.texts[end] in _CLOSES or text.texts[end] in "(–—" or text.lower[end] in _STOP)
        ):
            yield k, end, "NAMED" if word in _NAMED else "PROPOSED"


def _headed(text: Text) -> Iterator[tuple[int, int, str]]:
    """Phrases of two to four words that end in a head word of methods, tasks or metrics."""
    for i, word in enumerate(text.lower):
        label = label_of(singular(word)) or label_of(word)
        if label is None or i == 0 or label in ("DATASET", "BENCHMARK"):
            continue
        begin, words = i, 1
        while begin > 0 and words < 4 and i - begin < _LONGEST_HEADED:
            if text.texts[begin - 1] in "-‐‑" and begin > 1 and _WORD.fullmatch(text.texts[begin - 2]):
                begin -= 2 if text.texts[begin - 2].isalnum() else 1
            elif (
                _WORD.fullmatch(text.texts[begin - 1]) and text.lower[begin - 1] not in _STOP and not text.starts[begin]
            ):
                begin -= 1
            else:
                break
            while (
                i - begin < _LONGEST_HEADED
                and begin > 1
                and text.texts[begin - 1] in "-‐‑"
                and _WORD.fullmatch(text.texts[begin - 2])
            ):
                begin -= 2
            words += 1
            if text.lower[begin] not in _STOP:
                yield begin, i + 1, "HEADED"


def _defined(doc: Doc) -> Iterator[tuple[int, int, str]]:
    """Both forms of every definition."""
    if Doc.has_extension("kg_abbreviations"):
        for definition in doc._.kg_abbreviations:
            yield definition.short.start, definition.short.end, "SHORT"
            yield definition.long.start, definition.long.end, "LONG"
