"""Mining names: what kind of thing a name is shows over many papers.

One paper tells little ("on X"), many tell it surely ("X dataset", "trained on X", "X, a large corpus of").  For each
candidate name of each paper, the weights of `lexicon/evidence.tsv` (a multinomial logistic regression over the letters
of the name and the words around its places, made by `training/lexicon.py`) give the probability that it is a method,
data set, benchmark, task or metric there.  Their sum over the papers is the evidence of a lexicon's entry: the
expected number of papers that name it as such.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract import lexicon
from kg.extract.entities import best_form, candidates
from kg.extract.features import Text
from kg.extract.lexicon import Entry, write_lexicon
from kg.extract.names import NO_NAMES, fold
from kg.extract.pipeline import blank
from kg.extract.pool import in_batches
from kg.extract.tables import Weights
from kg.models import ENTITY_TYPES, EntityType, Paper

__all__ = ["mine", "write_lexicon"]

EVIDENCE = Path(lexicon.__file__).parent / "evidence.tsv"
LEAST_PAPERS = 2
LEAST_SHARE = 0.4  # of a name's papers that, in expectation, name it as one kind of thing
_PARTS = 64  # files that what was seen is laid down in: memory holds one of them at a time
_LONGEST = 80  # characters of a name
# A name is ambiguous if, in relation to its papers, so much speaks for
_ANOTHER_TYPE = 0.2  # its being another kind of thing,
_AS_WORD = 0.25  # its being an ordinary word: papers that write it in lower case,
_ANOTHER_MEANING = 0.1  # another definition of the acronym (of the papers that define it), which at least
_LEAST_DEFINED = 2  # papers give.
_SAME_MEANING = 0.6  # likeness of two definitions that say the same


class Sighting(msgspec.Struct, array_like=True, frozen=True, order=True):
    """A name in one paper: folded key, the paper's identity, surface form, percents for `ENTITY_TYPES`, long form."""

    key: str
    paper: str
    form: str
    chances: tuple[int, ...]
    definition: str


_log = logging.getLogger(__name__)
_Batch = tuple[list[bytes], Counter[str]]
_decode = msgspec.json.Decoder(Sighting).decode


def mine(papers: Iterable[Paper], *, least: int = LEAST_PAPERS, workers: int | None = None) -> list[Entry]:
    """The names of things in `papers`, with the type that most speaks for and the evidence, by name.

    Papers of one title count as one paper; their order does not matter.  What is seen in them is laid down in temporary
    files, so memory grows but slowly with their number.

    Args:
        papers: any number of papers.
        least: papers that must have a name.
        workers: processes to use; one per core, at most eight, when None.

    Returns:
        Entries with `papers`, `evidence` and, if so, the flag `ambiguous`: also an ordinary word, evidence for several
        types, or an acronym with several meanings.

    Raises:
        KgError: a process was killed.
    """
    as_words: Counter[str] = Counter()
    with ExitStack() as stack:
        parts = [stack.enter_context(TemporaryFile()) for _ in range(_PARTS)]
        for lines, lower in in_batches(sightings, papers, workers):
            as_words.update(lower)
            for part, added in zip(parts, lines, strict=True):
                part.write(added)
        found: dict[str, Entry] = {}
        for part in parts:
            part.seek(0)
            for entry in _entries(map(_decode, part), least, as_words):
                # Two keys of hostile names may be one to the lexicon, which refuses a name that stands twice.
                known = found.setdefault(lexicon.fold(entry.name), entry)
                if (-entry.papers, entry.name) < (-known.papers, known.name):
                    found[lexicon.fold(entry.name)] = entry
    return sorted(found.values(), key=lambda entry: (lexicon.fold(entry.name), entry.name))


def sightings(papers: list[Paper]) -> _Batch:
    """What names the papers have: JSON lines of `Sighting`, parted by key; and how many papers write a word small."""
    nlp, weights = reader(), _weights()
    parts = [bytearray() for _ in range(_PARTS)]
    lower: Counter[str] = Counter()
    with nlp.memory_zone():
        for paper in papers:
            try:
                doc = read(nlp, paper.text)
            except Exception:  # a text must never cost the other papers
                _log.warning("paper %s (%.80r) cannot be read, nothing is mined from it", paper.id, paper.title)
                _log.debug("%.80r", paper.title, exc_info=True)
                continue
            lower.update({text for text in Text.of(doc).texts if text.islower() and text.isalpha()})
            for sighting in _sightings(doc, _identity(paper), weights):
                part = parts[zlib.crc32(sighting.key.encode()) % _PARTS]
                part += msgspec.json.encode(sighting) + b"\n"
    return list(map(bytes, parts)), lower


