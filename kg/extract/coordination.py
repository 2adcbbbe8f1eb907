"""`kg_coordination`: names that share a part ("CIFAR-10/100", "Llama-2 7B/13B"), and names listed together ("A, B and C
datasets").

Sets `Doc.spans["kg_coordination"]`.  A span labelled EXPANDED stands for the name in `Span._.kg_name` ("CIFAR-100",
its text is `CIFAR-10/100`); spans labelled WITH_DATASET, WITH_METHOD, ... are members of a list that another member
of that known type is in.  Reads `kg_lexicon` and `kg_patterns`.
"""

from __future__ import annotations

import re
from collections import Counter

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.names import is_name_shaped

if not Span.has_extension("kg_name"):
    Span.set_extension("kg_name", default="")

_NUMBERED = re.compile(r"(.*?[A-Za-z].*?[-‐‑]?)(\d+(?:\.\d+)?[A-Za-z]?)")
_NUMBER = re.compile(r"[-‐‑]?(\d+(?:\.\d+)?[A-Za-z]?)")
_SIZE = re.compile(r"\d+(?:\.\d+)?[BbMmKk]")
_MOST_PARTS = 24  # tokens of "7B/13B/70B"
_JOINTS = frozenset({",", "and", "or", "&", "/", "as", "well"})


@Language.component("kg_coordination")
def coordination(doc: Doc) -> Doc:
    """Set `Doc.spans["kg_coordination"]`."""
    texts = [token.text for token in doc]
    doc.spans["kg_coordination"] = [*_expanded(doc, texts), *_listed(doc, texts)]
    return doc


def _expanded(doc: Doc, texts: list[str]) -> list[Span]:
    """Names whose first part stands once for several: every number after the first slash is one."""
    found = []
    for i, text in enumerate(texts[:-2]):
        if texts[i + 1] != "/" or not text[-1].isalnum():
            continue
        if is_name_shaped(text) and (numbered := _NUMBERED.fullmatch(text)):
            start, stem = i, numbered[1]
        elif _SIZE.fullmatch(text) and i and is_name_shaped(texts[i - 1]):
            start, stem = i - 1, f"{texts[i - 1]} "
        else:
            continue
        k = i + 1
        while (
            k + 1 < len(texts)
            and k - i < _MOST_PARTS
            and texts[k] == "/"
            and (number := _NUMBER.fullmatch(texts[k + 1]))
        ):
            span = Span(doc, start, k + 2, label="EXPANDED")
            span._.kg_name = stem + number[1]
            found.append(span)
            k += 2
    return found


def _listed(doc: Doc, texts: list[str]) -> list[Span]:
    """Members of lists, once for each known type that another member is of."""
    members: dict[int, tuple[int, str]] = {}
    for group, kinds in (("kg_patterns", {"SHAPED", "CAPITALS", "CAPITAL"}), ("kg_lexicon", None)):
        for span in doc.spans.get(group, ()):
            if kinds is None or span.label_ in kinds:
                members[span.start] = max(members.get(span.start, (0, "")), (span.end, "" if kinds else span.label_))
    found = []
    done = 0
    for start in sorted(members):
        if start < done:
            continue
        run = [start]
        while True:
            k = done = members[run[-1]][0]
            while k < len(texts) and texts[k] in _JOINTS:
                k += 1
            if k == done or k not in members:
                break
            run.append(k)
        labels = Counter(members[member][1] for member in run if members[member][1])
        for member in run:
            end, own = members[member]
            others = [label for label in sorted(labels) if label != own or labels[label] > 1]
            found += [Span(doc, member, end, label=f"WITH_{label}") for label in others]
    return found
