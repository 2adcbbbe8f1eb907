"""From the fields of a record, whatever its columns are called, to a `Paper`; and the clean form of each field."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import unquote

from kg.models import Paper

# What columns are called, most telling name first.  Compared in lower case, with spaces and hyphens as underscores.
NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "paper_title", "article_title", "document_title", "display_name"),
    "abstract": (
        "abstract", "paper_abstract", "paperabstract", "abstract_text", "abstract_note", "summary", "description",
    ),
    "id": ("id", "paper_id", "paperid", "key", "uid", "entry_id", "citation_key", "bibkey", "forum"),
    "authors": ("authors", "author", "author_names", "author_full_names", "creators"),
    "year": ("year", "publication_year", "pub_year"),
    "date": ("date", "publication_date", "publicationdate", "published", "published_date", "pub_date", "created"),
    "venue": (
        "venue", "journal", "booktitle", "conference", "journaltitle", "journal_name", "container_title",
        "publication_title", "source_title",
    ),
    "url": ("url", "link", "paper_url", "url_abs", "landing_page_url", "pdf", "pdf_url", "url_pdf"),
    "doi": ("doi", "doi_url"),
    "arxiv": ("arxiv", "arxiv_id", "arxivid", "eprint"),
    "openalex": ("openalex", "openalex_id"),
    "s2": ("s2", "s2_id", "semantic_scholar_id"),
}  # fmt: skip
KNOWN = {name: field for field, names in NAMES.items() for name in names}

_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_DOI = re.compile(r"(?:https?://(?:[\w-]+\.)*doi\.org/|doi:\s*|^)(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_ARXIV_ID = r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?"
_ARXIV_BARE = re.compile(_ARXIV_ID, re.IGNORECASE)
_ARXIV_NAMED = re.compile(
    rf"(?:arxiv:\s*|arxiv\.org/[a-z]+/|10\.48550/arxiv\.){_ARXIV_ID}(?![\w/])", re.IGNORECASE
)  # fmt: skip
_OPENALEX = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?(W\d+)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?")
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


class BadRecordError(Exception):
    """A record that gives no paper; the message says why."""


@lru_cache(maxsize=4096)
def column(name: str) -> str:
    """The name of a column as it is compared with `NAMES`."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def paper(record: Mapping[str, object], source: str) -> Paper:
    """The paper in a record with usual column names; what is unknown or makes no sense is left out.

    Args:
        record: column name to value, as the input has them.
        source: name of the input's format, kept in `Paper.source`.

    Raises:
        BadRecordError: there is no title, or title or abstract are no text.
    """
    values: dict[str, object] = {}
    for name, value in record.items():
        if (key := column(name)) in KNOWN and not _is_blank(value):
            values.setdefault(key, value)
    found = {field: [values[name] for name in names if name in values] for field, names in NAMES.items()}

    title = title_text(_text(found["title"], "title"))
    if not title:
        raise BadRecordError("it has no title")
    addresses = [value for value in found["url"] if isinstance(value, str)]
    identifiers = [value for value in (*found["doi"], *addresses) if isinstance(value, str)]
    date = next(filter(None, map(iso_date, found["date"])), None)
    year = next(filter(None, map(year_number, found["year"])), None)
    return Paper(
        id=_plain(found["id"]) or "",
        title=title,
        abstract=abstract_text(_text(found["abstract"], "abstract")),
        year=year or year_number(date and date[:4]),
        date=date,
        venue=_plain(found["venue"]),
        url=next(filter(None, map(web_address, addresses)), None),
        doi=next(filter(None, map(doi, identifiers)), None),
        arxiv=next(filter(None, (arxiv_id(value, bare=True) for value in found["arxiv"])), None)
        or next(filter(None, map(arxiv_id, (*identifiers, *found["id"]))), None),
        openalex=next(filter(None, map(openalex_id, (*found["openalex"], *found["id"]))), None),
        s2=_plain(found["s2"]),
        authors=tuple(author_names(next(iter(found["authors"]), None))),
        source=source,
    )


def label(record: Mapping[str, object]) -> str | None:
    """What to call a record in a message: its id, else the beginning of its title."""
    values = {KNOWN.get(column(name)): value for name, value in record.items() if not _is_blank(value)}
    name = next((values[field] for field in ("id", "title") if isinstance(values.get(field), str | int)), None)
    return shorten(title_text(str(name))) if name is not None else None


