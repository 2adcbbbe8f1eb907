"""What is handed from stage to stage: papers, and records of what one paper says.

Both are plain typed values (`msgspec.Struct`): quick to read and write as JSON, validated where they enter.  A record
has the shape of the project's record format: one JSON object per paper, every character offset in code points of
`title + "\\n" + abstract`.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

EntityType = Literal["method", "dataset", "benchmark", "task", "metric"]
Role = Literal[
    "introduces", "uses", "compares", "trains_on", "evaluates_on", "addresses", "reports", "mentions"
]  # fmt: skip
ModelName = Literal["fast", "accurate"]
LinkKind = Literal["code", "data", "model", "demo", "project_page", "other"]
RelationType = Literal[
    "variant_of", "part_of", "uses", "outperforms", "compared_with", "evaluated_on", "trained_on"
]  # fmt: skip

ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)

# The roles a paper can have towards an entity, in the order in which the first that holds wins.
ROLES: dict[EntityType, tuple[Role, ...]] = {
    "method": ("introduces", "uses", "compares", "mentions"),
    "dataset": ("introduces", "trains_on", "evaluates_on", "mentions"),
    "benchmark": ("introduces", "trains_on", "evaluates_on", "mentions"),
    "task": ("addresses", "mentions"),
    "metric": ("reports", "mentions"),
}


class Paper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One paper as a reader gives it: nothing merged, nothing guessed.

    `id` is the input's own id of the record (empty where it has none).  `doi`, `arxiv`, `openalex` and `s2` are
    normalised (no resolver, no version); `date` is ISO 8601, as precise as the source; `source` names the format it was
    read from.
    """

    id: str = ""
    title: str
    abstract: str = ""
    year: int | None = None
    date: str | None = None
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv: str | None = None
    openalex: str | None = None
    s2: str | None = None
    authors: tuple[str, ...] = ()
    source: str = ""

    @property
    def text(self) -> str:
        """The text that is read and that all offsets count in: title, line feed, abstract."""
        return f"{self.title}\n{self.abstract}"


class Rejected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input record, or a whole input, that could not be read: where it is and why."""

    input: str
    reason: str
    line: int | None = None
    record: str | None = None

    def __str__(self) -> str:
        """`INPUT:LINE: record ID: REASON`, as it is printed."""
        where = self.input if self.line is None else f"{self.input}:{self.line}"
        return f"{where}: {f'record {self.record}: ' if self.record else ''}{self.reason}"


class Mention(msgspec.Struct, frozen=True, omit_defaults=True):
    """One surface form of an entity, at its first place in the text."""

    text: str
    start_char: int
    end_char: int
    score: float | None = None


class Span(msgspec.Struct, frozen=True):
    """A stretch of the text, in code points; of evidence, always a whole sentence."""

    start_char: int
    end_char: int


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing the paper names: its type, the role of the paper towards it, and every distinct surface form."""

    type: EntityType
    role: Role
    name: str
    mentions: tuple[Mention | str, ...]
    score: float | None = None
    role_score: float | None = None
    role_evidence: Span | None = None
    optional: bool = False


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A URL in the text, cleaned; `start_char`, `end_char` are those of the evidence sentence."""

    url: str
    kind: LinkKind
    score: float | None = None
    start_char: int | None = None
    end_char: int | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quantitative statement; `metric`, `dataset`, `method` are names of entities of the same record."""

    value: str
    metric: str | None = None
    dataset: str | None = None
    method: str | None = None
    delta: bool = False
    raw: str | None = None
    number: float | None = None
    number_max: float | None = None
    unit: str | None = None
    score: float | None = None
    start_char: int | None = None
    end_char: int | None = None


class Relation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A relation between two entities of the same record, by their names."""

    type: RelationType
    head: str
    tail: str
    score: float | None = None
    start_char: int | None = None
    end_char: int | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one paper's title and abstract say."""

    id: str
    title: str = ""
    abstract: str = ""
    entities: tuple[Entity, ...]
    links: tuple[Link, ...]
    results: tuple[Result, ...] | None = None
    relations: tuple[Relation, ...] | None = None
    extractor: str = ""

    @property
    def text(self) -> str:
        """The text that all offsets count in: title, line feed, abstract."""
        return f"{self.title}\n{self.abstract}"
