"""`kg_relations`: what the text says of two of its entities: that one is a variant or a part of the other, uses it,
beats it, is compared with it, evaluated or trained on it.

Every ordered pair of a method and another method, data set or benchmark that is worth a look (both in one sentence, or
one of them what the paper is about) has named features: what `kg_roles` found of each, how the names are alike, and
the words before, between and after them where they stand closest; a pair that shares no sentence has the words around
the tail.  A reader's opinion (`Doc._.kg_reader`, see `kg_encoder`) counts as more features.  A multinomial logistic
regression makes of them the probability of every relation, errors in the entities included; what reaches the threshold
is a relation.  Sets `Doc._.kg_relations`, a list of `kg.models.Relation`; needs `kg_roles`.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.extract.features import Text
from kg.extract.names import fold, singular, squeeze
from kg.extract.tables import Tabled, Weights
from kg.models import Relation, RelationType

if not Doc.has_extension("kg_relations"):
    Doc.set_extension("kg_relations", default=())

TYPES: tuple[RelationType, ...] = get_args(RelationType)
CLASSES = ("none", *TYPES)
LABELS = frozenset({"METHOD", "DATASET", "BENCHMARK"})

MOST_ENTITIES = 40  # of one text that are looked at
MOST_PAIRS = 400
_MOST_MENTIONS = 30  # of one entity
_MOST_IN_SENTENCE = 6
_MOST_SENTENCES = 3  # of one pair
_WINDOW = 30  # tokens before, between and after two names that count
_WORDS = 16  # tokens between two names that count one by one
_LIKELY = 0.4  # probability of being introduced from which a method is a head of more than its own sentences
_FLOOR = 0.02  # of a probability, so that its log-odds stay small
_READER_FLOOR = -8.0  # of a reader's log-probabilities

_LINKING = frozenset({",", "and", "or", "&", "/", "as", "well", ";", "(", ")", "both"})  # between members of a list
_CUES = {
    "beat": """
        outperform outperforms outperforming outperformed surpass surpasses surpassing exceed exceeds exceeding beats
        beat better superior higher lower faster fewer improves improvement improvements gain gains improving improved
        reduces reducing state-of-the-art sota""",
    "compare": """
        compared compare comparing comparison versus vs vs. baseline baselines against contrast competitive comparable
        par than""",
    "extend": """
        extend extends extending extension extensions generalizes generalization generalize variant variants version
        adapts adaptation modified modification builds building built based inspired upon improve""",
    "part": """
        comprising comprises consists consisting component components module modules stage stages includes include
        including incorporates incorporate incorporating equipped contains integrates integrate integrating composed""",
    "use": """
        use uses using used utilize utilizes utilizing leverage leverages leveraging employ employs employing adopt
        adopts adopting apply applied applying via by combine combines combining with through""",
    "train": """
        train trains trained training pretrained pre-trained pretraining pre-training fine-tuned finetuned fine-tuning
        finetuning fine-tune learned""",
    "evaluate": """
        evaluate evaluates evaluated evaluating evaluation experiments experiment experimental results tested test
        benchmark benchmarks datasets dataset performance accuracy achieves achieve""",
    "negate": "not without instead unlike rather no nor neither fail fails cannot however despite avoid avoids",
    "propose": """
        propose proposes proposed proposing present presents presented develop introduce introduces introducing called
        named dubbed""",
    "we": "we our us",
    "it": "it its this these",
    "such": "such like e.g. namely",
}
_PREFIXES = ("", "head|", "tail|", "")  # of the features of a pair's parts
_CUE_OF = {word: cue for cue, listed in _CUES.items() for word in listed.split()}
# What `kg_entities` found of the places of a name, as far as it tells what the name is to others.
_CARRIED = ("prev:", "next:", "verb:", "head:", "apposition:", "seen:", "unseen", "shape:", "bracketed", "begins")


@dataclass
class _Side:
    """An entity as head or tail of pairs: its kind (M: method, D: data), its words, its mentions by sentence number,
    and the features that it brings into every pair."""

    entity: FoundEntity
    kind: str
    main: bool
    words: list[str]
    mentions: dict[int, list[tuple[int, int]]]
    chances: Mapping[str, float]
    features: dict[str, float]


@dataclass(frozen=True)
class Pair:
    """Two entities and what speaks for a relation between them.

    `parts` are the features of the text, of the head, of the tail and of both, the middle ones shared with other pairs;
    `places` are the sentences to read (characters), each with its share of the last part.
    """

    head: FoundEntity
    tail: FoundEntity
    parts: tuple[dict[str, float], ...]
    places: tuple[tuple[tuple[int, int], dict[str, float]], ...]

    def features(self) -> dict[str, float]:
        """All parts in one."""
        return {
            f"{prefix}{name}": value
            for prefix, part in zip(_PREFIXES, self.parts, strict=True)
            for name, value in part.items()
        }


@Language.factory("kg_relations")
class Relations(Tabled):
    """Decides what relates to what; see the module's docstring.

    `weights`: what each feature tells; `thresholds`: the least probability of a relation, in the row `relation`.
    """

    factory = "kg_relations"
    tables = ("weights", "thresholds")

    def __init__(self, nlp: Language, name: str) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.weights = Weights(CLASSES, {})
        self.thresholds = Weights(("least",), {"relation": (0.5,)})
        self.shipped()

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc._.kg_relations`."""
        found = pairs(doc)
        least = self.thresholds.rows["relation"][0]
        doc._.kg_relations = [
            Relation(
                type=TYPES[n],
                head=pair.head.name,
                tail=pair.tail.name,
                score=round(chance, 3),
                start_char=span[0],
                end_char=span[1],
            )
            for pair, chances in zip(found, self.chances(found), strict=True)
            for n, chance in enumerate(chances[1:].tolist())
            if chance >= least
            for span in (self._evidence(pair, n + 1),)
        ]
        return doc

    def chances(self, found: Sequence[Pair]) -> np.ndarray:
        """The probability of every class for every pair: float64 (pairs, classes)."""
        if not found:
            return np.zeros((0, len(CLASSES)))
        table = self.weights.table
        sums = (table.sums([pair.parts[n] for pair in found], prefix) for n, prefix in enumerate(_PREFIXES))
        return table.chances(sum(sums, np.zeros(len(CLASSES))))

    def _evidence(self, pair: Pair, column: int) -> tuple[int, int]:
        """The sentence that speaks most for a class."""
        if len(pair.places) == 1:
            return pair.places[0][0]
        sums = self.weights.table.sums([features for _, features in pair.places])[:, column]
        return pair.places[int(sums.argmax())][0]


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


