"""Scores extracted records against annotated ones, paper by paper.

Precision, recall and F1 are micro-averaged over all papers:

- method, dataset, benchmark, task, metric: an entity is found when its type is right and one of its surface forms
  equals one of the annotated entity's (case, hyphens, spaces, plural s and braces folded); `resource` takes data sets
  and benchmarks as one type;
- headline: methods, data sets, benchmarks and links pooled;
- role: of the entities found, whether the role is right, too;
- link: cleaned addresses; link_kind: with their kind;
- relation: type and both ends; result: the same value and, where the annotation has them, data set and metric.

Annotated entities marked `optional` are neither required nor punished, nor is a form that is so marked in three papers
or more.  Relations and results count only where the annotation has them (`None` is not the same as none found).
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from kg.errors import KgError
from kg.models import ENTITY_TYPES, Entity, Record, Relation, Result

HEADLINE_TYPES = frozenset({"method", "dataset", "benchmark"})
MEASURES = (*ENTITY_TYPES, "resource", "headline", "role", "link", "link_kind", "relation", "result")
UMBRELLA_PAPERS = 3

_DASHES = str.maketrans("\u2010\u2011\u2013", "---")
_NOISE = re.compile(r"[\\{}$`'\"\u2018\u2019\u201c\u201d]")
_ARTICLE = re.compile(r"^(?:the|a|an)\s+")
_GAPS = re.compile(r"[\s_-]+")
_DEFINED = re.compile(r"(.+?)\s*\(([^()]+)\)")  # "Long Form (LF)"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

Ends = tuple[str, frozenset[str], frozenset[str]]  # type, surface forms of head and of tail

_Item = TypeVar("_Item")


@dataclass
class Row:
    """Counts of one measure: found and right, found but wrong, not found."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right, in [0, 1]; 0 if nothing was found."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of what is right that was found, in [0, 1]; 0 if there is nothing to find."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def add(self, *, right: int, found: int, wanted: int) -> None:
        """Count `right` hits among `found` and `wanted` things."""
        self.tp += right
        self.fp += found - right
        self.fn += wanted - right


