"""`kg_roles`: what the paper does with each entity: proposes it, uses it, compares with it, evaluates on it.

Read from the words around its mentions, the sentences they stand in ("we propose", "outperforms", "trained on",
"experiments on"), where in the abstract these are, and what a reader says (`Doc._.kg_reader`, see `kg_encoder`).  Sets
`role`, `role_score` (its probability), `role_chances` and `sentence` (the evidence) of each `FoundEntity` in
`Doc._.kg_entities`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import MOST_PLACES, FoundEntity
from kg.extract.features import Text, context_features, cue
from kg.extract.tables import Tabled, Weights
from kg.extract.tag_spans import CLIP
from kg.models import ENTITY_TYPES, ROLES, EntityType

CLASSES = tuple(dict.fromkeys(role for roles in ROLES.values() for role in roles))
_WINDOW = 60  # tokens before and after a mention that count, if its sentence is that long
_NEAR = 12
_CARRIED = ("patterns:", "lexicon:", "shape:", "times:", "title", "seen", "unseen", "head:", "apposition:")


@Language.factory("kg_roles")
class Roles(Tabled):
    """Decides the role of every entity; see the module's docstring.  `weights`: what each feature tells."""

    factory = "kg_roles"

    def __init__(self, nlp: Language, name: str) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.weights = Weights(CLASSES, {})
        self.shipped()

    def __call__(self, doc: Doc) -> Doc:
        """Set the role of every entity."""
        for entity in doc._.kg_entities:
            places = place_features(doc, entity)
            chances = self.weights.chances(features(doc, entity, places), ROLES[type_of(entity)])
            role = max(ROLES[type_of(entity)], key=lambda role: chances[role])
            entity.role, entity.role_score, entity.role_chances = role, round(chances[role], 3), chances
            column = CLASSES.index(role)
            best = max(places, key=lambda place: (self.weights.sums(places[place])[column], -place[0]))
            entity.sentence = Text.of(doc).spans[Text.of(doc).sentence(best[0])]
        return doc


def features(doc: Doc, entity: FoundEntity, places: Mapping[tuple[int, int], Iterable[str]]) -> dict[str, float]:
    """All that speaks for a role of an entity: itself, its places (from `place_features`), and a reader if one read."""
    found = dict.fromkeys(itertools.chain(carried(entity), *places.values()), 1.0)
    reader = doc._.kg_reader if Doc.has_extension("kg_reader") else None
    if reader is not None:
        for role, chance in reader.roles(entity.mentions[:MOST_PLACES], entity.label).items():
            found[f"reader:{role}"] = max(chance, -CLIP)
    return found


def place_features(doc: Doc, entity: FoundEntity) -> dict[tuple[int, int], set[str]]:
    """Features of every mention."""
    text = Text.of(doc)
    return {place: set(_of_place(text, entity, *place)) for place in entity.mentions[:MOST_PLACES]}


def type_of(entity: FoundEntity) -> EntityType:
    """The record's entity type of a label."""
    return ENTITY_TYPES[("METHOD", "DATASET", "BENCHMARK", "TASK", "METRIC").index(entity.label)]


def carried(entity: FoundEntity) -> Iterator[str]:
    """Features of the entity as a whole, each also with its label."""
    for feature in entity.features:
        if feature.startswith(_CARRIED):
            yield feature
    yield f"label:{entity.label}"


def _of_place(text: Text, entity: FoundEntity, start: int, end: int) -> Iterator[str]:
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
