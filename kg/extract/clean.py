"""`kg_clean`: residue of LaTeX, Markdown and HTML in a text, marked so that no name has it; the text itself stays.

Nothing is removed: every offset stays that of the text as given.  Sets `Doc._.kg_markup`, an array of bool, one a
token: whether the token is nothing but residue (`**`, `\\emph{`, `</b>`, all of `\\cite{key}`); and
`Doc._.kg_clean_texts`, one string a token: its text as a person would write it ("α-GAN" for `$\\alpha$-GAN`), empty or
a blank where the token is residue.  `display` puts a stretch of the text together from these.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from pylatexenc.latex2text import get_default_latex_context_db
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.tokenizer import TAGS
from kg.extract.words import words

if not Doc.has_extension("kg_markup"):
    Doc.set_extension("kg_markup", default=None)
if not Doc.has_extension("kg_clean_texts"):
    Doc.set_extension("kg_clean_texts", default=None)

Edit = tuple[int, int, str]  # characters [start, end) of the text and what they stand for

# What every text with residue has; most texts have none of it.
_HINT = re.compile(r"[\\${}`]|\w~[\w\\(]|\)~|\*\*|(?<![\w*])\*\w|(?<!\w)_\w|</?[A-Za-z]|&#?\w{1,30};|\]\(|''")
_MATH = re.compile(r"(?<!\\)(\$\$?)(?=[^\s$])([^$\n]{1,200}?)(?<![\s\\])\1")
_PRICE = re.compile(r"\d[\d.,]*(?:[KMBkmb]|\s?(?:million|billion))?[\s\-–/,;)]?[^\\^_=]*")
_PAREN_MATH = re.compile(r"\\\((.{1,200}?)\\\)|\\\[(.{1,200}?)\\\]", re.DOTALL)
_BRACE = re.compile(r"\\?[{}]")
_WORD_IN_BRACES = re.compile(r"[^{}\s,]{1,60}")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(\s*\[[^\[\]{}\n]{0,60}\])*(\s?(?=\{)|[ \t]+|)")
_ESCAPED = re.compile(r"\\(?:([%&_#$\"])|([,;:!/\-])|(\\|~| ))")
_ACCENT = re.compile(r"\\(?:([\"'`^~=.])|([Hcvukbdrt])(?=\s?\{))(?:\s?\{\s?\\?([A-Za-z])\s?\}|\\?([A-Za-z]))")
_BOLD = re.compile(r"\*\*(?=[^\s*])[^*\n]{1,300}(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![\w*])\*(?=\S)((?:[^*\n]|\*\*){1,300})(?<=\S)\*(?![\w*])")
_UNDERLINE = re.compile(r"(?<![\w\\$})])_(?=[^\W_])[^_$\n]{1,200}(?<=[^\W_])_(?!\w)")
_CODE = re.compile(r"(?<![`\w])`(?=[^`\s])[^`'’\n]{1,100}(?<=\S)`(?!`)")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\](\((?:https?:|www\.)[^\s()]{0,2000}(?:\([^\s()]*\)[^\s()]{0,500})?\))")
_QUOTES = re.compile(r"``|''")
_TIE = re.compile(r"(?<=[A-Za-z)}])~(?=[\w\\($])|(?<=\d)~(?=[A-Za-z\\($])")
_TAG = re.compile(rf"</?(?:{TAGS})(?:\s[^<>\n]{{0,200}})?\s?/?>", re.IGNORECASE)
_BREAKING_TAG = re.compile(r"</?(?:jats:(?:p|title|sec)|p|br|div|h[1-6]|li)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});")
# An author as written in a citation: a capital and small letters, so that "ImageNet" and "VOC" are none.
_AUTHOR = r"(?:(?:Mc|Mac|Le|De|Van|O['’])?[A-Z][a-zà-ÿ'’]+(?:[-‐][A-Z][a-zà-ÿ]+)?)"
_YEAR = r"(?:19|20)\d\d[a-z]?"
_YEARS = rf"{_YEAR}(?:[,;]\s?{_YEAR})*"
_CITED = re.compile(
    rf"\b[A-Z][\w'’‐-]{{1,40}}(?:\s(?:and|&)\s{_AUTHOR})?\s+et\.?\s+al\b\.?(?:['’]s)?(?:,?\s?(?:in\s)?[(\[]?{_YEARS})?"
    rf"|\b{_AUTHOR}(?:,\s{_AUTHOR}){{0,5}},?\s(?:and|&)\s{_AUTHOR},?\s[(\[]{_YEARS}(?=[)\]])"
    rf"|(?<=[(\[;])\s?{_AUTHOR}(?:(?:,|,?\sand|\s&)\s{_AUTHOR}){{0,5}},?\s{_YEARS}(?=[)\];,])"
)
_CITED_HINT = re.compile(rf"\bet\.?\s+al\b|[,(\[]\s?{_YEAR}\b")
_COMBINING = {
    **{'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307"},
    **{"H": "\u030b", "c": "\u0327", "v": "\u030c", "u": "\u0306", "k": "\u0328", "b": "\u0331", "d": "\u0323"},
    **{"r": "\u030a", "t": "\u0361"},
}
_SWITCHES = words("tex_switches")
_REFERENCES = words("tex_references")
_LONGEST_ARGUMENT = 2000  # characters


@Language.component("kg_clean")
def clean(doc: Doc) -> Doc:
    """Set `Doc._.kg_markup` and `Doc._.kg_clean_texts`."""
    texts = [token.text for token in doc]
    markup = np.zeros(len(texts), dtype=bool)
    found = edits(doc.text)
    if found:
        first = [token.idx for token in doc]
        for i, edited in _by_token(texts, first, found).items():
            texts[i] = edited
            markup[i] = not edited.strip()
    doc._.kg_markup = markup
    doc._.kg_clean_texts = texts
    return doc


def texts_of(doc: Doc) -> tuple[list[str], list[bool]]:
    """The tokens' texts as cleaned, and which are residue; these are as written, and all are without `kg_clean`."""
    written = [token.text for token in doc]
    if doc._.kg_markup is None:
        return written, [False] * len(written)
    markup: list[bool] = doc._.kg_markup.tolist()
    cleaned = zip(doc._.kg_clean_texts, written, markup, strict=True)
    return [own if residue else text for text, own, residue in cleaned], markup


