"""`kg_lexicon`: the known names of the lexicon, wherever the text spells them.

Hyphens, spaces, plural and case do not count (`pre-training` is `pretraining`); the longest name wins; names flagged
`cased` must be spelt exactly, `ambiguous` ones also need a telling word beside them.  Sets two span groups, labels
METHOD, DATASET, BENCHMARK, TASK or METRIC: `Doc.spans["kg_lexicon"]` (`Span.id_` is "user" where the name is the
user's own), and `Doc.spans["kg_umbrella"]` for whole fields ("deep learning"), known but no entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.errors import KgError
from kg.extract import lexicon
from kg.extract.names import as_written, singular, squeeze, uppercase
from kg.models import ENTITY_TYPES

MAX_TOKENS = 12
MAX_MEMBER = 60  # characters

_CUES = {
    "METHOD": re.compile(
        r"models?|networks?|algorithms?|optimi[sz]ers?|architectures?|methods?|frameworks?|baselines?|backbones?|layers?|encoders?|decoders?|"
        r"using|via|like|as|outperforms?|than|pretrained|pre-trained|agents?|library|loss|training|by|with|fine-tune|fine-tuning|over|propose|called|vs\.?"
    ),
    "DATASET": re.compile(
        r"datasets?|corpus|corpora|data|benchmarks?|on|images?|splits?|trained|evaluated|like|as|from"
    ),
    "BENCHMARK": re.compile(
        r"benchmarks?|datasets?|leaderboards?|challenges?|tasks?|on|suite|evaluated|like|as|scores?"
    ),
    "TASK": re.compile(r"tasks?|problems?|for|systems?|on|models?"),
    "METRIC": re.compile(r"scores?|metrics?|in|of|by|points?|terms|%|better|higher|lower"),
}
_SIZE = re.compile(
    r"[-‐‑](?:v?\d[\w.]*|base|large|small|tiny|mini|medium|huge|xl|xxl|[A-Z][A-Za-z0-9]{0,5})(?:[-‐‑]\w+)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Form:
    """One way to spell a known name."""

    label: str
    written: str
    cased: bool
    ambiguous: bool
    umbrella: bool
    own: bool

    def fits(self, surface: str) -> bool:
        """Whether the case of a surface form agrees with this spelling."""
        found = as_written(surface)
        if self.written in (found, f"{found}s", found.removesuffix("s")):
            return True
        if self.cased or self.ambiguous:
            return False
        if uppercase(self.written) and found.islower() and self.label in ("DATASET", "BENCHMARK") and len(found) < 12:
            return False
        # An acronym or a name with inner capitals is no lower-case word, short ones least of all.
        if uppercase(self.written) >= 2 and len(self.written) <= 10:
            return uppercase(found) >= (2 if len(self.written) <= 5 else 1)
        return True


Index = dict[str, tuple[Form, ...]]


def _users(path: Path | None) -> tuple[lexicon.Entry, ...]:
    """The entries of a user's lexicon: a folder, or one file named after a type."""
    if path is None:
        return ()
    if path.is_dir():
        return lexicon.load(path)
    if path.stem not in ENTITY_TYPES:
        raise KgError(f"{path}: name the lexicon after what it holds: {', '.join(f'{t}.tsv' for t in ENTITY_TYPES)}")
    return lexicon.load_file(path, path.stem)


def index(shipped: Iterable[lexicon.Entry], users: Iterable[lexicon.Entry] = ()) -> Index:
    """Folded key to the forms that have it, the user's first."""
    found: dict[str, list[Form]] = {}
    for entry, own in (*((entry, True) for entry in users), *((entry, False) for entry in shipped)):
        for text in entry.forms:
            cased, ambiguous, umbrella = (flag in entry.flags for flag in ("cased", "ambiguous", "umbrella"))
            form = Form(entry.type.upper(), as_written(text), cased, ambiguous, umbrella, own)
            forms = found.setdefault(singular(squeeze(text)), [])
            if form not in forms:
                forms.append(form)
    return {key: tuple(forms) for key, forms in found.items()}


