"""`kg_results`: quantitative statements: a value with its unit, and the metric, data set and method it is of.

Every value of the abstract (`kg.extract.values`) is weighed with four tables: `statement` tells whether it is a result,
absolute or a difference; `metric`, `dataset` and `method` tell of an entity whether the value is of it.  They weigh the
words around the value, where the entity is named in its sentence or elsewhere, what is known of the entity, and what a
reader says (`Doc._.kg_reader`, see `kg_encoder`) if one has read the text.  `right` then tells how probable it is that
value, metric and data set are all right: the score.

Sets `Doc._.kg_results`, a list of `kg.models.Result` in text order; needs `kg_roles`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import MOST_PLACES, FoundEntity
from kg.extract.features import Text
from kg.extract.names import singular
from kg.extract.relations import main_method
from kg.extract.tables import Tabled, Weights
from kg.extract.values import Value, find_values
from kg.models import Result

if not Doc.has_extension("kg_results"):
    Doc.set_extension("kg_results", default=())

STATEMENTS = ("none", "absolute", "delta")
Of = Literal["metric", "dataset", "method"]
LABELS: dict[Of, tuple[str, ...]] = {
    "metric": ("METRIC",),
    "dataset": ("DATASET", "BENCHMARK", "TASK"),
    "method": ("METHOD",),
}
MOST_VALUES = 200  # of one text that are looked at
MOST_ENTITIES = 60  # of one kind that a value may be of
_WINDOW = 8  # items before and after a value that tell what it is
_RAW = 100  # characters between a value and what it is of that are quoted together
_MARKUP = frozenset("${}*~`\"'“”‘’\\") | {"**", "\\%", "\\textbf{", "\\mathbf{", "``", "''"}
_LISTING = frozenset({",", "and", "/", "or", "&"})  # what stands between the members of a list
# Words that tell a score from a difference, by the sort of thing they say.
_CUES = {
    word: kind
    for kind, listed in {
        "change": "improvement gain increase reduction decrease drop boost speedup speed-up margin rise saving "
        "overhead degradation difference gap acceleration loss enhancement advantage decline",
        "than": "better worse more less fewer higher lower faster slower larger smaller greater cheaper shorter longer "
        "superior lesser wider closer",
        "relative": "relative absolute over compared against versus vs than",
        "changes": "improve improving outperform outperforming surpass surpassing exceed exceeding increasing reduce "
        "reducing decreasing boosting save saving accelerate accelerating compress beat raise lift cut improved "
        "outperformed surpassed exceeded increased reduced decreased boosted saved accelerated compressed raised",
        "reaches": "achieve achieving achieved obtain obtaining obtained reach reaching reached attain attaining "
        "attained get getting got yield yielding yielded score scored report reported record maintain maintaining",
    }.items()
    for word in listed.split()
}
_CUE_REACH = 7  # items from a value in which such a word speaks of it
_STOPS = frozenset({",", ";", ".", "(", ")", "<VALUE>"})
_DIGIT = re.compile(r"\d")
_MARKS = re.compile(r"[\\${}^-]")
_UNLIKELY = 0.1  # values less probably results are not looked at further
_CLIP = 6.0  # log-odds are kept between -6 and 6

Features = dict[str, float]


@dataclass
class _Item:
    """A word of a sentence, or a mention ("<METRIC>") or a value ("<VALUE>") that stands for one."""

    word: str
    entities: list[int] = field(default_factory=list)
    value: int | None = None


@dataclass
class _Sentence:
    """The items of a sentence, and at which of them each value and each entity stand.

    `latest`: for every entity the last sentence, up to this one, that names it, 0 for the title and for none.
    """

    items: list[_Item]
    values: dict[int, int]
    entities: dict[int, list[int]]
    latest: list[int]
    respectively: bool
    _nearest: dict[tuple[int, int], int] = field(default_factory=dict)

    def nearest(self, entity: int, value: int) -> int:
        """The item that names the entity nearest to the value."""
        if (entity, value) not in self._nearest:
            at = self.values[value]
            self._nearest[entity, value] = min(self.entities[entity], key=lambda place: (abs(place - at), place))
        return self._nearest[entity, value]


class Reading:
    """What `kg_results` looks at in a document: its values and entities, and the sentences with values.

    Attributes:
        written: the text.
        values: the first `MOST_VALUES` values.
        entities: all entities.
        groups: the numbers of the entities that a value may be of, as its metric, its data set, its method.
    """

    def __init__(self, doc: Doc) -> None:
        """Read the values of `doc`, whose entities have their roles."""
        self.doc = doc
        self.written = doc.text
        self.text = Text.of(doc)
        self.values = find_values(doc)[:MOST_VALUES]
        self.entities: Sequence[FoundEntity] = doc._.kg_entities
        self.groups: dict[Of, list[int]] = {
            of: [n for n, entity in enumerate(self.entities) if entity.label in labels][:MOST_ENTITIES]
            for of, labels in LABELS.items()
        }
        self._sentences: dict[int, _Sentence] = {}
        if not self.values:
            return
        self.main = main_method(doc)
        mentions: dict[int, list[tuple[int, int]]] = {}
        for n, entity in enumerate(self.entities):
            for start, end in entity.mentions[:MOST_PLACES]:
                mentions.setdefault(start, []).append((end, n))
        self._numbers = [
            [self.text.sentence(start) for start, _ in entity.mentions[:MOST_PLACES]] for entity in self.entities
        ]
        self.places = [self.text.sentence(value.token) for value in self.values]
        by_token: dict[int, list[int]] = {}
        for n, value in enumerate(self.values):
            by_token.setdefault(value.token, []).append(n)
        for number in sorted(set(self.places)):
            self._sentences[number] = self._sentence(number, mentions, by_token)
        reader = doc._.kg_reader if Doc.has_extension("kg_reader") else None
        self._says: list[list[float]] = []
        self._belongs: list[list[float]] = []
        if reader is not None:
            tokens = [value.token for value in self.values]
            self._says = reader.values(tokens).tolist()
            if self.entities:
                spans, labels = [e.mentions[:MOST_PLACES] for e in self.entities], [e.label for e in self.entities]
                self._belongs = reader.belongs(tokens, spans, labels).tolist()

    def _sentence(
        self, number: int, mentions: dict[int, list[tuple[int, int]]], by_token: dict[int, list[int]]
    ) -> _Sentence:
        """Sentence `number`; `mentions`: first token to ends and numbers of entities; `by_token`: to values."""
        text = self.text
        first = text.firsts[number]
        last = text.firsts[number + 1] if number + 1 < len(text.firsts) else len(text)
        items: list[_Item] = []
        values: dict[int, int] = {}
        entities: dict[int, list[int]] = {}
        i = first
        while i < last:
            here = mentions.get(i)
            stated = by_token.get(i)
            if here:
                end = max(end for end, _ in here)
                named = [n for k in range(i, end) for _, n in mentions.get(k, ())]
                items.append(_Item(f"<{self.entities[here[0][1]].label}>", named))
                for n in named:
                    entities.setdefault(n, []).append(len(items) - 1)
                values.update((n, len(items) - 1) for k in range(i, end) for n in by_token.get(k, ()))
                i = max(end, i + 1)
            elif stated:
                items.append(_Item("<VALUE>", value=stated[0]))
                values.update(dict.fromkeys(stated, len(items) - 1))
                end, i = min(last, self.values[stated[-1]].end), i + 1
                while i < end and i not in mentions and i not in by_token:
                    i += 1
            else:
                if text.texts[i] not in _MARKUP and not text.texts[i].isspace():
                    items.append(_Item(_DIGIT.sub("0", text.lower[i])))
                i += 1
        latest = [max((k for k in its if k <= number), default=0) for its in self._numbers]
        return _Sentence(items, values, entities, latest, "respectively" in text.lower[first:last])

    def value_features(self, n: int) -> Features:
        """What speaks for and against value `n` being a result."""
        value, sentence = self.values[n], self._sentences[self.places[n]]
        at = sentence.values[n]
        items = sentence.items
        found = dict.fromkeys(self._form_features(value), 1.0)
        if items[at].value is None:
            found[f"inside:{items[at].word}"] = 1.0
        before = [item.word for item in items[max(0, at - _WINDOW) : at][::-1]] + ["^"]
        after = [item.word for item in items[at + 1 : at + 1 + _WINDOW]] + ["$"]
        for side, words in (("b", before), ("a", after)):
            for k, word in enumerate(words[:2], start=1):
                found[f"{side}{k}:{word}"] = 1.0
            found[f"{side}:{' '.join(words[:2])}"] = 1.0
            for word in words:
                found[f"{side}:{word[:6]}"] = 1.0
            for cue in _cues(side, words):
                found[cue] = 1.0
        found[f"values:{min(len(sentence.values), 4)}"] = 1.0
        part = 4 * self.places[n] // max(1, len(self.text.firsts))
        found[f"part:{part}"] = 1.0
        if self._says:
            for name, chance in zip(STATEMENTS, self._says[n], strict=True):
                found[f"reader:{name}"] = max(chance, -_CLIP)
        return found

    def _form_features(self, value: Value) -> Iterator[str]:
        yield f"kind:{value.kind}"
        yield f"unit:{_unit(value)}"
        yield f"step:{value.step}"
        decimals = len(value.low.partition(".")[2])
        yield f"decimals:{min(decimals, 3)}"
        yield f"kind:{value.kind}:decimals:{min(decimals, 1)}"
        yield f"size:{math.ceil(math.log10(value.number + 1)) if value.number < 1e9 else 9}"
        if value.high is not None:
            yield "range"
        written = self.written[value.start_char : value.end_char]
        if written[0] in "+-−":
            yield "sign"
        if value.kind == "percent" and value.number in (5, 10, 20, 25, 50, 90, 100):
            yield "round"

    def pair_features(self, of: Of, n: int, e: int) -> Features:
        """What speaks for and against value `n` being of entity `e`, as its metric, data set or method."""
        value, entity = self.values[n], self.entities[e]
        sentence = self._sentences[self.places[n]]
        found = dict.fromkeys(self._entity_features(of, value, entity), 1.0)
        found["score"] = entity.score
        found["role"] = entity.role_score if entity.role not in ("mentions", "uses") else -entity.role_score
        group = self.groups[of]
        if len(group) == 1:
            found["only"] = 1.0
        here = [m for m in group if m in sentence.entities]
        if e in sentence.entities:
            places = self._place_features(sentence, n, e, here)
        else:
            places = self._away_features(n, e, group, bool(here))
        if of == "dataset":
            places = itertools.chain(places, self._data_features(value, entity, group, here))
        found |= dict.fromkeys(places, 1.0)
        if self._belongs:
            found["reader:belongs"] = max(-_CLIP, min(_CLIP, self._belongs[n][e]))
        return found

    def together(self, n: int, e: int) -> bool:
        """Whether the sentence of value `n` names entity `e`."""
        return e in self._sentences[self.places[n]].entities

    def _entity_features(self, of: Of, value: Value, entity: FoundEntity) -> Iterator[str]:
        yield f"label:{entity.label}"
        yield f"role:{entity.role}"
        yield f"mentions:{min(len(entity.mentions), 3)}"
        if entity.mentions[0][0] < self.text.title_end:
            yield "title"
        if entity is self.main:
            yield "main"
        if of == "metric":
            last = self.text.lower[entity.mentions[0][1] - 1]
            yield f"name:{last}"
            yield f"{value.kind}|name:{last}"
            if value.kind == "measure":
                yield f"{_unit(value)}|name:{last}"

    def _data_features(self, value: Value, entity: FoundEntity, group: list[int], here: list[int]) -> Iterator[str]:
        """What other data sets and benchmarks there are, in the value's sentence and in the text."""
        others = [other for other in (self.entities[m] for m in group) if other.label != "TASK" and other is not entity]
        near = [other for other in (self.entities[m] for m in here) if other.label != "TASK" and other is not entity]
        yield f"data-here:{min(len(near), 3)}"
        yield f"data:{min(len(others), 3)}"
        if entity.role != "mentions" and all(other.role == "mentions" for other in others):
            yield "only-data"
        where = "here" if any(self.entities[m] is entity for m in here) else "away"
        yield f"{where}|role:{entity.role}"
        yield f"{where}|{value.kind}"
        yield f"{where}|data:{min(len(others), 3)}|{min(len(near), 1)}"

    def _place_features(self, sentence: _Sentence, n: int, e: int, here: list[int]) -> Iterator[str]:
        """Of an entity in the value's sentence: where it stands, what is between, how many others are nearer."""
        at, items = sentence.values[n], sentence.items
        place = sentence.nearest(e, n)
        gap = abs(place - at)
        side = "<" if place < at else ">"
        between = items[min(place, at) + 1 : max(place, at)]
        yield f"{side}gap:{gap if gap < 5 else 5 + gap // 5 if gap < 30 else 11}"
        nearer = [k for k in (sentence.nearest(m, n) for m in here if m != e) if abs(k - at) < gap]
        yield f"{side}nearer:{min(len(nearer), 3)}"
        yield f"{side}nearer-side:{min(sum((k < at) == (place < at) for k in nearer), 3)}"
        yield f"in-sentence:{min(len(here), 4)}"
        passed = sum(item.value is not None for item in between)
        yield f"{side}passed:{min(passed, 3)}"
        if gap <= 4:
            yield f"{side}between:{' '.join(item.word for item in between)}"
        for item in between[:12]:
            yield f"{side}via:{item.word[:6]}"
        yield f"{side}prep:{items[place - 1].word if place else '^'}"
        yield f"{side}next:{items[place + 1].word if place + 1 < len(items) else '$'}"
        if gap == 1:
            yield f"{side}value-next:{items[at + 1].word if at + 1 < len(items) else '$'}"
        yield from self._list_features(sentence, n, e, here)

    def _list_features(self, sentence: _Sentence, n: int, e: int, here: list[int]) -> Iterator[str]:
        """Whether value and entity stand at the same place in two lists of one length."""
        respectively = "respectively:" if sentence.respectively else ""
        values, entities = _run(sentence, sentence.values[n], None), []
        for place in sentence.entities[e]:
            entities = _run(sentence, place, set(here))
            if len(entities) > 1:
                rank = next(k for k, item in enumerate(entities) if e in sentence.items[item].entities)
                if len(values) > 1 and len(values) == len(entities):
                    yield f"{respectively}list:{values.index(sentence.values[n]) == rank}"
                elif len(values) > 1:
                    yield f"{respectively}list:uneven"
                else:
                    yield f"list:one-of-{min(len(entities), 4)}:{min(rank, 3)}"
                break
        alike = [m for m in sentence.values if self.values[m].kind == self.values[n].kind]
        if len(alike) > 1 and len(alike) == len(here):
            order = sorted(here, key=lambda m: sentence.entities[m][0])
            yield f"{respectively}order:{sorted(alike).index(n) == order.index(e)}"

    def _away_features(self, n: int, e: int, group: list[int], taken: bool) -> Iterator[str]:
        """Of an entity that the value's sentence does not have: how far away it is."""
        own = self.places[n]
        latest = self._sentences[own].latest
        if latest[e]:
            where = f"back:{min(own - latest[e], 3)}"
            yield f"away-nearer:{any(latest[m] > latest[e] for m in group)}"
        else:
            where = "later" if self._numbers[e][-1] else "title"
        yield f"away:{where}"
        yield f"away:{where}|{self.entities[e].role}"
        yield f"away:{where}:{'taken' if taken else 'free'}"
        if not taken:
            yield f"away-free:{min(len(group), 4)}"