@dataclass
class Evaluation:
    """The measures by name, in the order of `MEASURES`, and what was missed and invented most often.

    Attributes:
        papers: annotated papers; `predicted`: how many of them have a prediction.
        misses, extras: of the headline's entities, ((type, name), papers), most frequent first.
    """

    papers: int = 0
    predicted: int = 0
    rows: dict[str, Row] = field(default_factory=lambda: {name: Row() for name in MEASURES})
    misses: list[tuple[tuple[str, str], int]] = field(default_factory=list)
    extras: list[tuple[tuple[str, str], int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The figures as plain values, for JSON: `p`, `r`, `f1`, `tp`, `fp`, `fn` for every measure."""
        rows = {
            name: {"p": row.precision, "r": row.recall, "f1": row.f1, "tp": row.tp, "fp": row.fp, "fn": row.fn}
            for name, row in self.rows.items()
        }
        return {"papers": self.papers, "predicted": self.predicted, **rows}


def evaluate(gold: Iterable[Record], predicted: Iterable[Record]) -> Evaluation:
    """Score `predicted` against `gold`; papers are joined on their folded title, else on their id.

    Papers that only `predicted` has are ignored; a paper without a prediction counts as one with nothing found.
    """
    golds = list(gold)
    by_id, by_title = {}, {}
    for record in predicted:
        by_id[record.id] = record
        if key := fold(record.title):
            by_title[key] = record
    scorer = _Scorer(golds)
    for record in golds:
        scorer.score(record, by_title.get(fold(record.title)) or by_id.get(record.id))
    return scorer.finish()


def read_records(path: str | os.PathLike[str]) -> list[Record]:
    """The records of a file of JSON Lines, packed with gzip or not.

    Raises:
        KgError: the file cannot be read, or a line is no record; names file and line.
    """
    records: list[Record] = []
    try:
        for number, line in _lines(Path(path)):
            records.append(_record(line, f"{path}:{number}"))
    except (OSError, EOFError, zlib.error) as error:
        raise KgError(f"{path}: cannot be read beyond record {len(records)}: {error}") from error
    return records


def _record(line: bytes, where: str) -> Record:
    try:
        return msgspec.json.decode(line, type=Record)
    except msgspec.MsgspecError as error:
        reason = f"no record ({error}); each line must be one JSON object as `kg extract` writes it"
        raise KgError(f"{where}: {reason}") from error


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if packed else raw as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line


def fold(text: str) -> str:
    """What is compared of a surface form: no case, article, hyphens, spaces, quotes, braces or plural s."""
    text = _NOISE.sub("", text.casefold().translate(_DASHES)).strip()
    text = _GAPS.sub("", _ARTICLE.sub("", text))
    return text[:-1] if len(text) > 3 and text.endswith("s") and not text.endswith("ss") else text


def fold_url(url: str) -> str:
    """What is compared of an address: no case, scheme, `www.`, `.git` or trailing slash."""
    url = re.sub(r"^https?://", "", url.strip().casefold())
    return url.removeprefix("www.").rstrip("/").removesuffix(".git")


def forms(entity: Entity) -> frozenset[str]:
    """All folded surface forms of an entity; `Long Form (LF)` gives both parts, too."""
    keys = set()
    for mention in (*entity.mentions, entity.name):
        text = mention if isinstance(mention, str) else mention.text
        keys.add(fold(text))
        if defined := _DEFINED.fullmatch(text):
            keys.update(map(fold, defined.groups()))
    return frozenset(keys - {""})


def umbrella_forms(golds: Iterable[Record]) -> set[tuple[str, str]]:
    """(type, folded form) of what annotators marked optional in so many papers that it is never punished."""
    marked = Counter(
        key for record in golds for key in {(e.type, form) for e in record.entities if e.optional for form in forms(e)}
    )
    return {key for key, papers in marked.items() if papers >= UMBRELLA_PAPERS}


class _Scorer:
    """Adds up papers."""

    def __init__(self, golds: Sequence[Record]) -> None:
        self._umbrella = umbrella_forms(golds)
        self._misses: Counter[tuple[str, str]] = Counter()
        self._extras: Counter[tuple[str, str]] = Counter()
        self._evaluation = Evaluation(papers=len(golds))
        self._rows = self._evaluation.rows

    def finish(self) -> Evaluation:
        self._evaluation.misses = self._misses.most_common()
        self._evaluation.extras = self._extras.most_common()
        return self._evaluation

    def score(self, gold: Record, predicted: Record | None) -> None:
        self._evaluation.predicted += predicted is not None
        predicted = predicted or Record(id=gold.id, entities=(), links=())
        for type_ in ENTITY_TYPES:
            self._score_entities(gold, predicted, type_, {type_})
        self._score_entities(gold, predicted, "resource", {"dataset", "benchmark"})
        self._score_links(gold, predicted)
        if gold.relations is not None:
            wanted, found = ends(gold), ends(predicted)
            right = len(pair(wanted, found, same_relation))
            self._rows["relation"].add(right=right, found=len(found), wanted=len(wanted))
        if gold.results is not None:
            results = predicted.results or ()
            right = len(pair(gold.results, results, same_result))
            self._rows["result"].add(right=right, found=len(results), wanted=len(gold.results))

    def _score_entities(self, gold: Record, predicted: Record, measure: str, types: set[str]) -> None:
        # Required entities first, so that an optional one never takes the hit of a required one.
        wanted = sorted((e for e in gold.entities if e.type in types), key=lambda e: e.optional)
        found = [e for e in predicted.entities if e.type in types]
        wanted_forms, found_forms = [forms(e) for e in wanted], [forms(e) for e in found]
        pairs = pair(wanted_forms, found_forms, lambda a, b: bool(a & b))
        required = [i for i, entity in enumerate(wanted) if not entity.optional]
        hits = [i for i in required if i in pairs]
        left = [j for j in range(len(found)) if j not in pairs.values()]
        extras = [found[j] for j in left if not self._is_umbrella(found[j].type, found_forms[j])]
        counts = {"right": len(hits), "found": len(hits) + len(extras), "wanted": len(required)}
        self._rows[measure].add(**counts)
        if measure in HEADLINE_TYPES:
            self._rows["headline"].add(**counts)
            self._misses.update((measure, wanted[i].name) for i in required if i not in pairs)
            self._extras.update((measure, entity.name) for entity in extras)
        if measure != "resource":
            right = sum(wanted[i].role == found[pairs[i]].role for i in hits)
            self._rows["role"].add(right=right, found=len(hits), wanted=len(required))

    def _is_umbrella(self, type_: str, keys: frozenset[str]) -> bool:
        return any((type_, key) in self._umbrella for key in keys)

    def _score_links(self, gold: Record, predicted: Record) -> None:
        wanted = {fold_url(link.url): link.kind for link in gold.links}
        found = {fold_url(link.url): link.kind for link in predicted.links}
        both = wanted.keys() & found.keys()
        for measure in ("link", "headline"):
            self._rows[measure].add(right=len(both), found=len(found), wanted=len(wanted))
        kinds = sum(wanted[url] == found[url] for url in both)
        self._rows["link_kind"].add(right=kinds, found=len(found), wanted=len(wanted))


def pair(wanted: Sequence[_Item], found: Sequence[_Item], same: Callable[[_Item, _Item], bool]) -> dict[int, int]:
    """One-to-one pairs of equal things by their places, each taking the first that is left."""
    pairs: dict[int, int] = {}
    free = list(range(len(found)))
    for i, item in enumerate(wanted):
        if (hit := next((j for j in free if same(item, found[j])), None)) is not None:
            pairs[i] = hit
            free.remove(hit)
    return pairs


def ends(record: Record) -> list[Ends]:
    """The relations of a record as type and the surface forms of both ends."""
    by_name = {entity.name: forms(entity) for entity in record.entities}

    def known(name: str) -> frozenset[str]:
        return by_name.get(name, frozenset({fold(name)}))

    relations: Iterable[Relation] = record.relations or ()
    return [(relation.type, known(relation.head), known(relation.tail)) for relation in relations]


def same_relation(gold: Ends, predicted: Ends) -> bool:
    """Whether type and both ends agree."""
    return gold[0] == predicted[0] and not gold[1].isdisjoint(predicted[1]) and not gold[2].isdisjoint(predicted[2])


def same_result(gold: Result, predicted: Result) -> bool:
    """Whether both state the same value and, where `gold` has them, the same data set and metric."""
    if _numbers(gold.value).isdisjoint(_numbers(predicted.value)):
        return False
    named = ((gold.dataset, predicted.dataset), (gold.metric, predicted.metric))
    return all(not wanted or (found and fold(wanted) == fold(found)) for wanted, found in named)


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}