def display(doc: Doc, start: int, end: int) -> str:
    """The text of tokens [start, end) without residue, for people to read; as it stands where `kg_clean` did not run.

    "α-GAN" for `$\\alpha$-GAN`, "LoRA" for `**LoRA**`, "CIFAR-10" for `{CIFAR}-10`.
    """
    span = doc[start:end]
    cleaned: list[str] | None = doc._.kg_clean_texts
    if cleaned is None:
        return span.text
    parts = [part + token.whitespace_ for part, token in zip(cleaned[start:end], span, strict=True)]
    return " ".join("".join(parts).split()) or span.text


def citations(text: str) -> list[tuple[int, int]]:
    """The characters of cited authors with their years: "Smith et al. (2020", "Smith and Low (2020", "Smith, 2020"."""
    return [match.span() for match in _CITED.finditer(text)] if _CITED_HINT.search(text) else []


def edits(text: str) -> list[Edit]:
    """What in a text is residue and what it stands for, in text order, none overlapping another."""
    if not _HINT.search(text):
        return []
    found = sorted({*_tex(text), *_markdown(text), *_html(text)}, key=lambda edit: (edit[0], -edit[1], edit[2]))
    kept: list[Edit] = []
    for edit in found:
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept


def _by_token(texts: list[str], first: list[int], found: list[Edit]) -> dict[int, str]:
    """The text of every token that an edit touches; a replacement goes to the token in which its edit begins.

    Args:
        texts: the tokens.
        first: the place of each token's first character.
        found: edits in text order.
    """
    pieces: dict[int, list[Edit]] = {}
    for start, end, replacement in found:
        i = bisect_right(first, start) - 1
        if i >= 0 and start < first[i] + len(texts[i]):
            pieces.setdefault(i, []).append((start, min(end, first[i] + len(texts[i])), replacement))
        i += 1
        while i < len(first) and first[i] < end:
            pieces.setdefault(i, []).append((first[i], min(end, first[i] + len(texts[i])), ""))
            i += 1
    edited = {}
    for i, parts in pieces.items():
        done, written = first[i], []
        for start, end, replacement in parts:
            written += [texts[i][done - first[i] : start - first[i]], replacement]
            done = end
        edited[i] = "".join([*written, texts[i][done - first[i] :]])
    return edited


def _tex(text: str) -> Iterator[Edit]:
    """Residue of LaTeX."""
    if "~" in text:
        yield from ((m.start(), m.end(), " ") for m in _TIE.finditer(text))
    if "``" in text or "''" in text:
        for match in _QUOTES.finditer(text):
            opens = match[0] == "``" or match.start() == 0 or text[match.start() - 1].isspace()
            yield match.start(), match.end(), "“" if opens else "”"
    if not any(mark in text for mark in "\\${"):
        return
    math = list(_math(text))
    for start, inside, stop, end in math:
        yield start, inside, ""
        yield stop, end, ""
    closing = _closing_braces(text)
    arguments: set[int] = set()
    if "\\" in text:
        yield from _accents(text)
        for match in _ESCAPED.finditer(text):
            yield match.start(), match.end(), match[1] or ("" if match[2] in {"!", "/", "-"} else " ")
        for match in _COMMAND.finditer(text):
            if text[match.end() : match.end() + 1] == "{":
                arguments.add(match.end())
            yield from _command(text, match, closing)
    yield from _braces(text, closing, arguments, math)