@cache
def reader() -> Language:
    """The components that find candidate names: those before `kg_entities`, without a trained tagger.

    What is mined is thus told by words around a name, not by what a tagger remembers of annotated papers.
    """
    nlp = blank()
    for name in nlp.pipe_names[nlp.pipe_names.index("kg_entities") :]:
        nlp.remove_pipe(name)
    return nlp


def read(nlp: Language, text: str) -> Doc:
    """The document of a text; it knows no mined names, so that a lexicon does not depend on the one before it."""
    doc = nlp(_encodable(text))
    doc.spans.pop("kg_mined", None)
    return doc


def _identity(paper: Paper) -> str:
    """What papers of one title have in common, whatever its case and spacing; without a title, of one abstract."""
    text = _encodable(fold(paper.title) or paper.abstract)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _encodable(text: str) -> str:
    """The text with another character for each lone surrogate."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _weights() -> Weights:
    return Weights.read(EVIDENCE)


def _sightings(doc: Doc, paper: str, weights: Weights) -> Iterator[Sighting]:
    definitions = {fold(found.short.text): fold(found.long.text)[:_LONGEST] for found in doc._.kg_abbreviations}
    for key, candidate in candidates(doc).items():
        form = " ".join((candidate.name or best_form(doc, candidate.spans)).split())
        if len(form) > _LONGEST or key in NO_NAMES or not any(map(str.isalpha, key)) or not lexicon.is_writable(form):
            continue
        chances = weights.chances(candidate.features)
        percents = tuple(round(100 * chances[type_.upper()]) for type_ in ENTITY_TYPES)
        yield Sighting(key, paper, form, percents, definitions.get(key, ""))


def _entries(found: Iterable[Sighting], least: int, as_words: Counter[str]) -> Iterator[Entry]:
    """The names among these sightings that enough papers have and that are enough of one type."""
    by_key: dict[str, dict[str, Sighting]] = defaultdict(dict)
    for sighting in found:
        papers = by_key[sighting.key]
        papers[sighting.paper] = max(sighting, papers.get(sighting.paper, sighting))  # of one title one, any order
    for key, papers in by_key.items():
        evidence = [sum(column) / 100 for column in zip(*(seen.chances for seen in papers.values()), strict=True)]
        counts = dict(zip(ENTITY_TYPES, evidence, strict=True))
        kinds: Counter[str] = Counter()
        for type_, count in counts.items():
            kinds[_kind(type_)] += count
        (kind, first), (_, second), *_ = kinds.most_common()
        if len(papers) < least or first < LEAST_SHARE * len(papers):
            continue
        best = max((type_ for type_ in ENTITY_TYPES if _kind(type_) == kind), key=counts.__getitem__)
        forms = Counter(seen.form for seen in papers.values())
        form = min(forms, key=lambda form: (-forms[form], form))
        ambiguous = (
            second >= _ANOTHER_TYPE * len(papers)
            or (not form.islower() and max(as_words[key], as_words[f"{key}s"]) >= _AS_WORD * len(papers))
            or _several_meanings(Counter(seen.definition for seen in papers.values() if seen.definition))
        )
        flags = frozenset({"ambiguous"} if ambiguous else ())
        yield Entry(best, form, (), flags, len(papers), tuple(round(count, 1) for count in evidence))


def _kind(type_: EntityType) -> str:
    """The type, data sets and benchmarks being one: what is a data set here is a benchmark there."""
    return "resource" if type_ in ("dataset", "benchmark") else type_


def _several_meanings(definitions: Counter[str]) -> bool:
    """Whether an acronym stands for another thing than its most frequent long form, not only for few papers."""
    ordered = sorted(definitions, key=lambda long: (-definitions[long], long))[:20]
    enough = max(_LEAST_DEFINED, _ANOTHER_MEANING * definitions.total())
    others = [
        long
        for long in ordered[1:]
        if long not in ordered[0]
        and ordered[0] not in long
        and SequenceMatcher(None, ordered[0], long, autojunk=False).ratio() < _SAME_MEANING
    ]
    return sum(definitions[long] for long in others) >= enough
