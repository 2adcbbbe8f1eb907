"""Which input records are one paper, what that paper's fields are, and its id.

Records with one DOI are one paper, those with one arXiv id too, and those with one folded title unless their DOIs or
arXiv ids say otherwise.  The longest abstract wins; missing fields are filled from the rest.  Nothing depends on the
order of the input.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from kg.models import Paper
from kg.resolve import fold

_ARXIV_DOI = "10.48550/arxiv."
_NOT_IN_ID = re.compile(r"[\s\x00-\x20\x7f]+")


class PaperKeys(NamedTuple):
    """What identity is decided by; texts are not kept."""

    doi: str | None
    arxiv: str | None
    title: str
    source_id: str
    rank: tuple[int, bytes]  # of its duplicates the first in this order wins


class PaperGroup(NamedTuple):
    """One paper: its node's id, and the indices of its input records, the winning one first."""

    node_id: str
    members: tuple[int, ...]


def keys(paper: Paper) -> PaperKeys:
    """The keys of one input record; an arXiv DOI counts as an arXiv id."""
    doi, arxiv = paper.doi, paper.arxiv
    if doi and doi.startswith(_ARXIV_DOI):
        arxiv, doi = arxiv or doi.removeprefix(_ARXIV_DOI), None
    return PaperKeys(doi, arxiv, fold.title_key(paper.title), paper.id, (-len(paper.abstract), content_hash(paper)))


def content_hash(paper: Paper) -> bytes:
    """16 bytes that name all fields of an input record."""
    return bytes.fromhex(fold.digest(msgspec.json.encode(paper).decode(), 32))


def group(records: Sequence[PaperKeys]) -> list[PaperGroup]:
    """Partition the input records into papers, sorted by id."""
    parent = list(range(len(records)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(indices: Iterable[int]) -> None:
        first, *rest = indices
        for index in rest:
            parent[root(index)] = root(first)

    for field in ("doi", "arxiv"):
        same = defaultdict(list)
        for index, record in enumerate(records):
            if value := getattr(record, field):
                same[value].append(index)
        for indices in same.values():
            join(indices)
    titles = defaultdict(list)
    for index, record in enumerate(records):
        titles[record.title].append(index)
    for indices in titles.values():
        for together in _one_title(records, indices, [root(index) for index in indices]):
            join(together)

    members = defaultdict(list)
    for index in range(len(records)):
        members[root(index)].append(index)
    groups = [sorted(indices, key=lambda index: records[index].rank) for indices in members.values()]
    return sorted(
        PaperGroup(node_id, tuple(indices)) for node_id, indices in zip(_ids(records, groups), groups, strict=True)
    )


def _one_title(records: Sequence[PaperKeys], indices: list[int], roots: list[int]) -> list[list[int]]:
    """Which of the records with one title are one paper: all, unless two of them carry different identifiers."""
    identified = {r for r, index in zip(roots, indices, strict=True) if records[index].doi or records[index].arxiv}
    dois = {records[index].doi for index in indices} - {None}
    arxivs = {records[index].arxiv for index in indices} - {None}
    if len(identified) <= 1 or (len(dois) <= 1 and len(arxivs) <= 1):
        return [indices]
    bare = [index for r, index in zip(roots, indices, strict=True) if r not in identified]
    return [bare] if bare else []


def merge(records: Sequence[Paper]) -> Paper:
    """One paper from its records, the winner first: each field from the first record that has it."""
    first, *rest = records
    missing = {
        field: value
        for field in Paper.__struct_fields__
        if not getattr(first, field)
        and (value := next((v for r in rest if (v := getattr(r, field))), None)) is not None
    }
    return msgspec.structs.replace(first, **missing)


def _ids(records: Sequence[PaperKeys], groups: Sequence[Sequence[int]]) -> list[str]:
    """An id for each group: DOI, arXiv id (as its DOI), source id or title hash; shared ones get the title's hash."""
    owners = defaultdict(set)
    stems = []
    for number, indices in enumerate(groups):
        members = [records[index] for index in indices]
        doi = next((m.doi for m in members if m.doi), None)
        arxiv = next((m.arxiv for m in members if m.arxiv), None)
        source_id = next((m.source_id for m in members if m.source_id), None)
        stem = doi or (arxiv and _ARXIV_DOI + arxiv) or source_id or fold.digest(members[0].title, 16)
        stem = _NOT_IN_ID.sub("_", stem)
        stems.append(stem)
        owners[stem].add(number)
    return [
        f"paper:{stem}" if len(owners[stem]) == 1 else f"paper:{stem}~{fold.digest(records[indices[0]].title)}"
        for stem, indices in zip(stems, groups, strict=True)
    ]
