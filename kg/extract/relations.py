"""`kg_relations`: what the paper says of its own method and other things: variant of, uses, part of, outperforms,
evaluated on.

A first version that puts precision first: the head is the method the paper is about (of its components, that method
is the tail), the type follows from the other thing's role and the cues of their sentence.  Sets `Doc._.kg_relations`,
a list of `kg.models.Relation`; needs `kg_roles`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.extract.features import Text
from kg.extract.names import fold
from kg.models import Relation, RelationType

if not Doc.has_extension("kg_relations"):
    Doc.set_extension("kg_relations", default=())

_VARIANT = re.compile(
    r"\b(?:variants?|extensions?|versions?|generali[sz]ations?|adaptations?|modifications?) of\b"
    r"|\b(?:extend|extends|extending|generali[sz]es?|adapts?|builds? (?:up)?on|"
    r"building (?:up)?on|built (?:up)?on|improves? upon)\b",
    re.IGNORECASE,
)
_BEATS = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|superior|better|improv\w+|faster|higher|lower|fewer|gains?|state-of-the-art|sota)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:compris\w+|consist\w*|compos\w+|components?|modules?|stages?|includ\w+|incorporat\w+|equipped|contains?|integrat\w+|introduc\w+|first|then|finally|with)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:compar\w+|versus|vs|contrast\w*|on par|competitive)\b", re.IGNORECASE)
_TRAINS = re.compile(r"\b(?:pre-?)?train(?:s|ed|ing)?\b|\bfine-?tun\w+", re.IGNORECASE)
# How far each rule is believed, and the least score of a relation: from the share that was right, by type and score, on
# 460 annotated abstracts (half of those with relations) with the tables fitted to the other half: evaluated_on .83,
# outperforms .59, variant_of .64, part_of .37, uses .34 (.43 from the least score on), compared_with and trained_on
# next to nothing, so that these two now need a word that says so between the names.
_BELIEF: dict[RelationType, float] = {
    "evaluated_on": 1.0,
    "outperforms": 0.9,
    "variant_of": 0.9,
    "uses": 0.7,
    "part_of": 0.6,
    "compared_with": 0.4,
    "trained_on": 0.4,
}
_LEAST: dict[RelationType, float] = {"uses": 0.26, "part_of": 0.15}
_MOST = 20  # sentences that are looked at for one relation, mentions in one of them
_GAP = 80  # characters between two names that a cue between them can join
_LONGEST = 4000  # characters of a sentence that are read
_OWN = re.compile(r"\b(?:we|our|it|its|this|the proposed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Pair:
    """The paper's method and another thing; the sentences that have both, else the other's; the words between them."""

    main: FoundEntity
    other: FoundEntity
    sentences: list[tuple[tuple[int, int], str, list[str]]]
    together: bool

    def first(self, cue: re.Pattern[str]) -> tuple[int, int] | None:
        """The first sentence with the cue."""
        return next((span for span, words, _ in self.sentences if cue.search(words)), None)

    def first_between(self, cue: re.Pattern[str]) -> tuple[int, int] | None:
        """The first sentence with the cue between the method and the other thing after it."""
        return next((span for span, _, gaps in self.sentences if any(map(cue.search, gaps))), None)


@Language.component("kg_relations")
def relations(doc: Doc) -> Doc:
    """Set `Doc._.kg_relations`."""
    main = main_method(doc)
    if main is None:
        return doc
    read, text = Text.of(doc), doc.text
    own = _by_sentence(read, main)
    found = []
    for other in doc._.kg_entities:
        if other is main or other.label in ("TASK", "METRIC") or other.role == "mentions" or other.sentence is None:
            continue
        its = _by_sentence(read, other)
        shared = sorted(own.keys() & its.keys(), key=lambda number: (number == 0, number))[:_MOST]
        sentences = []
        for number in shared:
            ends = [doc[b - 1].idx + len(doc[b - 1]) for _, b in own[number][:_MOST]]
            starts = [doc[a].idx for a, _ in its[number][:_MOST]]
            gaps = [text[end:start] for end in ends for start in starts if 0 < start - end < _GAP]
            first, last = read.spans[number]
            sentences.append(((first, last), text[first : min(last, first + _LONGEST)], gaps))
        if not shared:
            first, last = other.sentence
            sentences.append((other.sentence, text[first : min(last, first + _LONGEST)], []))
        if relation := _relation(_Pair(main, other, sentences, bool(shared))):
            found.append(relation)
    doc._.kg_relations = found
    return doc


def _by_sentence(text: Text, entity: FoundEntity) -> dict[int, list[tuple[int, int]]]:
    """Sentence number to the mentions in it."""
    places: dict[int, list[tuple[int, int]]] = {}
    for start, end in entity.mentions:
        places.setdefault(text.sentence(start), []).append((start, end))
    return places


def main_method(doc: Doc) -> FoundEntity | None:
    """The method the paper is about: one that it introduces, in the title if any is, else the most certain."""
    introduced = [entity for entity in doc._.kg_entities if entity.label == "METHOD" and entity.role == "introduces"]
    title_end = Text.of(doc).title_end
    return max(
        introduced,
        key=lambda entity: (
            "title:" in entity.features,
            entity.mentions[0][0] < title_end,
            len(entity.mentions) > 1,
            entity.score * entity.role_score,
        ),
        default=None,
    )


def _relation(pair: _Pair) -> Relation | None:
    """What the sentences of a pair say of the two."""
    main, other = pair.main, pair.other
    read = _of_method(pair) if other.label == "METHOD" else _of_data(pair)
    if read is None:
        return None
    type_, span = read
    head, tail = (other, main) if type_ == "part_of" else (main, other)
    certainty = head.score * tail.score * head.role_score * tail.role_score * (1.0 if pair.together else 0.7)
    score = round(_BELIEF[type_] * certainty, 3)
    if score < _LEAST.get(type_, 0.0):
        return None
    return Relation(type=type_, head=head.name, tail=tail.name, score=score, start_char=span[0], end_char=span[1])


def _of_data(pair: _Pair) -> tuple[RelationType, tuple[int, int]] | None:
    """The relation to a data set or benchmark, and its evidence."""
    if pair.other.role == "evaluates_on":
        return "evaluated_on", pair.sentences[0][0]
    trained = pair.first_between(_TRAINS) if pair.other.role == "trains_on" else None
    return ("trained_on", trained) if trained else None


def _of_method(pair: _Pair) -> tuple[RelationType, tuple[int, int]] | None:
    """The relation to another method, and its evidence."""
    span = pair.sentences[0][0]
    if pair.other.role == "introduces":
        part = pair.first(_PART)
        return ("part_of", part) if part else None
    if pair.other.role == "compares":
        better = pair.first(_BEATS)
        if better:
            return "outperforms", better
        compared = pair.first_between(_COMPARES)
        return ("compared_with", compared) if compared else None
    variant = pair.first_between(_VARIANT)
    if variant or _contains(pair.main, pair.other):
        return "variant_of", variant or span
    if pair.together or pair.first(_OWN):
        return "uses", span
    return None


def _contains(main: FoundEntity, other: FoundEntity) -> bool:
    """Whether the name of `main` ends in the other's name: "Nested Dropout", "Dropout"."""
    long, short = fold(main.name), fold(other.name)
    return len(long) > len(short) > 3 and long.endswith(short)
