"""`kg_roles`: what the paper does with each entity: proposes it, uses it, compares with it, evaluates on it.

Read from the words around its mentions, the sentences they stand in ("we propose", "outperforms", "trained on",
"experiments on") and where in the abstract these are, weighed with `roles.tsv`.  Sets `role`, `role_score` (its
probability) and `sentence` (the evidence) of each `FoundEntity` in `Doc._.kg_entities`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import MOST_PLACES, FoundEntity
from kg.extract.features import Text, context_features, cue, weights
from kg.models import ENTITY_TYPES, ROLES, EntityType

_WINDOW = 60  # tokens before and after a mention that count, if its sentence is that long
_NEAR = 12
_CARRIED = ("patterns:", "lexicon:", "shape:", "times:", "title", "seen", "unseen", "head:", "apposition:")


@Language.component("kg_roles")
def roles(doc: Doc) -> Doc:
    """Set the role of every entity."""
    if not doc._.kg_entities:
        return doc
    table = weights("roles.tsv")
    text = Text.of(doc)
    for entity in doc._.kg_entities:
        places = {place: set(place_features(text, entity, *place)) for place in entity.mentions[:MOST_PLACES]}
        type_ = type_of(entity)
        chances = table.chances(set().union(carried(entity), *places.values()), ROLES[type_])
        role = max(ROLES[type_], key=lambda role: chances[role])
        entity.role, entity.role_score = role, round(chances[role], 3)
        column = table.classes.index(role)
        best = max(places, key=lambda place: (table.sums(places[place])[column], -place[0]))
        entity.sentence = text.spans[text.sentence(best[0])]
    return doc


def type_of(entity: FoundEntity) -> EntityType:
    """The record's entity type of a label."""
    return ENTITY_TYPES[("METHOD", "DATASET", "BENCHMARK", "TASK", "METRIC").index(entity.label)]


def carried(entity: FoundEntity) -> Iterator[str]:
    """Features of the entity as a whole, each also with its label."""
    for feature in entity.features:
        if feature.startswith(_CARRIED):
            yield feature
    yield f"label:{entity.label}"


def place_features(text: Text, entity: FoundEntity, start: int, end: int) -> Iterator[str]:
    """Features of one mention: the words around it, the cues in its sentence, where in the text that is."""
    label = entity.label
    for feature in context_features(text, start, end):
        yield feature
        if feature.startswith(("verb:", "prev:", "title")):
            yield f"{label}|{feature}"
    if start < text.title_end:
        return
    first, last = start, end
    while first > 0 and not text.starts[first] and start - first < _WINDOW:
        first -= 1
    while last < len(text) and not text.starts[last] and last - end < _WINDOW:
        last += 1
    for k in range(first, last):
        if not start <= k < end and (name := cue(text.lower[k])):
            side = "before" if k < start else "after"
            yield f"{label}|{side}:{name}"
            if abs(k - start) <= _NEAR:
                yield f"{label}|{side}-near:{name}"
    if "we" in text.lower[first:start] or "our" in text.lower[first:start]:
        yield f"{label}|we"
    if any(word[0].isdigit() for word in text.lower[first:last]):
        yield f"{label}|number"
    part = 4 * (start - text.title_end) // max(1, len(text) - text.title_end)
    yield f"{label}|part:{part}"
    if start < text.second_sentence:
        yield f"{label}|first"