def lexicon_files(path: Path | None) -> tuple[Path, ...]:
    """The files of a user's lexicon."""
    if path is None:
        return ()
    return tuple(sorted(path.glob("*.tsv"))) if path.is_dir() else (path,)


@lru_cache(maxsize=4)
def _load_index(path: Path | None, _changed: tuple[int, ...]) -> tuple[Index, frozenset[str]]:
    """The index of the lexicon at `path` and of the shipped one, and every beginning of its keys."""
    forms = index(lexicon.load(), _users(path))
    return forms, frozenset(key[:n] for key in forms for n in range(1, len(key) + 1))


@Language.factory("kg_lexicon", default_config={"path": None})
class Lexicon:
    """Finds known names; see the module's docstring.  `path`: a user's lexicon, read before the shipped one."""

    def __init__(self, nlp: Language, name: str, path: str | None) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        users = Path(path) if path else None
        # Read once per process, and again only when the user's files have changed.
        changed = tuple(file.stat().st_mtime_ns for file in lexicon_files(users) if file.is_file())
        self.forms, self.prefixes = _load_index(users, changed)

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc.spans["kg_lexicon"]` and `Doc.spans["kg_umbrella"]`."""
        texts = [token.text for token in doc]
        starts = {sentence.start for sentence in doc.sents} if doc.has_annotation("SENT_START") else set()
        parts = [squeeze(text) for text in texts]
        known: list[Span] = []
        umbrella: list[Span] = []
        i = 0
        while i < len(parts):
            hit = self._longest(doc, texts, parts, starts, i) if parts[i] else None
            if hit is None:
                i += 1
                continue
            end, form = hit
            (umbrella if form.umbrella else known).append(
                Span(doc, i, end, label=form.label, span_id="user" if form.own else "")
            )
            i = end
        doc.spans["kg_lexicon"] = known
        doc.spans["kg_umbrella"] = umbrella
        return doc

    def _longest(
        self, doc: Doc, texts: list[str], parts: list[str], starts: set[int], i: int
    ) -> tuple[int, Form] | None:
        """(one past the last token, form) of the longest known name that begins at token `i`."""
        key, best = "", None
        for j in range(i, min(i + MAX_TOKENS, len(parts))):
            if j > i and j in starts:
                break
            key += parts[j]
            if not parts[j]:
                continue
            forms = self.forms.get(key) or self.forms.get(singular(key))
            if forms and (form := self._choose(doc, texts, i, j + 1, forms)):
                best = j + 1, form
            if key not in self.prefixes:
                break
        return best or self._member(texts[i], i)

    def _choose(self, doc: Doc, texts: list[str], i: int, end: int, forms: tuple[Form, ...]) -> Form | None:
        surface = doc[i:end].text
        for form in forms:
            if form.fits(surface) and not (form.ambiguous and not _has_cue(texts, i, end, form.label)):
                return form
        return None

    def _member(self, text: str, i: int) -> tuple[int, Form] | None:
        """A size or version of a known name in one token, `Llama-2-70B` of `Llama-2`."""
        cut = len(text) if len(text) <= MAX_MEMBER else 0
        while (cut := max(text.rfind("-", 0, cut), text.rfind("‑", 0, cut))) > 0:
            if _SIZE.fullmatch(text, cut):
                for form in self.forms.get(squeeze(text[:cut]), ()):
                    if (
                        form.label not in ("TASK", "METRIC")
                        and not form.umbrella
                        and form.fits(text[:cut])
                        and uppercase(text)
                    ):
                        return i + 1, form
        return None


def _has_cue(texts: list[str], i: int, end: int, label: str) -> bool:
    """Whether a word beside the tokens [i, end) tells that they name a thing of type `label`."""
    cue = _CUES[label]
    around = texts[max(0, i - 2) : i] + texts[end : end + 2]
    return any(cue.fullmatch(word.casefold()) for word in around)