def pairs(doc: Doc) -> list[Pair]:
    """The pairs worth a look, in text order of their heads, then tails."""
    text = Text.of(doc)
    main = main_method(doc)
    entities = [entity for entity in doc._.kg_entities if entity.label in LABELS][:MOST_ENTITIES]
    sides = [_side(text, entity, entity is main) for entity in entities]
    of_text = _text_features(sides)
    lists = _Lists(text, sides)
    found = []
    for head in sides:
        if head.kind != "M":
            continue
        for tail in sides:
            shared = sorted(head.mentions.keys() & tail.mentions.keys())
            if not _worth_a_look(head, tail, bool(shared)):
                continue
            both = dict(_pair_features(head, tail, len(shared)))
            if shared:
                in_abstract = [number for number in shared if number > 0] or shared
                names = [
                    (number, _together(text, lists, number, head, tail)) for number in in_abstract[:_MOST_SENTENCES]
                ]
            else:
                names = [
                    (number, _apart(text, number, head, tail))
                    for number in [*(head if tail.main else tail).mentions][:_MOST_SENTENCES]
                ]
            places = tuple((text.spans[number], dict.fromkeys(features, 1.0)) for number, features in names)
            for _, features in places:
                both |= features
            found.append(Pair(head.entity, tail.entity, (of_text, head.features, tail.features, both), places))
    return _with_reader(doc, found[:MOST_PAIRS])


def _with_reader(doc: Doc, found: list[Pair]) -> list[Pair]:
    """The pairs with what a reader says of them, if there is one."""
    reader: Any = doc._.kg_reader if Doc.has_extension("kg_reader") else None
    if reader is None or not found:
        return found
    heads = [pair.head.mentions[:_MOST_MENTIONS] for pair in found]
    tails = [pair.tail.mentions[:_MOST_MENTIONS] for pair in found]
    read = reader.relations(heads, tails, [pair.tail.label for pair in found])
    for pair, row in zip(found, np.maximum(read, _READER_FLOOR).tolist(), strict=True):
        pair.parts[-1].update((f"reader:{name}", value) for name, value in zip(CLASSES, row, strict=True))
    return found


