"""Tokenizer rules for scientific names: `CIFAR-10`, `ResNet-50`, `GPT-4o`, `LLM-Pruner`, `$\\infty$-gram` and URLs stay
whole.

Names are kept together, ordinary compounds come apart at their hyphens (`multi-label` is three tokens, `BERT-based`
too), and so do slashes, brackets and markup, so that every name a text spells out begins and ends at a token
boundary.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Self

from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
from spacy.util import registry
from spacy.vocab import Vocab

# Words that are hung on a name with a hyphen without being part of it.
MODIFIERS = (
    "adapted|agnostic|aided|aligned|and|annotated|assisted|augmented|aware|base[ds]|calibrated|class|compatible|conditioned|"
    "conditional|constrained|derived|driven|dependent|distilled|embedded|enabled|enhanced|equipped|equivalent|extracted|"
    "family|finetuned|fine|focused|free|friendly|generated|graded?|grounded|guided|heavy|induced|informed|infused|initiali[sz]ed|"
    "inspired|integrated|level|like|modulated|native|norm|of|only|optimal|optimi[sz]ed|oriented|powered|pretrained|pre|prompted|"
    "pruned|quantized|related|regulari[sz]ed|scale|side|size[ds]?|specific|style[ds]?|supervised|supported|the|to|trained|"
    "training|tuned|tuning|type|variant|wide|wise|with"
)

# Tags of HTML and JATS that change how a text looks; `<mask>` and `<s>` are names of tokens.
TAGS = "jats:[a-z-]+|b|i|u|em|strong|su[bp]|tt|code|span|p|br|div|font|a|italic|bold|h[1-6]|ul|ol|li"
_TAG = rf"</?(?:{TAGS})/?>"
_OPEN = (
    r"\{(?![\w\-–]{1,40}\}[\w\-–])|[(\[<\"'“‘«`~|#@¿¡†‡•·]|\*+|_+(?=\w)|\\[A-Za-z]+\{"
    r"|--+|[–—]|[-‐‑](?=[A-Za-z]{2})|&(?:quot|lt|ldquo|lsquo);"
)
_CLOSE = r"[)\]}>\"'”’»`~|,;:!?…†‡]|\*+|_+|\\?%|\\\\|--+|[–—]|['’]s|(?<=\w)[-‐‑]|&(?:quot|gt|rdquo|rsquo);"
# A long run of marks is one token: stripped one by one they would cost time quadratic in their number.
_PREFIX = re.compile(rf"(?:[^\w\s$]{{8,}}|(?:{_TAG})+|(?:&\w{{2,5}};){{4,}}|(?:\\[A-Za-z]+\{{){{3,}}|{_OPEN})")
_SUFFIX = re.compile(
    rf"(?:[^\w\s$]{{8,}}|(?:['’]s){{4,}}|(?:{_TAG})+|(?:&\w{{2,5}};){{4,}}|{_CLOSE}|(?<=[^.])\.|\.\.+)$"
)
_INFIX = re.compile(
    rf"(?<=[a-z]{{2}})[-‐‑](?=[a-z]{{2}})"  # multi-label
    rf"|(?<=\w)[-‐‑](?=(?i:{MODIFIERS})\b)"  # BERT-based, CIFAR-10-trained
    r"|(?<=[\w)\]])/(?=[\w(\[$]|[-‐‑]\d)"
    r"|(?<=[A-Za-z\d])[-‐‑](?=[()\[\]{}\"“”|*\\])"  # "GPT-(3)" is no name "GPT-"
    r"|(?<=[a-z]{4})\.(?=[A-Z])"  # a full stop without a space after it
    r"|(?<=[A-Za-z)\]])[,;:](?=[A-Za-z(\[$\"'])"
    r"|(?<=[A-Za-z])\+(?=[A-Za-z])"
    r"|[()\[\]{}\"“”=~|—]|\*+|--+|…|\.\.\.|(?<=[A-Za-z])–(?=[A-Za-z])|\\[A-Za-z]+\{?|\\\\"
    rf"|{_TAG}"
)
_LONGEST_MARK = 60  # characters; longer ones are looked at again
_MATH = r"\$[^$\s]{1,80}\$"
_ACCENT = r"(?:\{?\\[\"'`^~=.](?:\{\\?[a-z]\}|\\?[a-z])\}?|\\[hcvukbdrt]\{[a-z]\})"
_BRACED = r"\{[\w\-–]{1,40}\}"
_LETTER = r"&(?:amp|apos|#\d{1,6}|#x[\da-f]{1,5}|[a-z]{1,2}(?:uml|acute|grave|circ|tilde|cedil|caron|ring|slash|lig));"
# Kept whole although they end in a full stop, or hold brackets or dollars.
_WHOLE = re.compile(
    r"(?:e\.g|i\.e|w\.r\.t|a\.k\.a|i\.i\.d|cf|etc|al|vs|resp|approx|fig|figs|eq|eqs|sec|dr|prof|st|inc)\."
    rf"|[\w\-–]*(?:{_MATH}[\w\-–]*)+"  # T$^2$Net
    rf"|[\w\-–]*(?:{_ACCENT}[\w\-–]*)+"  # G\\"odel
    rf"|(?:[\w\-–]+{_BRACED}|{_BRACED}[\w\-–]+)[\w\-–]*(?:{_BRACED}[\w\-–]*)*"  # {CIFAR}-10
    rf"|\w[\w\-–]*(?:</?su[bp]>[\w+\-–]*)+|\w[\w\-–]*(?:{_LETTER}[\w\-–]*\w)+"  # CO<sub>2</sub>, R&amp;D
    r"|[A-Za-z]\.[A-Za-z]\.(?:[A-Za-z]\.)*",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:https?:/?/?|www\.)[^\s\"<>{}()\[\]]*[\w/#\-]|[\w.-]+\.(?:com|org|io|net|edu|co|ai)/[^\s\"<>{}()\[\]]*[\w/#\-]",
    re.I,
)


def _suffix(text: str) -> re.Match[str] | None:
    """The mark at the end of a text; only as much as it needs is looked at, again for every mark."""
    width = _LONGEST_MARK
    while (found := _SUFFIX.search(text, max(0, len(text) - width))) and found.start() == len(text) - width:
        width *= 2
    return found


class NameTokenizer(Tokenizer):  # type: ignore[misc]
    """spaCy's tokenizer with our rules: as they are code, a model has nothing to store of it."""

    def to_disk(self, path: Path | str, *, exclude: object = ()) -> None:
        """Store nothing."""

    def from_disk(self, path: Path | str, *, exclude: object = ()) -> Self:  # noqa: ARG002
        """Keep the rules."""
        return self

    def to_bytes(self, *, exclude: object = ()) -> bytes:  # noqa: ARG002
        """Store nothing."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: object = ()) -> Self:  # noqa: ARG002
        """Keep the rules."""
        return self


@registry.tokenizers("kg.NameTokenizer.v1")  # type: ignore[untyped-decorator]
def name_tokenizer() -> Callable[[Language], Tokenizer]:
    """What a pipeline's configuration names to get our tokenizer."""
    return lambda nlp: build_tokenizer(nlp.vocab)


def build_tokenizer(vocab: Vocab) -> Tokenizer:
    """A spaCy tokenizer with the rules above; tokens never lose or change a character of the text."""
    return NameTokenizer(
        vocab,
        prefix_search=_PREFIX.match,
        suffix_search=_suffix,
        infix_finditer=_INFIX.finditer,
        token_match=_WHOLE.fullmatch,
        url_match=_URL.fullmatch,
    )
