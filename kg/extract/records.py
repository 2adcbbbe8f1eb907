"""A processed document becomes a record: surface forms with character offsets, evidence as whole sentences."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.models import Entity, EntityType, Link, Mention, Paper, Record, Relation, Result, Span


def to_record(paper: Paper, doc: Doc, extractor: str) -> Record:
    """The record of `paper`, of whose `text` the pipeline made `doc`.

    Offsets count code points of `paper.text`; of each surface form an entity has its first place; evidence spans are
    whole sentences.
    """
    entities = tuple(_entity(doc, found) for found in doc._.kg_entities)
    links = tuple(
        Link(url=link.url, kind=link.kind, score=link.score, start_char=link.sentence[0], end_char=link.sentence[1])
        for link in doc._.kg_links
    )
    results: Iterable[Result] = doc._.kg_results
    relations: Iterable[Relation] = doc._.kg_relations
    return Record(
        id=paper.id,
        title=paper.title,
        abstract=paper.abstract,
        entities=entities,
        links=links,
        results=tuple(results),
        relations=tuple(relations),
        extractor=extractor,
    )


def above(record: Record, min_score: float) -> Record:
    """The record without entities, links, relations and results that are less likely to be right; without scores, all.

    A relation goes with either of its ends; a result stays without the entity that it is said to be of.
    """
    if min_score <= 0:
        return record
    entities = tuple(entity for entity in record.entities if _reaches(entity.score, min_score))
    gone = {entity.name for entity in record.entities} - {entity.name for entity in entities}
    relations, results = record.relations, record.results
    if relations is not None:
        relations = tuple(
            relation
            for relation in relations
            if _reaches(relation.score, min_score) and gone.isdisjoint({relation.head, relation.tail})
        )
    if results is not None:
        results = tuple(_without(result, gone) for result in results if _reaches(result.score, min_score))
    links = tuple(link for link in record.links if _reaches(link.score, min_score))
    return msgspec.structs.replace(record, entities=entities, links=links, relations=relations, results=results)


def _reaches(score: float | None, least: float) -> bool:
    return score is None or score >= least


def _without(result: Result, gone: set[str]) -> Result:
    left = {of: None for of in ("metric", "dataset", "method") if getattr(result, of) in gone}
    return msgspec.structs.replace(result, **left)


def _entity(doc: Doc, found: FoundEntity) -> Entity:
    mentions: dict[str, Mention] = {}
    for start, end in found.mentions:
        span = doc[start:end]
        mentions.setdefault(span.text, Mention(text=span.text, start_char=span.start_char, end_char=span.end_char))
    type_: EntityType = found.label.lower()  # type: ignore[assignment]
    return Entity(
        type=type_,
        role=found.role,
        name=found.name,
        mentions=tuple(mentions.values()),
        score=found.score,
        role_score=found.role_score,
        role_evidence=Span(*found.sentence) if found.sentence else None,
    )
