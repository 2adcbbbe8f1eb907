"""`kg_entities`: candidate spans become entities: one name, one type, every mention.

Reads the span groups `kg_lexicon`, `kg_patterns` and `kg_coordination`, and `Doc.ents` with labels METHOD, DATASET,
BENCHMARK, TASK or METRIC if a statistical component set them; leaves out what is in `kg_umbrella`, in links or in
citations.  What each name is, if one, is decided over all its places. Sets `Doc._.kg_entities`, a list of
`FoundEntity` in the order of first mention.  `Span._.kg_name` is the name a candidate stands for where its text is
not the name ("CIFAR-100" for `CIFAR-10/100`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.abbreviations import Definition
from kg.extract.features import CLASSES, Text, context_features, form_features, seen, seen_features, weights
from kg.extract.known_names import MAX_TOKENS
from kg.extract.names import fold, is_name_shaped, singular, squeeze, uppercase
from kg.extract.words import words
from kg.models import Role

if not Span.has_extension("kg_name"):
    Span.set_extension("kg_name", default="")
if not Doc.has_extension("kg_entities"):
    Doc.set_extension("kg_entities", default=())

LABELS = CLASSES[1:]
MOST_PLACES = 50  # of one name that are looked at; more tell no more
_MARKS = frozenset("-‐‑–—~`'\"“”‘’.,:;()[]{}") | {"'s", "’s"}  # no name begins or ends with one of these tokens
_TRIMMED_BEFORE = words("trimmed_before")
_TRIMMED_AFTER = words("trimmed_after")
_LONGEST = 200  # characters of a name
# How far names of a user's lexicon and of a statistical component are believed, whatever else the text says.
_TRUSTED = {"user": 0.97, "ner": 0.8}


@dataclass
class FoundEntity:
    """An entity of one text.

    `mentions` are token ranges in text order, `features` what spoke for it, `sentence` the characters of the sentence
    that the role was read from.
    """

    label: str
    name: str
    score: float
    mentions: list[tuple[int, int]]
    features: frozenset[str] = frozenset()
    role: Role = "mentions"
    role_score: float = 0.5
    sentence: tuple[int, int] | None = None


@dataclass
class Candidate:
    """All places of one name (token ranges), what speaks for and against it, and the name if it is not their text."""

    spans: list[tuple[int, int]] = field(default_factory=list)
    features: set[str] = field(default_factory=set)
    name: str = ""


def candidates(doc: Doc) -> dict[str, Candidate]:
    """Folded key to candidate; what `names.tsv` is fitted to (before the features of `seen_features`)."""
    text = Text.of(doc)
    places: dict[tuple[int, int, str], set[str]] = {}
    for start, end, name, feature in _proposed(doc, text):
        places.setdefault((start, end, name), set()).add(feature)
    found: dict[str, Candidate] = {}
    for (start, end, name), features in sorted(places.items()):
        candidate = found.setdefault(fold(name or doc[start:end].text), Candidate(name=name))
        candidate.spans.append((start, end))
        candidate.features |= features
        if len(candidate.spans) <= MOST_PLACES:
            candidate.features.update(context_features(text, start, end))
    found.pop("", None)
    for candidate in found.values():
        candidate.features.update(form_features(text, *candidate.spans[0]))
        candidate.features.add(f"times:{min(len(candidate.spans), 3)}")
    return found


def _proposed(doc: Doc, text: Text) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, name, feature) of every candidate span, trimmed, none in a link or citation or an umbrella term."""
    umbrella = {(span.start, span.end) for span in doc.spans.get("kg_umbrella", ())}
    sources = [
        ("ner", doc.ents),
        *((group, doc.spans.get(group, ())) for group in ("kg_lexicon", "kg_patterns", "kg_coordination")),
    ]
    for source, spans in sources:
        for span in spans:
            if source == "ner" and span.label_ not in LABELS:
                continue
            start, end = _bare(text, span.start, span.end)
            if source == "kg_patterns":
                start, end = _trimmed(text, start, end)
            if span.end_char - span.start_char > _LONGEST:
                continue
            if (start, end) not in umbrella and not text.blocked.intersection(range(start, end)):
                yield start, end, span._.kg_name, f"{source.removeprefix('kg_')}:{span.label_}"
                if span.id_ == "user":
                    yield start, end, span._.kg_name, f"user:{span.label_}"


def _bare(text: Text, start: int, end: int) -> tuple[int, int]:
    """The span without hyphens, quotes and other marks at its ends; of one that is all marks its last."""
    while end - start > 1 and text.texts[start] in _MARKS:
        start += 1
    while end - start > 1 and text.texts[end - 1] in _MARKS:
        end -= 1
    return start, end


