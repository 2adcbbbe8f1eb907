"""Names become things: from what all records say, one node for each thing, and the node of every entity of a record.

First version.  One node for one folded name, whatever its type in single papers (the corpus decides the label).  An
acronym defined in a paper means that definition there; where it is not defined it means the corpus's only definition of
it, and where there are several, a node of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kg import schema
from kg.models import ENTITY_TYPES, Entity, EntityType, Record
from kg.resolve import fold
from kg.resolve.acronyms import is_short_form, stands_for

_SHORTEST_CLEAR_ACRONYM = 4  # letters from which a single definition in the corpus is believed elsewhere too
_DOMINANT = 0.8  # share of an acronym's definitions from which one meaning is believed where it is not defined
_STEM = 4  # letters that words of one meaning share: adaptation, adaption, adapters


class EntityNode(NamedTuple):
    """One thing: its node, and how often which spelling occurs (number of papers, most used first)."""

    id: str
    label: str
    name: str
    spellings: tuple[tuple[str, int], ...]
    support: int
    score: float
    former_ids: tuple[str, ...] = ()


class Definition(NamedTuple):
    """The folded name an entity goes by in its paper, and the folded acronym the paper defines for it."""

    key: str
    short: str | None


class _Thing:
    """What was gathered about one node."""

    __slots__ = ("misses", "senses", "spellings", "support", "weights")

    def __init__(self) -> None:
        self.spellings: Counter[str] = Counter()
        self.weights: dict[EntityType, float] = defaultdict(float)
        self.support = 0
        self.misses = 1.0  # probability that every mention of it is wrong
        self.senses: set[str] = set()  # ambiguous acronyms it goes by


def surfaces(entity: Entity) -> tuple[str, ...]:
    """The distinct surface forms of an entity, its name first."""
    texts = (mention if isinstance(mention, str) else mention.text for mention in entity.mentions)
    return tuple(dict.fromkeys((entity.name, *texts)))


def definition(entity: Entity) -> Definition:
    """What an entity's surface forms say by themselves: a long form and its acronym, or just a name."""
    forms = surfaces(entity)
    for short in forms:
        if not is_short_form(short):
            continue
        for long in forms:
            if stands_for(short, long):
                return Definition(fold.key(long), fold.key(short))
    return Definition(fold.key(entity.name), None)


class Resolver:
    """Decides which node every entity is; made from all records of a corpus, which it reads twice.

    First every record goes through `observe` (any order), then through `count` (in a fixed order: sums of
    floating-point numbers depend on it), then `assign` and `nodes` answer.
    """

    def __init__(self) -> None:
        self._definitions: dict[str, Counter[str]] = defaultdict(Counter)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._meanings: dict[str, dict[str, int]] = {}
        self._same: dict[str, str] = {}
        self._things: dict[str, _Thing] = defaultdict(_Thing)
        self._ids: dict[str, str] = {}

    def observe(self, record: Record) -> None:
        """Take in which acronyms a record defines."""
        for entity in record.entities:
            key, short = definition(entity)
            if short is not None:
                self._definitions[short][key] += 1
                long = next(form for form in surfaces(entity) if fold.key(form) == key)
                self._stems[key] = tuple(word[:_STEM] for word in fold.words(long))

    def count(self, record: Record) -> None:
        """Take in a record's spellings, types and scores.  Every record must have been observed before."""
        if not self._meanings:
            self._find_meanings()
        seen: dict[str, tuple[set[str], dict[EntityType, float]]] = {}
        for entity in record.entities:
            found, short = definition(entity)
            key = self._key(found)
            if not key:
                continue
            spellings, weights = seen.setdefault(key, (set(), {}))
            spellings.update(surfaces(entity))
            weight = 1.0 if entity.score is None else entity.score
            weights[entity.type] = max(weight, weights.get(entity.type, 0.0))
            if short is not None and len(self._meanings[short]) > 1:
                self._things[key].senses.add(short)
        for key, (spellings, weights) in seen.items():
            thing = self._things[key]
            thing.support += 1
            thing.spellings.update(spellings)
            thing.misses *= 1.0 - max(weights.values())
            for type_, weight in weights.items():
                thing.weights[type_] += weight

    def nodes(self) -> list[EntityNode]:
        """Every thing, sorted by id."""
        model = schema.load()
        spellings = {key: tuple(sorted(thing.spellings.items(), key=_by_use)) for key, thing in self._things.items()}
        shared = self._shared_names(spellings)
        nodes, taken = [], set()
        for key in sorted(self._things):
            thing = self._things[key]
            type_ = max(ENTITY_TYPES, key=lambda t: (thing.weights.get(t, 0.0), -ENTITY_TYPES.index(t)))
            label = model.label_of_entity(type_)
            ambiguous = thing.senses | {
                name for text, _ in spellings[key] if (name := fold.key(text)) in shared and name != key
            }
            name = _display_name(spellings[key], ambiguous)
            sense = f"{min(ambiguous)}-" if ambiguous else ""
            node_id = f"{model.nodes[label].prefix}:{sense}{fold.slug(name)}"
            if node_id in taken:
                node_id += f"~{fold.digest(key)}"
            taken.add(node_id)
            score = round(1.0 - thing.misses, 6)
            nodes.append(EntityNode(node_id, label, name, spellings[key], thing.support, score))
            self._ids[key] = node_id
        return sorted(nodes)

    def _shared_names(self, spellings: Mapping[str, Sequence[tuple[str, int]]]) -> set[str]:
        """Folded names that several things would be displayed by, and those that are things of their own."""
        shown = Counter(fold.key(_display_name(spellings[key], thing.senses)) for key, thing in self._things.items())
        return {name for name, things in shown.items() if things > 1} | self._things.keys()

    def assign(self, record: Record) -> list[str | None]:
        """The node of each entity of a record, None for a name without a letter or digit.  Needs `nodes` before."""
        return [self._ids.get(self._key(definition(entity).key)) for entity in record.entities]

    def _find_meanings(self) -> None:
        """For each acronym, how many papers define each meaning; long forms with equal stems are one meaning."""
        for short in sorted(self._definitions):
            groups: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
            for long, papers in self._definitions[short].items():
                groups[self._stems[long]].append((-papers, long))
            self._meanings[short] = {}
            for group in groups.values():
                meaning = self._same.get(min(group)[1], min(group)[1])
                for _, long in group:
                    self._same.setdefault(long, meaning)
                self._meanings[short][meaning] = -sum(papers for papers, _ in group)

    def _key(self, name: str) -> str:
        """The folded name of the thing that `name` means where its paper does not define it."""
        if name in self._same:
            return self._same[name]
        meanings = self._meanings.get(name)
        if not meanings:
            return name
        meaning, papers = max(meanings.items(), key=lambda item: (item[1], item[0]))
        clear = papers > 1 or (len(meanings) == 1 and len(name) >= _SHORTEST_CLEAR_ACRONYM)
        return meaning if clear and papers >= _DOMINANT * sum(meanings.values()) else name


def _by_use(spelling: tuple[str, int]) -> tuple[int, bool, int, str]:
    text, papers = spelling
    return (-papers, text.isupper() and " " in text, len(text), text)


def _display_name(spellings: Sequence[tuple[str, int]], senses: Iterable[str]) -> str:
    """The most used spelling, but not an acronym that means several things."""
    ambiguous = set(senses)
    return next((text for text, _ in spellings if fold.key(text) not in ambiguous), spellings[0][0])
