"""What speaks for and against a phrase being a name of some type: its letters, its words, the words around all its
places.

Names of features only: how much each tells is in the tables of `kg_entities` and `kg_roles`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from spacy.tokens import Doc

from kg.extract.clean import citations, texts_of
from kg.extract.names import is_name_shaped, singular
from kg.extract.sentences import sentence_spans, sentences_of
from kg.extract.words import kinds

CLASSES = ("NONE", "METHOD", "DATASET", "BENCHMARK", "TASK", "METRIC")
LABELS = CLASSES[1:]
SEEN_LEAST = 2  # phrases seen less often tell nothing

ARTICLES = frozenset({"a", "an", "the", "our", "new", "novel"})
_APPOSITION = 14  # tokens after a name in which its explanation must name a kind of thing
_EXPLAINS = frozenset({"is", "are", "–", "—", ":", "-"})
_QUOTES_BEFORE = frozenset({"*", "**", "`", "``", '"', "“", "'", "‘", "{"}) | {
    f"\\{c}{{" for c in ("textit", "textbf", "texttt", "emph")
}
_QUOTES_AFTER = frozenset({"*", "**", "`", "''", '"', "”", "'", "’", "}"})
_CUE_VERBS = kinds("cues")
_LABEL_OF = kinds("heads")
_SETS = {"set": "dataset", "sets": "datasets"}  # "data set" is written as two words, too


class Text:
    """The tokens of a document, as the rules look at them.

    `texts` and `lower`: as cleaned and case-folded; `markup`: whether each is residue, which stays as written;
    `starts`: whether a sentence begins; `title_end`: the token that ends the title; `second_sentence`: where the
    abstract's begins; `blocked`: tokens that can be in no name; `running`: words that the abstract also writes in lower
    case; `firsts`, `spans`: first token and characters of every sentence.
    """

    @classmethod
    def of(cls, doc: Doc) -> Text:
        """The text of a document whose sentences and links are known; made once for all components."""
        text: Text = doc.user_data.get("kg_text") or cls(doc)
        doc.user_data["kg_text"] = text
        return text

    def __init__(self, doc: Doc) -> None:
        """Read the tokens of `doc`."""
        self.texts, self.markup = texts_of(doc)
        self.lower = ["¶" if text.isspace() else text.casefold() for text in self.texts]
        for i, word in enumerate(self.lower):
            if word in _SETS and i and self.lower[i - 1] == "data":
                self.lower[i] = _SETS[word]
        self.starts = [False] * len(self.texts)
        self.firsts = [sentence.start for sentence in sentences_of(doc)]
        self.spans = sentence_spans(doc)
        for first in self.firsts:
            self.starts[first] = True
        self.title_end = next((i for i, text in enumerate(self.texts) if "\n" in text), 0)
        self.second_sentence = next(
            (i for i in range(self.title_end + 2, len(self.texts)) if self.starts[i]), len(self.texts)
        )
        self.blocked = blocked_tokens(doc, self.texts)
        self.running = {
            low
            for i, (low, text) in enumerate(zip(self.lower, self.texts, strict=True))
            if i > self.title_end and text == low
        }

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.texts)

    def sentence(self, i: int) -> int:
        """The number of the sentence that token `i` is in; `spans` has its characters."""
        return bisect_right(self.firsts, i) - 1

    def word(self, i: int) -> str:
        """The folded token at `i`, `^` beyond either end."""
        return self.lower[i] if 0 <= i < len(self.lower) else "^"

    def begins(self, i: int) -> bool:
        """Whether token `i` is the first word of its sentence, markup aside."""
        while i > 0 and not self.starts[i] and not self.texts[i - 1][0].isalnum() and self.texts[i - 1] not in ",;)":
            i -= 1
        return self.starts[i]


def blocked_tokens(doc: Doc, texts: list[str]) -> set[int]:
    """Tokens that can be in no name: links and cited authors."""
    links = doc._.kg_links if Doc.has_extension("kg_links") else ()
    blocked = {i for i, text in enumerate(texts) if text.startswith(("http", "www."))}
    for start, end in (*((link.start_char, link.end_char) for link in links), *citations(doc.text)):
        if span := doc.char_span(start, end, alignment_mode="expand"):
            blocked.update(range(span.start, span.end))
    return blocked


def form_features(text: Text, start: int, end: int) -> Iterator[str]:
    """Features of the name itself."""
    first, last = text.lower[start], text.lower[end - 1]
    token = text.texts[end - 1]
    yield f"tokens:{min(sum(t[0].isalnum() for t in text.texts[start:end]), 4)}"
    yield f"last:{singular(last)}"
    if end - start > 1:
        yield f"first:{first}"
        if end - start > 2:
            yield f"last2:{text.lower[end - 2]} {singular(last)}"
    if label := label_of(singular(last)) or label_of(last):
        yield f"head:{label}"
    for shape in {_shape(t) for t in text.texts[start:end] if t[0].isalnum()}:
        yield f"shape:{shape}"
    if is_name_shaped(token):
        bare = re.sub(r"[-‐‑]?v?\d[\w.]*$", "", token).casefold()
        for n in (2, 3, 4, 5):
            if len(bare) > n:
                yield f"suffix:{bare[-n:]}"
        yield f"prefix:{bare[:3]}"
        if "-" in token:
            yield f"before-hyphen:{token.split('-')[0].casefold()}"
            yield f"after-hyphen:{_shape(token.split('-')[-1])}"
        yield f"length:{min(len(bare), 12) // 3}"


def _shape(token: str) -> str:
    if token.isupper():
        return "ABC1" if any(map(str.isdigit, token)) else "ABC"
    if token.islower():
        return "abc1" if any(map(str.isdigit, token)) else "abc"
    if token[0].isupper() and token[1:].islower():
        return "Abc-d" if "-" in token else "Abc1" if any(map(str.isdigit, token)) else "Abc"
    return (
        "AbC-" if "-" in token else "AbC1" if any(map(str.isdigit, token)) else "AbC" if token[0].isupper() else "abC"
    )


def context_features(text: Text, start: int, end: int) -> Iterator[str]:
    """Features of one place of the name."""
    before, after = start - 1, end
    if start < text.title_end:
        yield from _title_features(text, start, end)
        return
    while before >= 0 and (text.markup[before] or text.texts[before] in _QUOTES_BEFORE):
        before -= 1
    while after < len(text) and (text.markup[after] or text.texts[after] in _QUOTES_AFTER):
        after += 1
    if text.begins(start):
        yield "begins"
    previous, following = text.word(before), text.word(after)
    yield f"prev:{previous}"
    yield f"next:{following}"
    yield f"prev2:{text.word(before - 1)} {previous}"
    yield f"next2:{following} {text.word(after + 1)}"
    if previous == "(" and following == ")":
        yield "bracketed"
    yield from (f"left:{head}" for head in _nearest(text, before, -1))
    yield from (f"right:{head}" for head in _nearest(text, after, 1))
    yield from _apposition_features(text, after)
    for k in range(before, max(before - 6, -1), -1):
        if (found := cue(text.lower[k])) == "negate":
            yield "negated"  # "we did not use BERT": the verb still counts
        elif found:
            yield f"verb:{found}"
            break
        if text.starts[k]:
            break


def _title_features(text: Text, start: int, end: int) -> Iterator[str]:
    """Features of a place in the title: "NAME: ..." and what the words after the colon tell."""
    yield "title"
    if start == 0 and text.word(end) == ":":
        yield "title:"
        for k in range(end, text.title_end):
            if label := label_of(text.lower[k]):
                yield f"title-says:{label}"


def _apposition_features(text: Text, after: int) -> Iterator[str]:
    """The head word of "NAME, a ... benchmark for" and "NAME is a ... dataset"."""
    if not (text.word(after) == "," and text.word(after + 1) in ARTICLES) and text.word(after) not in _EXPLAINS:
        return
    for k in range(after + 1, min(after + _APPOSITION, len(text))):
        if text.starts[k] or text.lower[k] in {"that", "which", "for", "to", "."}:
            return
        if label := label_of(text.lower[k]):
            yield f"apposition:{label}:{text.lower[k]}" if label != "METHOD" else "apposition:METHOD"
            return


def label_of(word: str) -> str | None:
    """The type (METHOD, DATASET, ...) that a head word tells, None if it tells none."""
    return _LABEL_OF.get(word.casefold())


def cue(word: str) -> str | None:
    """The kind of action a folded word tells of (propose, evaluate, train, beat, ...), if it tells of one."""
    return _CUE_VERBS.get(word)


def _nearest(text: Text, i: int, step: int) -> list[str]:
    """The nearest head word to the left or right in the sentence, over members of the same list, with its distance."""
    for distance in range(8):
        k = i + step * distance
        if not 0 <= k < len(text) or (step > 0 and text.starts[k]) or text.lower[k] in {"which", "that", ";", "we"}:
            return []
        if label := label_of(text.lower[k]):
            return [f"{label}:{min(distance, 3)}" if step > 0 else f"{label}"]
        if step < 0 and text.starts[k]:
            return []
    return []


def seen_features(counts: tuple[int, ...] | None) -> Iterator[str]:
    """Features of how often a phrase was of each class elsewhere."""
    total = sum(counts or ())
    if counts is None or total < SEEN_LEAST:
        yield "unseen"
        return
    best = max(range(len(CLASSES)), key=counts.__getitem__)
    share = 4 * (counts[best] + 0.5) / (total + 1)
    yield f"seen:{CLASSES[best]}:{int(share)}"
    yield f"seen:{CLASSES[best]}:{int(share)}:{'often' if total > 7 else 'some'}"
    if not counts[0]:
        yield f"seen-only:{min(total, 6)}"