def _trimmed(text: Text, start: int, end: int) -> tuple[int, int]:
    """The span without articles before and generic head words after the name."""
    while end - start > 1 and text.lower[start] in _TRIMMED_BEFORE:
        start += 1
    while (
        end - start > 1
        and text.lower[end - 1] in _TRIMMED_AFTER
        and any(map(is_name_shaped, text.texts[start : end - 1]))
    ):
        end -= 1
    return start, end


@Language.factory("kg_entities", default_config={"threshold": 0.37})
class Entities:
    """Decides what is a name; see the module's docstring.  `threshold`: the least probability an entity must have."""

    def __init__(self, nlp: Language, name: str, threshold: float) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc._.kg_entities`."""
        found = {}
        for key, candidate in candidates(doc).items():
            features = {*candidate.features, *seen_features(seen().get(key))}
            chances = weights("names.tsv").chances(features)
            label = max(LABELS, key=chances.__getitem__)
            score = chances[label]
            for feature in sorted(features):
                source, _, told = feature.partition(":")
                if _TRUSTED.get(source, 0.0) > score:
                    label, score = told, _TRUSTED[source]
            if score >= self.threshold:
                found[key] = FoundEntity(label, candidate.name, round(score, 3), candidate.spans, frozenset(features))
        found = _without_overlaps(found)
        definitions = doc._.kg_abbreviations if Doc.has_extension("kg_abbreviations") else ()
        forms, defined = _join(found, definitions)
        texts = Text.of(doc).texts
        _agree(doc, Text.of(doc), forms)
        entities = sorted(
            {id(entity): entity for entity in forms.values()}.values(), key=lambda entity: entity.mentions[0]
        )
        for entity in entities:
            entity.name = entity.name or _display_name(doc, texts, entity, defined.get(id(entity)))
        doc._.kg_entities = entities
        return doc


def _without_overlaps(found: dict[str, FoundEntity]) -> dict[str, FoundEntity]:
    """Of overlapping mentions the more probable stays, or the longer of nearly equal ones; names without any go."""
    places = [
        (entity.score + 0.04 * (end - start), start, end, key)
        for key, entity in found.items()
        for start, end in entity.mentions
    ]
    taken: set[int] = set()
    kept: dict[str, list[tuple[int, int]]] = {}
    for _, start, end, key in sorted(places, key=lambda place: (-place[0], *place[1:])):
        if found[key].name or taken.isdisjoint(range(start, end)):
            kept.setdefault(key, []).append((start, end))
            if not found[key].name:
                taken.update(range(start, end))
    for key, mentions in kept.items():
        found[key].mentions = sorted(mentions)
    return {key: entity for key, entity in found.items() if key in kept}


def _join(
    found: dict[str, FoundEntity], definitions: Iterable[Definition]
) -> tuple[dict[str, FoundEntity], dict[int, Definition]]:
    """Key to entity, a long form and its acronym being one; and an entity's first definition, by its `id()`."""
    forms = dict(found)
    keys = {id(entity): [key] for key, entity in found.items()}
    defined: dict[int, Definition] = {}
    for definition in definitions:
        short, long = fold(definition.short.text), fold(definition.long.text)
        pair = [forms[key] for key in (long, short) if key in forms]
        if not pair or short == long or (len(pair) == 2 and pair[0] is pair[1]):
            continue
        entity = max(pair, key=lambda e: e.score)
        entity.features = frozenset().union(*(other.features for other in pair))
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


def _agree(doc: Doc, text: Text, forms: dict[str, FoundEntity]) -> None:
    """Add every other place at which the text has the name of an entity."""
    prefixes = {key[:n] for key in forms for n in range(1, len(key) + 1)}
    spelt_small = {id(e): any(doc[a:b].text.islower() for a, b in e.mentions) for e in forms.values()}
    texts = text.texts
    parts = list(map(squeeze, texts))
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


def _display_name(doc: Doc, texts: list[str], entity: FoundEntity, definition: Definition | None) -> str:
    """The best name: the long form of a definition, unless the short form is the thing's own name."""
    title_end = Text.of(doc).title_end
    if definition is not None:
        short = definition.short.text
        own = not definition.short_inside or short in texts[:title_end] or not short.rstrip("s").isupper()
        return short if own else definition.long.text
    surfaces = _numbered(doc[a:b].text for a, b in entity.mentions)
    # What stands in running text is a better name than the capitals of a title or of a sentence's first word.
    running = _numbered(doc[a:b].text for a, b in entity.mentions if a > title_end and texts[a - 1] not in {".", "\n"})
    return min(running or surfaces, key=lambda s: (s.endswith("s") and s[:-1] in surfaces, surfaces[s]))


def _numbered(forms: Iterable[str]) -> dict[str, int]:
    """Each form once, with its place in the order of the first ones."""
    return {form: n for n, form in enumerate(dict.fromkeys(forms))}
