"""The metadata snapshot of arXiv: JSON Lines with the fields of its OAI interface and the authors' names in parts."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping, Sequence

from kg.read.fields import arxiv_id

NAME = "arxiv"


def matches(record: Mapping[str, object]) -> bool:
    """Whether a JSON object is of this dialect."""
    return (
        "title" in record
        and "abstract" in record
        and not record.keys().isdisjoint({"authors_parsed", "versions", "categories"})
        and arxiv_id(record.get("id"), bare=True) is not None
    )


def flatten(record: Mapping[str, object]) -> dict[str, object]:
    """The same record with the usual names of fields; the date is that of the first version."""
    id_ = record["id"]
    identifier = arxiv_id(id_, bare=True)
    return {
        "id": id_,
        "title": record["title"],
        "abstract": record["abstract"],
        "authors": _authors(record.get("authors_parsed")) or record.get("authors"),
        "date": _first_version(record.get("versions")) or record.get("update_date"),
        "venue": record.get("journal-ref"),
        "url": f"https://arxiv.org/abs/{identifier}",
        "doi": record.get("doi"),
        "arxiv": identifier,
    }


def _authors(parsed: object) -> list[str]:
    """`[["Doe", "Jane", "Jr"]]` as `["Jane Doe Jr"]`."""
    names = []
    for parts in parsed if isinstance(parsed, list) else []:
        if isinstance(parts, Sequence) and not isinstance(parts, str):
            last, first, suffix = ([str(part) for part in parts] + ["", "", ""])[:3]
            names.append(" ".join(filter(None, (first, last, suffix))))
    return list(filter(None, names))


def _first_version(versions: object) -> str | None:
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, dict) else None
    try:
        return email.utils.parsedate_to_datetime(created).date().isoformat() if isinstance(created, str) else None
    except ValueError:
        return None
