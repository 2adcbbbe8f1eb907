"""BibTeX and BibLaTeX: entries with title and abstract, LaTeX accents and braces as plain text.

The file is split into entries here, so that a broken one costs no other; pybtex parses each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person
from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict
from pylatexenc.latex2text import LatexNodes2Text

from kg.models import Paper, Rejected
from kg.read import fields
from kg.read.fields import BadRecordError
from kg.read.source import Source, flaw

NAME = "bibtex"
ENTRY_LIMIT = 1024 * 1024  # characters; pybtex takes quadratic time

_OPENING = re.compile(r"@\s*(\w+)\s*[{(]")
_BARE = re.compile(r"\s*@\s*\w+\s*")  # the brace stands on the next line
_KEYED = re.compile(r"\s{0,3}@\s*\w+\s*[{(]\s*[^\s{}(),=]+\s*,")
_KEY = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}=]+)\s*,")
_BRACES = re.compile(r"[{})]")

_LATEX = LatexNodes2Text(math_mode="verbatim")
_LINK = re.compile(r"\\url\s*\{([^{}]*)\}|\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TILDE = re.compile(r"\\(?:~|textasciitilde)\s*\{\}")
_FONT = re.compile(
    r"\\(?:emph|mbox|underline|text(?:bf|it|md|normal|rm|sc|sf|sl|tt|up|subscript|superscript))\s*(?=\{)"
)
_GROUP = r"\{(?>[^{}]+|\{(?>[^{}]+|\{[^{}]*\})*+\})*+\}"
_MARKUP = re.compile(
    rf"""(?P<kept> https?://[^\s{{}}]+ | \$\$.+?\$\$ | \$(?:[^$\\]|\\.)+\$ | \\\(.+?\\\) | \\\[.+?\\\] )
    |(?P<macro> \\(?:[`'"^~=.]|[cvuHkrbdt](?![A-Za-z])) \s* (?: \\[ij](?![A-Za-z]) | [A-Za-z] | {_GROUP} )
        | \\(?:[oOlLij]|aa|AA|ae|AE|oe|OE|ss)(?![A-Za-z]) \s*
        | \\(?:[A-Za-z]+\*?|.) (?: \s*{_GROUP} )* )
    | ---? | `` | '' | [{{}}~]""",
    re.DOTALL | re.VERBOSE,
)
_SIGNS = {"--": "–", "---": "—", "``": "“", "''": "”", "~": " ", "{": "", "}": ""}
_ESCAPED_SIGN = re.compile(r"\\([%&#_~$])")
_BARE_SIGN = re.compile(r"(?<!\\)([%&])")  # a comment or a table column in LaTeX, a slip in an abstract
_MONTHS = {name[:3].lower(): f"{number:02}" for number, name in enumerate(month_names.values(), 1)}


def read(source: Source) -> Iterator[Paper | Rejected]:
    """The papers of a BibTeX file, one an entry; @string is applied, @comment and @preamble are passed over."""
    macros = CaseInsensitiveDict(month_names)
    for line, text, closed in _entries(source):
        opening = _OPENING.match(text)
        if opening and opening[1].lower() in {"comment", "preamble"}:
            continue
        key = _KEY.match(text)
        record = fields.shorten(fields.title_text(key[1])) if key else None
        if reason := flaw(text) or _unfit(text, closed=closed):
            yield source.rejected(reason, line=line, record=record)
            continue
        try:
            for command, body in LowLevelParser(text, macros=macros, handle_error=_take_unknown_names):
                if command.lower() != "string":
                    yield paper(*body)
        except PybtexError as error:
            yield source.rejected(f"broken entry: {error.args[0]}", line=line, record=record)
        except BadRecordError as error:
            yield source.rejected(str(error), line=line, record=record)


def paper(key: str, pairs: Iterable[tuple[str, list[str]]]) -> Paper:
    """The paper in an entry, given its key and its fields as parts of text to be joined.

    Raises:
        BadRecordError: it has no title.
    """
    entry: dict[str, str] = {}
    for name, parts in pairs:
        entry.setdefault(name.lower(), " ".join("".join(parts).split()))
    text = {name: plain(value) for name, value in entry.items() if name not in {"author", "file"}}
    journal = text.get("journal") or text.get("journaltitle") or text.get("booktitle")
    record: dict[str, object] = {
        "id": key,
        "title": text.get("title"),
        "abstract": text.get("abstract"),
        "authors": _authors(entry.get("author", "")),
        "year": text.get("year"),
        "date": text.get("date") or _month(text),
        "venue": journal,
        "url": text.get("url") or text.get("link"),
        "doi": text.get("doi"),
        "arxiv": _eprint(text) or fields.arxiv_id(journal),
    }
    return fields.paper(record, NAME)


def plain(latex: str) -> str:
    """LaTeX as plain text: accents and symbols decoded, braces gone, formulas and web addresses kept as written."""
    if "\\" not in latex and "{" not in latex and "}" not in latex:
        return latex
    text = _LINK.sub(lambda link: link[1] or f"{link[3]} ({link[2]})", latex)
    text = _FONT.sub("", _TILDE.sub("~", text))
    return " ".join(_MARKUP.sub(_marked, text).split())


def _marked(markup: re.Match[str]) -> str:
    """The plain text of one piece of markup."""
    if kept := markup["kept"]:
        return _ESCAPED_SIGN.sub(r"\1", kept) if kept.startswith("http") else kept
    if macro := markup["macro"]:
        return _decode_short(macro) if len(macro) < 100 else _decode(macro)
    return _SIGNS[markup[0]]


def _decode(macro: str) -> str:
    try:
        return str(_LATEX.latex_to_text(_BARE_SIGN.sub(r"\\\1", macro)))
    except Exception:  # pylatexenc fails in many ways on LaTeX that is none
        return re.sub(r"[\\{}]", "", macro)


_decode_short = lru_cache(maxsize=4096)(_decode)  # pylatexenc is slow, and accents come again and again


def _authors(names: str) -> list[str]:
    """The names of an author field, given name first."""
    found = []
    for name in split_name_list(names):
        try:
            person = Person(name)
        except PybtexError:
            found.append(plain(name))
            continue
        parts = (person.first_names, person.middle_names, person.prelast_names, person.last_names, person.lineage_names)
        found.append(plain(" ".join(part for group in parts for part in group)))
    return [name for name in found if name != "others"]


def _month(text: dict[str, str]) -> str | None:
    """Year and month as an ISO date."""
    month = text.get("month", "").lower()
    number = _MONTHS.get(month[:3]) or (f"{int(month):02}" if re.fullmatch("[0-9]{1,2}", month) else None)
    return f"{text.get('year')}-{number}" if number else None


def _eprint(text: dict[str, str]) -> str | None:
    """The arXiv id of an entry that says so in one of the usual ways."""
    archive = text.get("archiveprefix") or text.get("eprinttype") or "arxiv"
    volume = text.get("volume", "")  # DBLP writes CoRR, volume abs/ID
    identifier = text.get("eprint") if archive.lower() == "arxiv" else None
    return identifier or (volume.removeprefix("abs/") if volume.startswith("abs/") else None)


def _take_unknown_names(error: PybtexError) -> None:
    """As BibTeX does, let a name that no @string defines stand for nothing; anything else ends the entry."""
    if not isinstance(error, UndefinedMacro):
        raise error


def _unfit(text: str, *, closed: bool) -> str | None:
    if len(text) > ENTRY_LIMIT:
        return f"the entry is longer than {ENTRY_LIMIT // 1024} KiB; is a closing brace missing?"
    return None if closed else "the entry has no closing brace"


def _entries(source: Source) -> Iterator[tuple[int, str, bool]]:
    """What stands between `@` and its closing brace: first line, text, and whether there is a closing brace.

    An entry without one ends where a line begins the next.
    """
    parts, size, start, depth, closing = list[str](), 0, 0, 0, "}"
    held = ""
    for number, line in source.lines():
        if parts and _KEYED.match(line):
            yield start, "".join(parts), False
            parts = []
        text, held, position = held + line, "", 0
        while position < len(text):
            if not parts:
                opening = _OPENING.search(text, position)
                if not opening or "%" in text[position : opening.start()]:
                    held = text if position == 0 and _BARE.fullmatch(text) else ""
                    break
                start, size, depth = number, 0, 0
                closing = "}" if opening[0].endswith("{") else ")"
                parts = [opening[0]]
                position = opening.end()
            end = None
            for brace in _BRACES.finditer(text, position):
                if brace[0] == closing and depth == 0:
                    end = brace.end()
                    break
                depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if size <= ENTRY_LIMIT:
                parts.append(text[position:end])
                size += len(parts[-1])
            if end is None:
                break
            yield start, "".join(parts), True
            parts, position = [], end
    if parts:
        yield start, "".join(parts), False