def _worth_a_look(head: _Side, tail: _Side, together: bool) -> bool:
    """Whether the two may be related: in one sentence, or one of them is what the paper is about."""
    if head is tail:
        return False
    return together or head.main or tail.main or head.chances.get("introduces", 0.0) > _LIKELY


def _side(text: Text, entity: FoundEntity, main: bool) -> _Side:
    mentions: dict[int, list[tuple[int, int]]] = {}
    for place in entity.mentions[:_MOST_MENTIONS]:
        mentions.setdefault(text.sentence(place[0]), []).append(place)
    kind = "M" if entity.label == "METHOD" else "D"
    words = [singular(squeeze(word)) for word in entity.name.replace("-", " ").split()] or [""]
    chances = entity.role_chances or {entity.role: entity.role_score}
    features = {
        "score": _log_odds(entity.score),
        f"role:{entity.role}": 1.0,
        f"label:{entity.label}": 1.0,
        f"last:{words[-1]}": 1.0,
        f"part:{_part(text, entity.mentions[0][0])}": 1.0,
    }
    features.update((f"{kind}:{role}", _log_odds(chance)) for role, chance in chances.items())
    if main:
        features["main"] = 1.0
    if 0 in mentions:
        features["title"] = features[f"title:{entity.role}"] = 1.0
    carried = sorted(name for name in entity.features if name.startswith(_CARRIED) and name.isprintable())
    features.update((f"{kind}|{name}", 1.0) for name in carried)
    return _Side(entity, kind, main, words, mentions, chances, features)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, _FLOOR), 1 - _FLOOR)
    return math.log(chance / (1 - chance))


def _part(text: Text, start: int) -> int:
    """0 for the title, 1 to 4 for the quarters of the abstract."""
    if start < text.title_end:
        return 0
    return 1 + 4 * (start - text.title_end) // max(1, len(text) - text.title_end)


def _text_features(sides: Sequence[_Side]) -> dict[str, float]:
    """How many methods there are to choose from, and whether one is the main one."""
    methods = [side for side in sides if side.kind == "M"]
    introduced = sum(side.entity.role == "introduces" for side in methods)
    features = {f"methods:{min(len(methods), 8)}": 1.0, f"introduced:{min(introduced, 4)}": 1.0}
    if not introduced:
        features["no-main"] = 1.0
    return features


def _pair_features(head: _Side, tail: _Side, shared: int) -> Iterator[tuple[str, float]]:
    """Features of two entities wherever they stand."""
    kind = head.kind + tail.kind
    main = "head" if head.main else "tail" if tail.main else "no"
    yield f"{kind}:roles:{head.entity.role}>{tail.entity.role}", 1.0
    yield f"{kind}:main:{main}", 1.0
    yield "scores", head.entity.score * tail.entity.score
    yield f"{kind}:shared:{min(shared, 3)}", 1.0
    yield f"{kind}:first:{'head' if head.entity.mentions[0] < tail.entity.mentions[0] else 'tail'}", 1.0
    if not shared:
        distance = min(abs(a - b) for a in head.mentions for b in tail.mentions)
        yield f"{kind}:sentences-apart:{min(distance, 4)}", 1.0
    for name in _alike(head, tail):
        yield f"{kind}:{name}", 1.0


def _alike(head: _Side, tail: _Side) -> Iterator[str]:
    """How the names of two entities are alike: "Nested Dropout" and "Dropout", "Foo" and "Foo-v2"."""
    a, b = fold(head.entity.name), fold(tail.entity.name)
    for long, short, name in ((a, b, "head"), (b, a, "tail")):
        if len(long) > len(short) > 3:
            if long.endswith(short):
                yield f"{name}-ends-with-other"
            if long.startswith(short):
                yield f"{name}-starts-with-other"
            if short in long:
                yield f"{name}-contains-other"
    if not set(head.words).isdisjoint(tail.words):
        yield "share-word"
    if head.words[-1] == tail.words[-1]:
        yield "same-last"
    if a[:3] == b[:3]:
        yield "same-start"
    if a[-4:] == b[-4:]:
        yield "same-end"