def _accents(text: str) -> Iterator[Edit]:
    """Accented letters; what begins a word is an escaped quotation mark and no umlaut."""
    for match in _ACCENT.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if match[1] != '"' or match[3] or before.isalpha() or before == "{":
            letter = (match[3] or match[4]) + _COMBINING[match[1] or match[2]]
            yield match.start(), match.end(), unicodedata.normalize("NFC", letter)


def _braces(
    text: str, closing: dict[int, int], arguments: set[int], math: list[tuple[int, int, int, int]]
) -> Iterator[Edit]:
    """Braces of arguments, in formulas, around commands and around a single word; those of other sets are text."""
    pieces = iter(math)
    piece = next(pieces, None)
    for start, end in sorted(closing.items()):
        while piece and piece[3] <= start:
            piece = next(pieces, None)
        in_math = piece is not None and piece[0] < start
        around_command = text[start + 1] == "\\" and text[start + 2] != "{"
        if start in arguments or in_math or around_command or _WORD_IN_BRACES.fullmatch(text, start + 1, end):
            yield start, start + 1, ""
            yield end, end + 1, ""


def _math(text: str) -> Iterator[tuple[int, int, int, int]]:
    """(start, end) of the mark before and of the mark after every formula; amounts of dollars are none."""
    if "$" in text:
        position = 0
        while match := _MATH.search(text, position):
            following = text[match.end() : match.end() + 1]
            if following.isdigit() and _PRICE.fullmatch(match[2]):
                position = match.start() + 1
                continue
            width = len(match[1])
            yield match.start(), match.start() + width, match.end() - width, match.end()
            position = match.end()
    if "\\(" in text or "\\[" in text:
        for match in _PAREN_MATH.finditer(text):
            yield match.start(), match.start() + 2, match.end() - 2, match.end()


def _closing_braces(text: str) -> dict[int, int]:
    """Place of each opening brace to the place of its closing one; escaped braces are text."""
    opened: list[int] = []
    pairs = {}
    for match in _BRACE.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            pairs[opened.pop()] = match.start()
    return pairs


def _command(text: str, match: re.Match[str], closing: dict[int, int]) -> Iterator[Edit]:
    """Residue of one command, without the braces of what stays."""
    name, end = match[1], closing.get(match.end())
    if end is not None and (name in _REFERENCES or name.startswith("cite")) and end - match.start() < _LONGEST_ARGUMENT:
        yield match.start(), end + 1, ""
    elif name in {"href", "textcolor", "color"} and end is not None and text[end + 1 : end + 2] == "{":
        yield match.start(), end + 2, ""
        if end + 1 in closing:
            yield closing[end + 1], closing[end + 1] + 1, ""
    elif name in _SWITCHES:
        yield match.start(), match.end(), ""
    elif (symbol := _symbol(name)) is not None:
        yield match.start(), match.end(1), symbol
    elif end is not None and end > match.end() + 1:
        yield match.start(), match.end(), ""
    else:
        yield match.start(), match.start() + 1, ""  # of an unknown \\name its name tells most


@lru_cache(maxsize=1 << 12)
def _symbol(name: str) -> str | None:
    """The character that a command stands for, None if it stands for none."""
    found = get_default_latex_context_db().get_macro_spec(name)
    text = found.simplify_repl if found is not None else None
    return text if isinstance(text, str) and "%" not in text and len(text) <= 3 and text.strip() else None


def _markdown(text: str) -> Iterator[Edit]:
    """Residue of Markdown."""
    if "*" in text:
        for match in _BOLD.finditer(text):
            yield match.start(), match.start() + 2, ""
            yield match.end() - 2, match.end(), ""
        for match in _ITALIC.finditer(text):
            yield match.start(), match.start() + 1, ""
            yield match.end() - 1, match.end(), ""
    for mark, pattern in (("_", _UNDERLINE), ("`", _CODE)):
        if mark in text:
            for match in pattern.finditer(text):
                yield match.start(), match.start() + 1, ""
                yield match.end() - 1, match.end(), ""
    if "](" in text:
        for match in _LINK.finditer(text):
            yield match.start(), match.start() + 1, ""
            yield match.end(1), match.end(), ""


def _html(text: str) -> Iterator[Edit]:
    """Residue of HTML."""
    if "<" in text:
        yield from ((m.start(), m.end(), " " if _BREAKING_TAG.match(m[0]) else "") for m in _TAG.finditer(text))
    if "&" in text:
        for match in _ENTITY.finditer(text):
            if (meant := html.unescape(match[0])) != match[0]:
                yield match.start(), match.end(), " " if meant.isspace() else meant
