"""Everything predicted, judged against the annotation: right, wrong, or neither.

The pairs are those of `kg.evaluate`, so that right and wrong here add up to its figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kg.evaluate import ends, fold_url, forms, pair, same_relation, same_result, umbrella_forms
from kg.models import ENTITY_TYPES, Entity, Record

Kind = Literal["entity", "role", "edge", "link", "relation", "result"]
KINDS: tuple[Kind, ...] = ("entity", "role", "edge", "link", "relation", "result")
NOTHING = "nothing"  # the class of what only one side has


@dataclass(frozen=True)
class Judgement:
    """One prediction: what it is, its class, the probability it was given, and whether it is right.

    `role` is the role of an entity that was found, given that it was found; `edge` is the paper's relationship to any
    predicted entity, right if entity and role are.
    """

    kind: Kind
    label: str
    score: float
    right: bool


@dataclass(frozen=True)
class Pair:
    """A paper's annotated record and the predicted one."""

    gold: Record
    predicted: Record


def join(golds: Iterable[Record], predictions: Iterable[Record]) -> list[Pair]:
    """Every annotated record with the prediction of the same id, an empty one if there is none."""
    by_id = {record.id: record for record in predictions}
    return [Pair(gold, by_id.get(gold.id) or Record(id=gold.id, entities=(), links=())) for gold in golds]


def judge(pairs: Sequence[Pair]) -> list[Judgement]:
    """Every prediction that the annotation says something about.

    Left out are those that match an optional entity or an umbrella term, and relations and results of papers annotated
    without.  A prediction without a score counts as certain.
    """
    umbrella = umbrella_forms(both.gold for both in pairs)
    return [judgement for both in pairs for judgement in (*_entities(both, umbrella), *_others(both))]


def wanted(pairs: Sequence[Pair]) -> Counter[str]:
    """How much of each kind the annotation has, what is optional left out."""
    counts: Counter[str] = Counter()
    for both in pairs:
        gold, required = both.gold, sum(not entity.optional for entity in both.gold.entities)
        counts.update({"entity": required, "edge": required, "link": len(gold.links)})
        counts.update({"relation": len(gold.relations or ()), "result": len(gold.results or ())})
    return counts


def _entities(both: Pair, umbrella: set[tuple[str, str]]) -> Iterator[Judgement]:
    for type_ in ENTITY_TYPES:
        golds = sorted((e for e in both.gold.entities if e.type == type_), key=lambda e: e.optional)
        found = [entity for entity in both.predicted.entities if entity.type == type_]
        matched = {j: golds[i] for i, j in pair(golds, found, _same_form).items()}
        for j, entity in enumerate(found):
            gold = matched.get(j)
            if gold.optional if gold else any((type_, form) in umbrella for form in forms(entity)):
                continue
            score, role_score = _score(entity.score), _score(entity.role_score)
            same = gold is not None and gold.role == entity.role
            yield Judgement("entity", type_, score, gold is not None)
            yield Judgement("edge", type_, score * role_score, same)
            if gold:
                yield Judgement("role", type_, role_score, same)


def _others(both: Pair) -> Iterator[Judgement]:
    gold, predicted = both.gold, both.predicted
    urls = {fold_url(link.url) for link in gold.links}
    for link in predicted.links:
        yield Judgement("link", link.kind, _score(link.score), fold_url(link.url) in urls)
    if gold.relations is not None:
        hits = set(pair(ends(gold), ends(predicted), same_relation).values())
        for n, relation in enumerate(predicted.relations or ()):
            yield Judgement("relation", relation.type, _score(relation.score), n in hits)
    if gold.results is not None:
        hits = set(pair(gold.results, predicted.results or (), same_result).values())
        for n, result in enumerate(predicted.results or ()):
            yield Judgement("result", "delta" if result.delta else "absolute", _score(result.score), n in hits)


def confusion(pairs: Sequence[Pair]) -> dict[str, Counter[tuple[str, str]]]:
    """(annotated, predicted) to how often, for the types of entities, the roles, and the types of relations.

    Of entities and relations, `NOTHING` is the class of what only one side has; roles are those of entities found with
    the right type.  What is optional or an umbrella term counts nowhere.
    """
    umbrella = umbrella_forms(both.gold for both in pairs)
    tables: dict[str, Counter[tuple[str, str]]] = {"type": Counter(), "role": Counter(), "relation": Counter()}
    for both in pairs:
        for gold, found in _entity_pairs(both):
            if (gold and gold.optional) or (
                found and not gold and any((found.type, form) in umbrella for form in forms(found))
            ):
                continue
            tables["type"][gold.type if gold else NOTHING, found.type if found else NOTHING] += 1
            if gold and found and gold.type == found.type:
                tables["role"][gold.role, found.role] += 1
        if both.gold.relations is not None:
            golds, predicted = ends(both.gold), ends(both.predicted)
            hits = pair(golds, predicted, same_relation)
            left = [i for i in range(len(golds)) if i not in hits]
            free = [j for j in range(len(predicted)) if j not in hits.values()]
            others = pair(
                [golds[i] for i in left],
                [predicted[j] for j in free],
                lambda a, b: not a[1].isdisjoint(b[1]) and not a[2].isdisjoint(b[2]),
            )
            hits |= {left[i]: free[j] for i, j in others.items()}
            tables["relation"].update(_classes(golds, predicted, hits))
    return tables


def _classes(
    golds: Sequence[tuple[str, object, object]], found: Sequence[tuple[str, object, object]], pairs: dict[int, int]
) -> Iterator[tuple[str, str]]:
    for i, gold in enumerate(golds):
        yield gold[0], found[pairs[i]][0] if i in pairs else NOTHING
    for j in set(range(len(found))) - set(pairs.values()):
        yield NOTHING, found[j][0]


def _entity_pairs(both: Pair) -> Iterator[tuple[Entity | None, Entity | None]]:
    """Annotated and predicted entities that share a form, of one type if possible; then those of one side only."""
    golds = sorted(both.gold.entities, key=lambda e: e.optional)
    found = list(both.predicted.entities)
    for same in (_same_type_and_form, _same_form):
        pairs = pair(golds, found, same)
        yield from ((golds[i], found[j]) for i, j in pairs.items())
        golds = [entity for i, entity in enumerate(golds) if i not in pairs]
        found = [entity for j, entity in enumerate(found) if j not in pairs.values()]
    yield from ((entity, None) for entity in golds)
    yield from ((None, entity) for entity in found)


def _same_form(gold: Entity, predicted: Entity) -> bool:
    return not forms(gold).isdisjoint(forms(predicted))


def _same_type_and_form(gold: Entity, predicted: Entity) -> bool:
    return gold.type == predicted.type and _same_form(gold, predicted)


def _score(score: float | None) -> float:
    return 1.0 if score is None else score