class _Lists:
    """Which names are listed together: "A, B and C".

    `start`, `end`: of a mention, those of the part of its list up to it, and from it on (token numbers); `methods`:
    where methods are mentioned.
    """

    def __init__(self, text: Text, sides: Sequence[_Side]) -> None:
        places = sorted(place for side in sides for listed in side.mentions.values() for place in listed)
        self.methods = sorted(a for side in sides if side.kind == "M" for its in side.mentions.values() for a, _ in its)
        self.start = {place: place[0] for place in places}
        self.end = {place: place[1] for place in places}
        joined = [
            (a, b)
            for a, b in itertools.pairwise(places)
            if 0 < b[0] - a[1] <= 3
            and _LINKING.issuperset(text.lower[a[1] : b[0]])
            and not any(text.starts[a[1] : b[0] + 1])
        ]
        for a, b in joined:
            self.start[b] = self.start[a]
        for a, b in reversed(joined):
            self.end[a] = self.end[b]


def _together(text: Text, lists: _Lists, number: int, head: _Side, tail: _Side) -> Iterator[str]:
    """Features of the words around the closest mentions of two entities in a sentence."""
    here, there = head.mentions[number][:_MOST_IN_SENTENCE], tail.mentions[number][:_MOST_IN_SENTENCE]
    gap, a, b, ahead = min(
        (max(p[0], q[0]) - min(p[1], q[1]), min(p, q), max(p, q), p < q) for p in here for q in there
    )
    kind = head.kind + tail.kind
    if gap < 0:
        yield f"{kind}:overlap"
        return
    order = kind + (">" if ahead else "<")
    yield f"{order}{'title' if number == 0 else 'abstract'}"
    first, last = lists.end[a], lists.start[b]
    if last <= a[0]:
        yield f"{order}listed"
        yield f"{order}list-after:{_word(text, last - 1)}"
        first, last = a[1], b[0]
    else:
        if last < b[0]:
            yield f"{order}second-in-list"
        if first > a[1]:
            yield f"{order}first-in-list"
    yield from _between(text, order, first, last)
    between = bisect_left(lists.methods, last) - bisect_left(lists.methods, first)
    yield f"{order}methods-between:{min(between, 2)}"
    yield from _around(text, order, number, a[0], b[1])


def _word(text: Text, i: int) -> str:
    """The folded token at `i`, `^` for a line feed and beyond the text, for a table has one feature a line."""
    word = text.word(i)
    return word if word.isprintable() else "^"


def _between(text: Text, order: str, first: int, last: int) -> Iterator[str]:
    """Features of the words between two names."""
    words = text.lower[first : min(last, first + _WINDOW)]
    count = last - first
    yield f"{order}gap:{count if count < 4 else next((n for n in (6, 12, 24) if count <= n), 'far')}"
    if words:
        yield f"{order}first:{_word(text, first)}"
        yield f"{order}last:{_word(text, last - 1)}"
    if count <= _WORDS:
        for i in range(first, last):
            yield f"{order}between:{_word(text, i)}"
    cues = sorted({_CUE_OF[word] for word in words if word in _CUE_OF}) or ["none"]
    for cue in cues:
        yield f"{order}cue:{cue}"
        yield f"{order[:-1]}:cue:{cue}"


def _around(text: Text, order: str, number: int, first: int, last: int) -> Iterator[str]:
    """Features of the words before and after two names, or one, in a sentence."""
    begin = text.firsts[number]
    end = text.firsts[number + 1] if number + 1 < len(text.firsts) else len(text)
    before = text.lower[max(begin, first - _WINDOW) : first]
    after = text.lower[last : min(end, last + _WINDOW)]
    for side, words in (("before", before), ("after", after)):
        for cue in sorted({_CUE_OF[word] for word in words if word in _CUE_OF}):
            yield f"{order}{side}:{cue}"
    yield f"{order}previous:{_word(text, first - 1)}"
    yield f"{order}next:{_word(text, last)}"
    if number == len(text.firsts) - 1:
        yield f"{order}last-sentence"


def _apart(text: Text, number: int, head: _Side, tail: _Side) -> Iterator[str]:
    """Features of the words around the less central of two entities, in a sentence that does not name the other."""
    order = f"{head.kind}{tail.kind}{'main' if head.main else 'part' if tail.main else 'other'}~"
    here, there = (head, tail) if tail.main else (tail, head)
    yield f"{order}{'title' if number == 0 else 'abstract'}"
    distance = min((number - its for its in there.mentions), key=abs)
    yield f"{order}distance:{max(-3, min(3, distance))}"
    yield from _around(text, order, number, *here.mentions[number][0])
