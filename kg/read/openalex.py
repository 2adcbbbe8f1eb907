"""Works of OpenAlex as JSON Lines: abstracts come as an inverted index, identifiers as addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kg.read.fields import BadRecordError

NAME = "openalex"


def matches(record: Mapping[str, object]) -> bool:
    """Whether a JSON object is of this dialect."""
    id_ = record.get("id")
    return "abstract_inverted_index" in record or (isinstance(id_, str) and id_.startswith("https://openalex.org/W"))


def flatten(record: Mapping[str, object]) -> dict[str, object]:
    """The same record with the usual names of fields.

    Raises:
        BadRecordError: the inverted index is none.
    """
    ids = _object(record.get("ids"))
    location = _object(record.get("primary_location"))
    source = _object(location.get("source")) or _object(record.get("host_venue"))
    id_ = record.get("id") or ids.get("openalex")
    return {
        "id": id_.rpartition("/")[2] if isinstance(id_, str) else id_,
        "title": record.get("title") or record.get("display_name"),
        "abstract": _abstract(record.get("abstract_inverted_index")),
        "authors": [_object(_object(item).get("author")) for item in _objects(record.get("authorships"))],
        "year": record.get("publication_year"),
        "date": record.get("publication_date"),
        "venue": source.get("display_name"),
        "url": location.get("landing_page_url"),
        "doi": record.get("doi") or ids.get("doi"),
        "arxiv": next(_arxiv_addresses(record), None),
        "openalex": id_,
    }


def _abstract(index: object) -> str:
    """The text of `{word: [positions]}`."""
    if index is None:
        return ""
    if not isinstance(index, dict):
        raise BadRecordError("its abstract_inverted_index is no object of words and positions")
    placed: list[tuple[int, str]] = []
    for word, positions in index.items():
        if not isinstance(positions, list) or not all(type(position) is int for position in positions):
            raise BadRecordError("its abstract_inverted_index has positions that are no list of whole numbers")
        placed += ((position, word) for position in positions)
    return " ".join(word for _, word in sorted(placed))


def _arxiv_addresses(record: Mapping[str, object]) -> Iterator[str]:
    """Addresses at arXiv where the work can be read."""
    for location in _objects(record.get("locations")):
        address = location.get("landing_page_url")
        if isinstance(address, str) and "arxiv.org/abs/" in address:
            yield address


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
