"""`kg_agreement`: a document agrees with itself: a long form and its acronym are one entity, and every place at which
the text has the name of an entity is a mention of it.

Reads `Doc._.kg_abbreviations` and changes the mentions and names of `Doc._.kg_entities`, of which it leaves the more
probable one where two are joined.  Since a name is one entity there, all its mentions have one type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.abbreviations import Definition
from kg.extract.clean import display
from kg.extract.entities import FoundEntity, best_form
from kg.extract.features import Text
from kg.extract.known_names import MAX_TOKENS
from kg.extract.names import fold, is_name_shaped, singular, squeeze, uppercase

_SCORES = re.compile(r"[ -]scores$")


@Language.component("kg_agreement")
def agreement(doc: Doc) -> Doc:
    """Join entities, add mentions and choose names in `Doc._.kg_entities`."""
    if not doc._.kg_entities:
        return doc
    definitions = doc._.kg_abbreviations if Doc.has_extension("kg_abbreviations") else ()
    forms, defined = _join({fold(entity.name): entity for entity in doc._.kg_entities}, definitions)
    _mention(doc, forms)
    entities = {id(entity): entity for entity in forms.values()}
    for number, entity in entities.items():
        spelt = any(fold(display(doc, a, b)) == fold(entity.name) for a, b in entity.mentions)
        if spelt:  # not so "CIFAR-100" of `CIFAR-10/100`
            entity.name = _name(doc, entity, defined.get(number))
    doc._.kg_entities = sorted(entities.values(), key=lambda entity: entity.mentions[0])
    return doc


def _join(
    found: dict[str, FoundEntity], definitions: Iterable[Definition]
) -> tuple[dict[str, FoundEntity], dict[int, Definition]]:
    """Key to entity, a long form and its acronym being one; and an entity's first definition, by its `id()`."""
    forms = dict(found)
    keys = {id(entity): [key] for key, entity in found.items()}
    defined: dict[int, Definition] = {}
    for definition in definitions:
        short, long = (fold(_display(form)) for form in (definition.short, definition.long))
        pair = [forms[key] for key in (long, short) if key in forms]
        if not pair or short == long or (len(pair) == 2 and pair[0] is pair[1]):
            continue
        entity = max(pair, key=lambda e: e.score)
        for other in pair:
            entity.features = other.features | entity.features
        entity.mentions = sorted(
            {
                *(mention for other in pair for mention in other.mentions),
                (definition.long.start, definition.long.end),
                (definition.short.start, definition.short.end),
            }
        )
        mine = keys[id(entity)]
        mine += [key for other in pair if other is not entity for key in keys[id(other)]] + [short, long]
        forms.update(dict.fromkeys(mine, entity))
        defined.setdefault(id(entity), definition)
    return forms, defined


def _mention(doc: Doc, forms: dict[str, FoundEntity]) -> None:
    """Add every other place at which the text has the name of an entity."""
    text = Text.of(doc)
    prefixes = {key[:n] for key in forms for n in range(1, len(key) + 1)}
    spelt_small = {id(e): any(doc[a:b].text.islower() for a, b in e.mentions) for e in forms.values()}
    texts = text.texts
    parts = ["" if residue else squeeze(part) for part, residue in zip(texts, text.markup, strict=True)]
    taken = {i for entity in forms.values() for a, b in entity.mentions for i in range(a, b)}
    i = 0
    while i < len(parts):
        end, hit, key = i, None, ""
        for j in range(i, min(i + MAX_TOKENS, len(parts))):
            key += parts[j]
            if j in taken or not parts[i] or (j > i and text.starts[j]):
                break
            if parts[j] and (found := forms.get(key) or forms.get(singular(key))):
                end, hit = j + 1, found
            if key not in prefixes:
                break
        # A name that is one word must be written as a name: "Based" is none of its other mentions in "based on".
        if hit and (
            end - i > 1 or spelt_small[id(hit)] or uppercase(texts[i]) >= (2 if i == 0 or texts[i - 1] in ".\n" else 1)
        ):
            hit.mentions.append((i, end))
        i = max(end, i + 1)
    for entity in forms.values():
        entity.mentions = sorted(set(entity.mentions))


def _name(doc: Doc, entity: FoundEntity, definition: Definition | None) -> str:
    """The best name: the long form of a definition, unless the short form is the thing's own name."""
    if definition is None:
        name = best_form(doc, entity.mentions)
        return _measure(name) if entity.label == "METRIC" else name
    text = Text.of(doc)
    short = _display(definition.short)
    own = not definition.short_inside or short in text.texts[: text.title_end] or not short.rstrip("s").isupper()
    # Tasks and measures are no one's own: "mean average precision", however it is shortened.
    return short if own and entity.label not in {"TASK", "METRIC"} else _display(definition.long)


def _measure(name: str) -> str:
    """A measure as it is called: "F1" of "F1 scores", "accuracy" of "accuracies"."""
    bare = _SCORES.sub("", name)
    if bare and is_name_shaped(bare.split()[-1]):
        return bare
    return f"{name[:-3]}y" if name.endswith("ies") else name


def _display(span: Span) -> str:
    return display(span.doc, span.start, span.end)