def _cues(side: str, words: Sequence[str]) -> Iterator[str]:
    """The first word that tells a score from a difference, going away from the value; whether behind a mark."""
    stopped = False
    for word in words[:_CUE_REACH]:
        if kind := _CUES.get(word) or _CUES.get(singular(word)):
            yield f"{side}~{kind}"
            if stopped:
                yield f"{side}~{kind}|stop"
            return
        stopped = stopped or word in _STOPS


def _run(sentence: _Sentence, place: int, entities: set[int] | None) -> list[int]:
    """The items of the list that the one at `place` is in: values, or mentions of one of these entities."""

    def member(k: int) -> bool:
        item = sentence.items[k]
        return item.value is not None if entities is None else not entities.isdisjoint(item.entities)

    run = [place]
    for step in (-1, 1):
        k = place + step
        passed = 0
        while 0 <= k < len(sentence.items) and passed < 3 and len(run) < 20:
            if member(k):
                run.append(k)
                passed = 0
            elif sentence.items[k].word in _LISTING:
                passed += 1
            else:
                break
            k += step
    return sorted(run)


def _unit(value: Value) -> str:
    """The unit in one spelling."""
    return _MARKS.sub("", value.unit).casefold() or value.kind


@dataclass(frozen=True)
class Choice:
    """The entity that a value is most probably of, None for none, and the log-odds of it and of the next best."""

    entity: int | None
    odds: float
    next_odds: float


