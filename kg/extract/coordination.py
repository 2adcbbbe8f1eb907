"""`kg_coordination`: names that share a part ("CIFAR-10/100", "Llama-2 7B/13B"), and names listed together ("A, B and C
datasets").

Sets `Doc.spans["kg_coordination"]`.  A span labelled EXPANDED stands for the name in `Span._.kg_name` ("CIFAR-100",
its text is `CIFAR-10/100`); spans labelled WITH_DATASET, WITH_METHOD, ... are members of a list that another member
of that known type is in.  Reads `kg_lexicon` and `kg_patterns`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.clean import texts_of
from kg.extract.names import is_name_shaped

if not Span.has_extension("kg_name"):
    Span.set_extension("kg_name", default="")

_NUMBERED = re.compile(r"(.*?[A-Za-z@].*?[-‐‑@]?)(\d+(?:\.\d+)?[A-Za-z]?)")
_NUMBER = re.compile(r"[-‐‑]?(\d+(?:\.\d+)?[A-Za-z]?)")
_LETTERED = re.compile(r"[-‐‑]?(\d+(?:\.\d+)?[A-Za-z]?|[A-Z](?:sum)?)")  # what follows another number: ROUGE-1/2/L
_HYPHENED = re.compile(r"[-‐‑](\d+(?:\.\d+)?[A-Za-z]?)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?[BbMmKk])")
_VERSION = re.compile(r"\d+\.\d+")
_UNIT = re.compile(r".*\d[BMK]")
_MOST_PARTS = 24  # tokens of "7B/13B/70B"
_JOINTS = frozenset({",", "and", "or", "&", "/", "as", "well"})


@Language.component("kg_coordination")
def coordination(doc: Doc) -> Doc:
    """Set `Doc.spans["kg_coordination"]`."""
    texts, _ = texts_of(doc)
    doc.spans["kg_coordination"] = [*_expanded(doc, texts), *_listed(doc, texts)]
    return doc


def _expanded(doc: Doc, texts: list[str]) -> list[Span]:
    """Names whose first part stands once for several: "CIFAR-10/100", "Llama-2 7B and 13B", "ImageNet-1k and -21k"."""
    found = []
    done = 0
    for i, text in enumerate(texts[:-2]):
        if i < done or not text[-1].isalnum() or texts[i + 1] not in _JOINTS:
            continue
        start, stem, first = _stem(texts, i)
        if not stem:
            continue
        parts = list(_parts(texts, i, first))
        # "7/13/33B": what the last number counts the others count, too.
        unit = parts[-1][1][-1] if parts and _UNIT.fullmatch(parts[-1][1]) else ""
        if unit and any(number[-1].isalpha() for number in (first, *(number for _, number in parts[:-1]))):
            unit = ""
        if unit:
            parts = [(i + 1, first), *parts]
        for end, number in parts:
            span = Span(doc, start, end, label="EXPANDED")
            span._.kg_name = stem + number + (unit if number[-1].isdigit() else "")
            found.append(span)
            done = end
    return found


def _stem(texts: list[str], i: int) -> tuple[int, str, str]:
    """(first token, part that is shared, first number) of the name that ends with token `i`; no part if none does."""
    if is_name_shaped(texts[i]) and (numbered := _NUMBERED.fullmatch(texts[i])):
        return i, numbered[1], numbered[2]
    if i and _SIZE.fullmatch(texts[i]) and is_name_shaped(texts[i - 1]):
        return i - 1, f"{texts[i - 1]} ", texts[i]
    if i and _VERSION.fullmatch(texts[i]) and texts[i + 1] == "/" and texts[i - 1][0].isupper():
        return i - 1, f"{texts[i - 1]} ", texts[i]
    return i, "", ""


def _parts(texts: list[str], i: int, first: str) -> Iterator[tuple[int, str]]:
    """(one past its token, number) of every number that shares the part of the name that ends with token `i`.

    After a slash any number is one; after a comma or "and" only one that cannot stand alone: `-21k`, or a size after a
    size.
    """
    k = i
    while k + 2 < len(texts) and k - i < _MOST_PARTS:
        joint = k + 1
        while joint < len(texts) - 1 and joint - k < 3 and texts[joint] in {",", "and", "or", "&", "/"}:
            joint += 1
        joined = texts[k + 1 : joint]
        if joined == ["/"]:
            number = (_NUMBER if k == i and not first.isdigit() else _LETTERED).fullmatch(texts[joint])
        elif joined:
            number = _HYPHENED.fullmatch(texts[joint]) or (
                _SIZE.fullmatch(texts[joint]) if _SIZE.fullmatch(first) else None
            )
        else:
            return
        if number is None:
            return
        yield joint + 1, number[1]
        k = joint


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
