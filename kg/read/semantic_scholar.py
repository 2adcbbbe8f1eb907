"""Papers of Semantic Scholar as JSON Lines: answers of its Graph API, its bulk data sets, and the older open corpus."""

from __future__ import annotations

from collections.abc import Mapping

from kg.read.fields import column

NAME = "semantic-scholar"

_KEYS = frozenset({"paperId", "corpusid", "corpusId", "externalIds", "externalids", "paperAbstract"})


def matches(record: Mapping[str, object]) -> bool:
    """Whether a JSON object is of this dialect."""
    return not _KEYS.isdisjoint(record)


def flatten(record: Mapping[str, object]) -> dict[str, object]:
    """The same record with the usual names of fields; without a paper id, `CorpusId:N` stands for it."""
    fields = {column(name): value for name, value in record.items()}
    external = {column(name): value for name, value in _object(fields.get("externalids")).items()}
    corpus = fields.get("corpusid") or external.get("corpusid")
    id_ = fields.get("paperid") or fields.get("id") or (f"CorpusId:{corpus}" if corpus else None)
    venue = fields.get("venue") or _object(fields.get("publicationvenue")).get("name")
    journal = fields.get("journal")
    return {
        "id": id_,
        "title": fields.get("title"),
        "abstract": fields.get("abstract") or fields.get("paperabstract"),
        "authors": fields.get("authors"),
        "year": fields.get("year"),
        "date": fields.get("publicationdate"),
        "venue": venue or _object(journal).get("name") or fields.get("journalname"),
        "url": fields.get("url") or fields.get("s2url"),
        "doi": external.get("doi") or fields.get("doi"),
        "arxiv": external.get("arxiv"),
        "s2": id_,
    }


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