@dataclass(frozen=True)
class Finding:
    """A value that may be a result: which, of what sort, how probably, and of what."""

    value: int
    statement: str
    chance: float
    choices: dict[Of, Choice]


@Language.factory(
    "kg_results", default_config={"threshold": 0.25, "least": {"metric": 0.2, "dataset": 0.2, "method": 0.5}}
)
class Results(Tabled):
    """Decides which values are results of what; see the module's docstring.

    `threshold`: the least score of a result; `least`: the least probability of its metric, data set and method.
    """

    factory = "kg_results"
    tables = ("statement", "metric", "dataset", "method", "right")

    def __init__(self, nlp: Language, name: str, threshold: float, least: dict[Of, float]) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.threshold, self.least = threshold, least
        self.statement = Weights(STATEMENTS, {})
        self.metric = self.dataset = self.method = self.right = Weights(("no", "yes"), {})
        self.shipped()

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc._.kg_results`."""
        reading = Reading(doc)
        found = []
        for finding in self.findings(reading):
            score = self.right.chances(right_features(reading, finding))["yes"]
            if score >= self.threshold:
                found.append(to_result(reading, finding, round(score, 3)))
        doc._.kg_results = found
        return doc

    def findings(self, reading: Reading) -> Iterator[Finding]:
        """What the tables say of every value that is not surely none."""
        for n in range(len(reading.values)):
            chances = self.statement.chances(reading.value_features(n))
            chance = 1 - chances["none"]
            if chance >= _UNLIKELY:
                statement = max(STATEMENTS[1:], key=chances.__getitem__)
                choices = {of: self._choose(reading, of, n) for of in LABELS}
                yield Finding(n, statement, chance, choices)

    def _choose(self, reading: Reading, of: Of, n: int) -> Choice:
        table: Weights = getattr(self, of)
        odds = sorted(
            ((log_odds(table.chances(reading.pair_features(of, n, e))["yes"]), -e) for e in reading.groups[of]),
            reverse=True,
        )
        (best, entity), (following, _) = (*odds, (-_CLIP, 0), (-_CLIP, 0))[:2]
        taken = odds and best >= log_odds(self.least[of])
        return Choice(-entity if taken else None, best, following)


def right_features(reading: Reading, finding: Finding) -> Features:
    """What speaks for a finding being right in all: how sure its parts are, and what sort of parts."""
    value = reading.values[finding.value]
    found = {"statement": log_odds(finding.chance), f"kind:{value.kind}": 1.0, f"is:{finding.statement}": 1.0}
    for of in ("metric", "dataset"):
        choice = finding.choices[of]
        if choice.entity is None:
            found[f"{of}:none"] = 1.0
            found[f"{of}:missed"] = choice.odds
        else:
            entity = reading.entities[choice.entity]
            found[f"{of}:{entity.label}:{'here' if reading.together(finding.value, choice.entity) else 'away'}"] = 1.0
            found[f"{of}:odds"] = choice.odds
            found[f"{of}:margin"] = choice.odds - choice.next_odds
            found[f"{of}:score"] = log_odds(entity.score)
    return found


def log_odds(chance: float) -> float:
    """The log-odds of a probability, kept between -6 and 6."""
    return max(-_CLIP, min(_CLIP, math.log(max(chance, 1e-9) / max(1 - chance, 1e-9))))


def to_result(reading: Reading, finding: Finding, score: float) -> Result:
    """The result that a finding is."""
    value = reading.values[finding.value]
    text, sentence = reading.written, reading.text.spans[reading.places[finding.value]]
    of = {
        name: reading.entities[choice.entity] for name, choice in finding.choices.items() if choice.entity is not None
    }
    start, end = value.start_char, value.end_char
    for name in ("metric", "dataset"):
        if name in of:
            spans = [
                (reading.doc[a].idx, reading.doc[b - 1].idx + len(reading.doc[b - 1]))
                for a, b in of[name].mentions[:MOST_PLACES]
            ]
            near = [(a, b) for a, b in spans if sentence[0] <= a and b <= sentence[1]]
            a, b = min(near, key=lambda s: abs(s[0] - value.start_char), default=(start, end))
            if abs(a - value.start_char) < _RAW:
                start, end = min(start, a), max(end, b)
    return Result(
        value=text[value.start_char : value.end_char],
        metric=of["metric"].name if "metric" in of else None,
        dataset=of["dataset"].name if "dataset" in of else None,
        method=of["method"].name if "method" in of else None,
        delta=finding.statement == "delta",
        raw=text[start:end],
        number=value.number,
        number_max=value.number_max,
        unit=_MARKS.sub("", value.unit) or None,
        score=score,
        start_char=sentence[0],
        end_char=sentence[1],
    )