def shorten(text: str, width: int = 60) -> str:
    """At most `width` characters of a text, for messages."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def abstract_text(text: str) -> str:
    """An abstract as given, but with plain line feeds, and no control characters or surrounding space."""
    return _clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def title_text(text: str) -> str:
    """A title, or any other short text, as given, but in one line."""
    return _clean(_BREAKS.sub(" ", text.strip()))


def doi(value: object) -> str | None:
    """A DOI in lower case without resolver or `doi:`; None if it is none."""
    if not isinstance(value, str):
        return None
    found = _DOI.search(unquote(value.strip()))
    return title_text(found[1]).lower() or None if found else None


def arxiv_id(value: object, *, bare: bool = False) -> str | None:
    """An arXiv id without version, from an address, a DOI or `arXiv:ID`; with `bare`, also from the id alone."""
    if not isinstance(value, str):
        return None
    found = _ARXIV_NAMED.search(value) or (_ARXIV_BARE.fullmatch(value.strip()) if bare else None)
    if not found:
        return None
    archive, slash, number = found[1].lower().rpartition("/")
    return f"{archive.partition('.')[0]}{slash}{number}"  # math.GT/0309136 is math/0309136


def openalex_id(value: object) -> str | None:
    """An OpenAlex work id, `W...`; None if it is none."""
    found = _OPENALEX.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1].upper() if found else None


def iso_date(value: object) -> str | None:
    """A date as YYYY, YYYY-MM or YYYY-MM-DD (a time is dropped); None if it is no such date."""
    if isinstance(value, datetime.date):
        value = value.isoformat()
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or year_number(found[1]) is None:
        return None
    year, month, day = found.groups()
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(filter(None, (year, month, day)))


def year_number(value: object) -> int | None:
    """A year from 1500 to 2100, given as number or text; None if it is none."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{4}(\.0)?\s*", value, re.ASCII):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1500 <= value <= 2100:
        return None
    return int(value) if value == int(value) else None


def web_address(value: object) -> str | None:
    """An http or https address; None for anything else."""
    return value.strip() if isinstance(value, str) and _URL.fullmatch(value.strip()) else None


def author_names(value: object) -> list[str]:
    """Names from a list of names or of objects with a name, or from one text that lists them."""
    if isinstance(value, str):
        names = _listed(value)
    elif isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        names = [_name(item) for item in value]
    else:
        names = [_name(value)]
    return [clean for name in names if (clean := title_text(name).strip(" ,"))]


def _listed(text: str) -> list[str]:
    """The names in `A; B`, `A and B`, `A, B and C` or a printed list such as `['A', 'B']`."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        quoted = [re.sub(r"\\(.)", r"\1", single or double) for single, double in _QUOTED.findall(text)]
        return quoted or text[1:-1].split(",")
    if ";" in text:
        return text.split(";")
    names = re.split(r"\s+(?:and|&)\s+", text)
    # "Doe, Jane" is one name, "Jane Doe, John Roe" are two: names of one word are no names.
    parts = [part.strip() for name in names for part in name.split(",") if part.strip()]
    return parts if all(" " in part for part in parts) else names


def _name(item: object) -> str:
    """The name in one item of a list of authors."""
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping):
        return ""
    if isinstance(name := item.get("name") or item.get("display_name"), str):
        return name
    parts = (item.get("first") or item.get("given"), item.get("last") or item.get("family"))
    return " ".join(part for part in parts if isinstance(part, str))


def _text(values: list[object], what: str) -> str:
    """The first of the values, which must be text."""
    value = next(iter(values), "")
    if not isinstance(value, str):
        raise BadRecordError(f"its {what} is {_kind(value)}, not text")
    return value


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, Mapping) else f"of type {type(value).__name__}"


def _plain(values: list[object]) -> str | None:
    """The first of the values that is a text or a whole number, in one line."""
    for value in values:
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return title_text(str(value)) or None
    return None


def _is_blank(value: object) -> bool:
    # A number that is not itself is NaN, which tables of numbers have in empty places.
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124


def _clean(text: str) -> str:
    if text.isprintable():  # then there is nothing to do, as nearly always
        return text.strip()
    return _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text)).strip()
