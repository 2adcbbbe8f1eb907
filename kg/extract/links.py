"""`kg_links`: the URLs of a text, cleaned as a person would type them, and what each leads to.

Sets `Doc._.kg_links`, a list of `FoundLink` in text order, each address once.  Works on the characters of the text,
so it does not depend on the tokenizer; it needs sentence boundaries to know the words around a link.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.sentences import sentence_spans
from kg.models import LinkKind

if not Doc.has_extension("kg_links"):
    Doc.set_extension("kg_links", default=())


@dataclass(frozen=True)
class FoundLink:
    """A link: clean address, kind, where it stands (characters, with its markup) and the sentence around it.

    `because`: the words, or the part of the address, that decided its kind.
    """

    url: str
    kind: LinkKind
    score: float
    start_char: int
    end_char: int
    sentence: tuple[int, int]
    because: str = ""


_TLD = (
    r"(?:com|org|net|edu|gov|mil|int|io|ai|co|dev|app|info|me|site|page|xyz|tech|science|cloud|online|art|design|ly|gl|"
    r"gle|gd|ms|be|tv|us|uk|eu|de|fr|ch|at|it|es|nl|se|no|dk|fi|pl|pt|cz|gr|ie|il|in|cn|jp|kr|tw|hk|sg|au|nz|ca|br|mx|"
    r"ru|tr|za)"
)
_PATH = r"(?:[^\s<>\"{}|\\^`\[\]“”]|\\[_#%&~$])"
_HUBS = (
    r"(?:github\.com|gitlab\.com|gitee\.com|bitbucket\.org|huggingface\.co|hf\.co|zenodo\.org|osf\.io|kaggle\.com|"
    r"anonymous\.4open\.science|codeberg\.org|bit\.ly|aka\.ms|goo\.gl|git\.io|tinyurl\.com|youtu\.be|"
    r"sites\.google\.com|drive\.google\.com|colab\.research\.google\.com)"
)
_PAGES = r"[\w-]+\.(?:github\.io|gitlab\.io|hf\.space|readthedocs\.io)\b"
# A host torn apart by a space ("https://github. com/o/r"): safe to mend before the path begins.
_TORN_HOST = rf"[\w-]+(?:\.[\w-]+)*\.\s(?=[\w.-]*\b{_TLD}/)"
_BARE = r"(?<![\w@./~-])"  # where an address without a scheme can begin
_URL = re.compile(
    rf"(?<![A-Za-z])(?:h?ttps?\s?:\s?/\s?/\s?(?:{_TORN_HOST})?|www\.(?=\w)){_PATH}{{1,2000}}"
    rf"|{_BARE}(?:{_HUBS}/|{_PAGES}){_PATH}{{0,2000}}"
    rf"|{_BARE}(?:[a-z0-9-]+\.)+{_TLD}/{_PATH}{{1,2000}}"
    rf"|(?<=available at )(?:[a-z0-9-]+\.)+{_TLD}\b",
    re.IGNORECASE,
)
# What every text with a link has; most texts have none of it.
_HINT = re.compile(r"://|www\.|\.\w+/|: ?/|\.io\b|\.space\b|available at")
_GLUED = re.compile(r"(?<=.)https?:/", re.IGNORECASE)

_CODE_HOSTS = (
    *("github.com", "gitlab", "gitee.com", "bitbucket.org", "codeberg.org"),
    *("anonymous.4open.science", "git."),
)
_VIDEO_HOSTS = ("youtu.be", "youtube.com", "vimeo.com", "bilibili.com")
_DATA_HOSTS = (
    *("zenodo.org", "doi.org", "kaggle.com/datasets", "huggingface.co/datasets", "figshare.com", "physionet.org"),
    *("ieee-dataport.org", "dataverse", "datadryad.org"),
)
_DATA_PAGES = ("huggingface.co/datasets/", "hf.co/datasets/", "kaggle.com/datasets/")
_MANUAL = re.compile(r"^(?:docs?|manual|wiki|documentation)\.|readthedocs\.io|/(?:docs|documentation|manual|wiki)\b")
_CLAUSE = re.compile(r"\b(?:is|are) [^,;]{0,60}?,? and\b")  # "code is released and" weights are at ...
_MODEL_HOSTS = ("huggingface.co", "hf.co")
_DEMO_HOSTS = ("huggingface.co/spaces", "hf.co/spaces")
_SHORTENERS = ("bit.ly", "tinyurl.com", "goo.gl", "rb.gy", "forms.gle", "drive.google.com", "aka.ms")

_WORDS: dict[LinkKind, re.Pattern[str]] = {
    "code": re.compile(
        r"\b(?:source[- ]?codes?|codes?(?:is|bases?|s)?|codebase\w*|implementations?|scripts?|toolkit|toolbox|library|"
        r"package|software|framework|repositor(?:y|ies)|github repo|pytorch|algorithm|simulators?)\b"
        r"|\[code\]|(?<=GitHub) ?\(",
        re.IGNORECASE,
    ),
    "data": re.compile(
        r"\b(?:data|datasets?|data[- ]sets?|corpus|corpora|benchmarks?|annotations?|test ?sets?|test ?suite|logs|"
        r"treebank|lexicon)\b",
        re.IGNORECASE,
    ),
    "model": re.compile(r"\b(?:models?|weights|checkpoints?)\b", re.IGNORECASE),
    "demo": re.compile(r"\b(?:demos?|demonstrator|web ?app\w*|web application|playground|samples)\b", re.IGNORECASE),
    "project_page": re.compile(
        r"\b(?:project|web ?site|web ?page|homepage|page|videos?|more (?:details|information)|visit|details)\b",
        re.IGNORECASE,
    ),
}
_LABEL = re.compile(r"[\s\]}]{0,3}[(\[]([^()\[\]]{2,40})[)\]]")  # "(weights)" behind an address
_OTHER_KINDS: tuple[LinkKind, ...] = ("model", "demo", "project_page")
_NEAR = 600  # characters before and after a link that can tell what it is
_MANY = 20  # links up to which the rest of the text is asked, too
_ABOUT = 20_000  # characters of it
_DATA_HEAD = r"(?:dataset|data set|corpus|benchmark|test suite|test set|treebank|leaderboard)s?"


@Language.component("kg_links")
def links(doc: Doc) -> Doc:
    """Set `Doc._.kg_links`."""
    if _HINT.search(doc.text) and (places := list(_places(doc.text))):
        doc._.kg_links = _found(doc, places)
    return doc


def _places(text: str) -> list[tuple[int, int, str]]:
    """(start, end, clean address) of every URL, in text order; the same address may come more than once."""
    places = []
    for match in _URL.finditer(text):
        start = match.start()
        pieces = [m.start() for m in _GLUED.finditer(match[0])]
        for begin, end in zip([0, *pieces], [*pieces, len(match[0])], strict=True):
            raw = match[0][begin:end]
            if url := _clean(raw):
                places.append((start + begin, start + end, url))
    return places


def _clean(raw: str) -> str:
    """The address as a person would type it, with a scheme; empty if nothing is left that could be opened."""
    url = re.sub(r"\\([_#%&~$])", r"\1", re.sub(r"\s", "", raw))
    url = re.sub(r"^h?ttp(s?):/*", r"http\1://", url, flags=re.IGNORECASE)
    url = re.sub(r"\.(?=[A-Z][a-z]*$).*", "", url) if url.count("/") > 2 else url
    while url:
        shorter = url.rstrip(".,;:!?'’‘”*…†‡~$")
        for opening, closing in ("()", "[]", "（）"):
            if (shorter.endswith(closing) and shorter.count(closing) > shorter.count(opening)) or shorter.endswith(
                opening
            ):
                shorter = shorter[:-1]
        unbalanced = shorter.find(")")
        if unbalanced > 0 and "(" not in shorter[:unbalanced]:
            shorter = shorter[:unbalanced]
        if shorter == url:
            break
        url = shorter
    if not url.lower().startswith("http"):
        url = f"https://{url}"
    host = url.split("://", 1)[1].split("/", 1)[0].split(":")[0]
    return url if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+|localhost", host) else ""


def _found(doc: Doc, places: list[tuple[int, int, str]]) -> list[FoundLink]:
    sentences = sentence_spans(doc)
    starts = [start for start, _ in sentences]
    text = doc.text
    found: dict[str, FoundLink] = {}
    for n, (start, end, url) in enumerate(places):
        key = re.sub(r"^https?://(?:www\.)?", "", url.casefold()).rstrip("/").removesuffix(".git")
        if key in found:
            continue
        sentence = sentences[max(0, bisect_right(starts, start) - 1)]
        first = max(sentence[0], start - _NEAR)
        after = max(first, places[n - 1][1] if n else 0)
        until = min(sentence[1], end + _NEAR, places[n + 1][0] if n + 1 < len(places) else sentence[1])
        if not re.search(r"\w", text[first:start] + text[end:until]) and sentence[0]:
            after = first = sentences[max(0, bisect_right(starts, start) - 2)][0]  # a sentence that is the link alone
        about = text[:_ABOUT] if len(found) < _MANY else ""
        before = text[after:start]
        if n and (label := _LABEL.match(before)) and _said(label[1]):
            before = before[label.end() :]  # it is the link before that this tells of
        kind, score, because = link_kind(url, before, text[end:until], text[first:start], about)
        found[key] = FoundLink(url, kind, score, start, end, sentence, because)
    return list(found.values())


def link_kind(url: str, before: str, after: str, sentence: str = "", text: str = "") -> tuple[LinkKind, float, str]:
    """What a link leads to, judged by its host and the words around it, how sure that is, and what decided it.

    Takes the address, the words between it and the links before and after it, its sentence up to it, and the whole
    text.  Of several things one link may serve the first of code, data, model, project page counts.
    """
    address = url.split("://", 1)[-1].casefold().removeprefix("www.")
    host = address.split("/", 1)[0]
    label = _LABEL.match(after)
    if label and (labelled := _said(label[1])):
        kind, word = next(iter(labelled.items()))
        return kind, 0.9, word
    said = _said(before) or _said(after[:60]) | _said(sentence.split("http", maxsplit=1)[0])
    hosts_code = address.startswith(_CODE_HOSTS)
    if address.startswith(_VIDEO_HOSTS):
        shown = re.search(r"\bdemo|results", before, re.IGNORECASE)
        return ("demo" if shown else "other"), 0.7, shown[0] if shown else host
    if address.startswith(_DEMO_HOSTS) or ".hf.space" in address:
        return "demo", 0.9, host
    told = _told_by_address(address, set(_said(_CLAUSE.split(before)[-1])))
    if told is not None:
        return told, 0.9, said.get(told, host)
    if "code" not in said and hosts_code and (speaks := _WORDS["code"].search(after)):
        said["code"] = speaks[0]
    if "code" in said:
        return "code", 0.95, said["code"]
    if "data" in said or address.startswith(_DATA_HOSTS):
        return "data", 0.85, said.get("data", host)
    if hosts_code and "model" in said:
        return "model", 0.8, said["model"]
    about = _about_data(before, text)
    if hosts_code:
        return ("data", 0.7, about) if about else ("code", 0.85, host)
    if other := next((kind for kind in _OTHER_KINDS if kind in said), None):
        return other, 0.8, said[other]
    if address.startswith(_SHORTENERS):
        return "code", 0.4, host
    return ("data", 0.6, about) if about else ("project_page", 0.6, "")


def _told_by_address(address: str, said: set[LinkKind]) -> LinkKind | None:
    """The kind of a page of which the address tells it, unless the words before the link (`said`) speak of code.

    A hub's page of a model is one of data only if they speak of data and of no model.
    """
    if "code" in said:
        return None
    if address.startswith(_DATA_PAGES):
        return "data"
    if address.startswith(_MODEL_HOSTS):
        return "data" if "data" in said and "model" not in said else "model"
    return "other" if _MANUAL.search(address) else None


def _said(words: str) -> dict[LinkKind, str]:
    """The kinds of things that words speak of, each with the first of them."""
    return {kind: found[0] for kind, pattern in _WORDS.items() if (found := pattern.search(words))}


def _about_data(before: str, text: str) -> str:
    """The name of what is released ("We make X available at") if it is elsewhere in the text a data set or benchmark.

    Empty if it is not.
    """
    for name in re.findall(r"\b[A-Z][\w-]{0,40}[A-Z0-9][\w-]*", before)[-5:]:
        quoted = rf"\b{re.escape(name)}\b"
        headed = rf"{quoted}\)?(?: \w+)? {_DATA_HEAD}\b"
        explained = rf"{quoted}\)?[\w)]*,? (?:is |as )?(?:an?|the) (?:[\w-]+ ){{0,10}}{_DATA_HEAD}\b"
        named = rf"{_DATA_HEAD}\W{{1,3}}(?:(?:called|named|dubbed|,|namely) )?\(?{quoted}"
        if re.search(f"{headed}|{explained}|{named}", text):
            return str(name)
    return ""
