"""Tokenizer rules for scientific names: `CIFAR-10`, `ResNet-50`, `GPT-4o`, `LLM-Pruner`, `$\\infty$-gram` and URLs stay
whole.

Names are kept together, ordinary compounds come apart at their hyphens (`multi-label` is three tokens, `BERT-based`
too), and so do slashes, brackets and markup, so that every name a text spells out begins and ends at a token
boundary.
"""

from __future__ import annotations

import re

from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
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

_OPEN = r"[(\[{<\"'“‘«`~|#@¿¡†‡•·]|\*+|_+(?=\w)|\\[A-Za-z]+\{|--+|[–—]|[-‐‑](?=[A-Za-z]{2})"
_CLOSE = r"[)\]}>\"'”’»`~|,;:!?…†‡]|\*+|_+|\\?%|\\\\|--+|[–—]|['’]s|(?<=\w)[-‐‑]"
# A long run of marks is one token: stripped one by one they would cost time quadratic in their number.
_PREFIX = re.compile(rf"(?:[^\w\s$]{{8,}}|{_OPEN})")
_SUFFIX = re.compile(rf"(?:[^\w\s$]{{8,}}|(?:['’]s){{4,}}|{_CLOSE}|(?<=[^.])\.|\.\.+)$")
_INFIX = re.compile(
    rf"(?<=[a-z]{{2}})[-‐‑](?=[a-z]{{2}})"  # multi-label
    rf"|(?<=\w)[-‐‑](?=(?i:{MODIFIERS})\b)"  # BERT-based, CIFAR-10-trained
    r"|(?<=[\w)\]])/(?=[\w(\[$])"
    r"|(?<=[a-z]{4})\.(?=[A-Z])"  # a full stop without a space after it
    r"|(?<=[A-Za-z)\]])[,;:](?=[A-Za-z(\[$\"'])"
    r"|(?<=[A-Za-z])\+(?=[A-Za-z])"
    r"|[()\[\]{}\"“”=~|—]|\*+|--+|…|\.\.\.|(?<=[A-Za-z])–(?=[A-Za-z])|\\[A-Za-z]+\{?|\\\\"
)
_LONGEST_MARK = 60
# Kept whole although they end in a full stop, or hold brackets or dollars.
_WHOLE = re.compile(
    r"(?:e\.g|i\.e|w\.r\.t|a\.k\.a|i\.i\.d|cf|etc|al|vs|resp|approx|fig|figs|eq|eqs|sec|dr|prof|st|inc)\."
    r"|\$[^$\s]{1,80}\$[\w\-–]*"
    r"|[A-Za-z]\.[A-Za-z]\.(?:[A-Za-z]\.)*",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:https?:/?/?|www\.)[^\s\"<>{}()\[\]]*[\w/#\-]|[\w.-]+\.(?:com|org|io|net|edu|co|ai)/[^\s\"<>{}()\[\]]*[\w/#\-]",
    re.I,
)


def _suffix(text: str) -> re.Match[str] | None:
    """The mark at the end of a text; only the end is looked at, since it is looked at again for every mark stripped."""
    return _SUFFIX.search(text, max(0, len(text) - _LONGEST_MARK))


def build_tokenizer(vocab: Vocab) -> Tokenizer:
    """A spaCy tokenizer with the rules above; tokens never lose or change a character of the text."""
    return Tokenizer(
        vocab,
        prefix_search=_PREFIX.match,
        suffix_search=_suffix,
        infix_finditer=_INFIX.finditer,
        token_match=_WHOLE.fullmatch,
        url_match=_URL.fullmatch,
    )
