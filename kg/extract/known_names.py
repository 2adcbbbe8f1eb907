"""`kg_lexicon`: the known names of the lexicon, wherever the text spells them.

Hyphens, spaces, plural and case do not count (`pre-training` is `pretraining`); the longest name wins; names flagged
`cased` must be spelt exactly, `ambiguous` ones also need a telling word beside them.  Sets span groups, labels
METHOD, DATASET, BENCHMARK, TASK or METRIC: `Doc.spans["kg_lexicon"]` (`Span.id_` is "user" where the name is the
user's own), and `Doc.spans["kg_umbrella"]` for whole fields ("deep learning"), known but no entities.  A third,
`Doc.spans["kg_mined"]`, holds names that were mined from many papers, the user's before the shipped ones; `Span.id_`
tells how strong their evidence is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract import lexicon
from kg.extract.clean import display, texts_of
from kg.extract.names import as_written, singular, squeeze, uppercase

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
    strength: str = ""  # of the evidence of a mined name

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


def strength(entry: lexicon.Entry) -> str:
    """How strong the evidence of a mined entry is: how much of it is for its type, in how many papers; `""` if none.

    One of 18 words such as "most:some" or "half:many:ambiguous", which `kg_entities` has a weight for.
    """
    if not entry.evidence:
        return ""
    share = max(entry.evidence) / entry.papers
    of_type = "most" if share >= 0.75 else "more" if share >= 0.55 else "half"
    papers = "many" if entry.papers >= 20 else "some" if entry.papers >= 5 else "few"
    return f"{of_type}:{papers}{':ambiguous' * ('ambiguous' in entry.flags)}"


def index(shipped: Iterable[lexicon.Entry], users: Iterable[lexicon.Entry] = ()) -> Index:
    """Folded key to the forms that have it, the user's first."""
    found: dict[str, list[Form]] = {}
    for entry, own in (*((entry, True) for entry in users), *((entry, False) for entry in shipped)):
        for text in entry.forms:
            cased, ambiguous, umbrella = (flag in entry.flags for flag in ("cased", "ambiguous", "umbrella"))
            form = Form(entry.type.upper(), as_written(text), cased, ambiguous, umbrella, own, strength(entry))
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
    """The index of the lexicon at `path` and of the shipped ones, and every beginning of its keys."""
    users = () if path is None else lexicon.load(path) if path.is_dir() else lexicon.load_file(path)
    forms = index((*lexicon.load(), *lexicon.load_file(lexicon.MINED)), users)
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
        """Set `Doc.spans["kg_lexicon"]`, `Doc.spans["kg_umbrella"]` and `Doc.spans["kg_mined"]`."""
        texts, markup = texts_of(doc)
        starts = {sentence.start for sentence in doc.sents} if doc.has_annotation("SENT_START") else set()
        parts = ["" if residue else squeeze(text) for text, residue in zip(texts, markup, strict=True)]
        known: list[Span] = []
        umbrella: list[Span] = []
        mined: list[Span] = []
        known_end = mined_end = 0  # names of one group do not overlap
        for i, part in enumerate(parts):
            if i < known_end or not part:
                continue
            longest, guess = self._longest(doc, texts, parts, starts, i)
            if guess and i >= mined_end:
                mined_end, form = guess
                mined.append(Span(doc, i, mined_end, label=form.label, span_id=form.strength))
            if longest:
                known_end, form = longest
                (umbrella if form.umbrella else known).append(
                    Span(doc, i, known_end, label=form.label, span_id="user" if form.own else "")
                )
        doc.spans["kg_lexicon"] = known
        doc.spans["kg_umbrella"] = umbrella
        doc.spans["kg_mined"] = mined
        return doc

    def _longest(
        self, doc: Doc, texts: list[str], parts: list[str], starts: set[int], i: int
    ) -> tuple[tuple[int, Form] | None, tuple[int, Form] | None]:
        """(one past the last token, form) of the longest known and the longest mined name that begin at token `i`."""
        key = ""
        best: tuple[int, Form] | None = None
        guess: tuple[int, Form] | None = None
        for j in range(i, min(i + MAX_TOKENS, len(parts))):
            if j > i and j in starts:
                break
            key += parts[j]
            if not parts[j]:
                continue
            if forms := self.forms.get(key) or self.forms.get(singular(key)):
                end, surface = j + 1, display(doc, i, j + 1)
                for form in forms:
                    if form.strength or not form.fits(surface):
                        continue
                    if not form.ambiguous or _has_cue(texts, i, end, form.label):
                        best = end, form
                        break
                guess = next(((end, form) for form in forms if form.strength and form.fits(surface)), guess)
            if key not in self.prefixes:
                break
        return best or self._member(texts[i], i), guess

    def _member(self, text: str, i: int) -> tuple[int, Form] | None:
        """A size or version of a known name in one token, `Llama-2-70B` of `Llama-2`."""
        cut = len(text) if len(text) <= MAX_MEMBER else 0
        while (cut := max(text.rfind("-", 0, cut), text.rfind("‑", 0, cut))) > 0:
            if _SIZE.fullmatch(text, cut):
                for form in self.forms.get(squeeze(text[:cut]), ()):
                    if (
                        not form.strength
                        and form.label not in ("TASK", "METRIC")
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
