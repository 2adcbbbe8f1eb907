"""`kg_entities`: candidate spans become entities: one name, one type, all its places.

Reads the span groups `kg_lexicon`, `kg_mined`, `kg_heads` (or what that would trim, where it is not in the pipeline)
and `kg_coordination`, and `Doc.ents` with labels METHOD, DATASET, BENCHMARK, TASK or METRIC if a statistical component
set them; leaves out what is in `kg_umbrella`, in links or in citations.  What each name is, if one, is decided over all
its places, with what a tagger says of them (`Doc._.kg_tags`).  Sets `Doc._.kg_entities`, a list of `FoundEntity` in the
order of first mention.  `Span._.kg_name` is the name a candidate stands for where its text is not the name
("CIFAR-100" for `CIFAR-10/100`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.clean import display
from kg.extract.features import CLASSES, LABELS, Text, context_features, form_features, seen_features
from kg.extract.heads import bare, untrimmed
from kg.extract.names import fold
from kg.extract.tables import Counts, Tabled, Weights
from kg.extract.tag_spans import log_odds, tags_of
from kg.models import Role

if not Span.has_extension("kg_name"):
    Span.set_extension("kg_name", default="")
if not Doc.has_extension("kg_entities"):
    Doc.set_extension("kg_entities", default=())

MOST_PLACES = 50  # of one name that are looked at; more tell no more
_LONGEST = 200  # characters of a name
# How far names of a user's lexicon and of a statistical component are believed, whatever else the text says.
_TRUSTED = {"user": 0.97, "ner": 0.8}
_TRUSTED_FEATURES = [(source, label) for source in _TRUSTED for label in LABELS]


@dataclass
class FoundEntity:
    """An entity of one text.

    `mentions` are token ranges in text order, `features` what spoke for it, `score` the probability that it is a name
    of this label, `role_chances` the probability of every role it can have, `sentence` the characters of the sentence
    that the role was read from.
    """

    label: str
    name: str
    score: float
    mentions: list[tuple[int, int]]
    features: dict[str, float] = field(default_factory=dict)
    role: Role = "mentions"
    role_score: float = 0.5
    role_chances: dict[str, float] = field(default_factory=dict)
    sentence: tuple[int, int] | None = None


@dataclass
class Candidate:
    """All places of one name (token ranges), what speaks for and against it, and the name if it is not their text."""

    spans: list[tuple[int, int]] = field(default_factory=list)
    features: dict[str, float] = field(default_factory=dict)
    name: str = ""


def candidates(doc: Doc) -> dict[str, Candidate]:
    """Folded key to candidate; what the weights are fitted to (before the features of `seen_features`)."""
    text = Text.of(doc)
    places: dict[tuple[int, int, str], dict[str, float]] = {}
    for start, end, name, feature in _proposed(doc, text):
        places.setdefault((start, end, name), {})[feature] = 1.0
    found: dict[str, Candidate] = {}
    for (start, end, name), features in sorted(places.items(), key=lambda place: place[0]):
        candidate = found.setdefault(fold(name or display(doc, start, end)), Candidate(name=name))
        candidate.spans.append((start, end))
        candidate.features |= features
        if len(candidate.spans) <= MOST_PLACES:
            candidate.features.update(dict.fromkeys(context_features(text, start, end), 1.0))
    found.pop("", None)
    for candidate in found.values():
        candidate.features.update(dict.fromkeys(form_features(text, *candidate.spans[0]), 1.0))
        candidate.features[f"times:{min(len(candidate.spans), 3)}"] = 1.0
    if (tags := tags_of(doc)) is not None:
        spans = [place for candidate in found.values() for place in candidate.spans[:MOST_PLACES]]
        odds = iter(log_odds(tags, spans))
        for candidate in found.values():
            its = [next(odds) for _ in candidate.spans[:MOST_PLACES]]
            candidate.features.update(tag_features(its))
    return found


def tag_features(odds: Sequence[Sequence[float]]) -> Iterator[tuple[str, float]]:
    """The best and the mean of what the tagger says of a name's places: (places, labels and "in no name") log-odds."""
    for label, of_label in zip((*LABELS, "O"), zip(*odds, strict=True), strict=True):
        best = max(of_label)
        yield f"tagger-best:{label}", best
        yield f"tagger-mean:{label}", sum(of_label) / len(of_label)
        yield f"tagger:{label}:{int(best // 2)}", 1.0


def _proposed(doc: Doc, text: Text) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, name, feature) of every candidate span, none in a link or citation or an umbrella term."""
    umbrella = {(span.start, span.end) for span in doc.spans.get("kg_umbrella", ())}
    for span, source in _sources(doc):
        start, end = bare(text, span.start, span.end)
        if span.end_char - span.start_char > _LONGEST:
            continue
        if (start, end) not in umbrella and not text.blocked.intersection(range(start, end)):
            name = span._.kg_name if source == "coordination:EXPANDED" else ""  # asking costs
            yield start, end, name, source
            if source.startswith("lexicon:") and span.id_ == "user":
                yield start, end, name, f"user:{span.label_}"
            elif source.startswith("mined:") and span.id_:
                yield start, end, name, f"{source}:{span.id_}"
            elif source.startswith(("patterns:", "tagger:")) and span.id_:
                yield start, end, name, f"trimmed:{span.id_}"


def _sources(doc: Doc) -> Iterator[tuple[Span, str]]:
    """Every candidate span with where it comes from, which is a feature."""
    for span in doc.ents:
        if span.label_ in LABELS:
            yield span, f"ner:{span.label_}"
    for group in ("lexicon", "mined", "coordination"):
        for span in doc.spans.get(f"kg_{group}", ()):
            yield span, f"{group}:{span.label_}"
    if "kg_heads" in doc.spans:
        for span in doc.spans["kg_heads"]:
            yield span, span.label_
    else:
        for start, end, source in untrimmed(doc):
            yield doc[start:end], source


@Language.factory("kg_entities", default_config={"threshold": 0.37})
class Entities(Tabled):
    """Decides what is a name; see the module's docstring.

    `threshold`: the least probability an entity must have.  `weights`: what each feature tells; `seen`: how often each
    phrase was of each class in annotated abstracts; `calibration`: what the probability that `weights` give is worth
    (Platt, Probabilistic outputs for support vector machines, 1999).
    """

    factory = "kg_entities"
    tables = ("weights", "seen", "calibration")
    kinds = {"seen": Counts}  # noqa: RUF012

    def __init__(self, nlp: Language, name: str, threshold: float) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.threshold = threshold
        self.weights = Weights(CLASSES, {})
        self.seen = Counts(CLASSES, {})
        self.calibration = Weights(("wrong", "right"), {})
        self.shipped()

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc._.kg_entities`."""
        found = {}
        proposed = candidates(doc)
        for key, candidate in proposed.items():
            candidate.features.update(dict.fromkeys(seen_features(self.seen.rows.get(key)), 1.0))
        table = self.weights.table
        chances = table.chances(table.sums([candidate.features for candidate in proposed.values()])) if proposed else ()
        for (key, candidate), row in zip(proposed.items(), chances, strict=True):
            best = int(row[1:].argmax())
            label, score, features = LABELS[best], float(row[1 + best]), candidate.features
            for source, told in _TRUSTED_FEATURES:
                if _TRUSTED[source] > score and f"{source}:{told}" in features:
                    label, score = told, _TRUSTED[source]
            if score >= self.threshold:
                found[key] = FoundEntity(label, candidate.name, round(score, 3), candidate.spans, features)
        entities = _without_overlaps(found)
        for entity in entities:
            entity.name = entity.name or best_form(doc, entity.mentions)
            entity.score = self.calibrated(entity)
        doc._.kg_entities = sorted(entities, key=lambda entity: entity.mentions[0])
        return doc

    def calibrated(self, entity: FoundEntity) -> float:
        """The probability that an entity is right, by the one that `weights` give; that one before it is calibrated."""
        if not self.calibration.rows:
            return entity.score
        return round(self.calibration.chances(calibration_features(entity))["right"], 3)


def calibration_features(entity: FoundEntity) -> dict[str, float]:
    """Of a found entity: the log-odds of its probability, and its type."""
    score = min(max(entity.score, 0.001), 0.999)
    return {"log-odds": math.log(score / (1 - score)), entity.label: 1.0}


def _without_overlaps(found: dict[str, FoundEntity]) -> list[FoundEntity]:
    """Of overlapping mentions the more probable stays, or the longer of nearly equal ones; names without any go."""
    places = [
        (entity.score + 0.04 * (end - start), start, end, key)
        for key, entity in found.items()
        for start, end in entity.mentions
    ]
    taken: set[int] = set()
    kept: dict[str, list[tuple[int, int]]] = {}
    for _, start, end, key in sorted(places, key=lambda place: (-place[0], *place[1:])):
        if found[key].name or taken.isdisjoint(range(start, end)):
            kept.setdefault(key, []).append((start, end))
            if not found[key].name:
                taken.update(range(start, end))
    for key, mentions in kept.items():
        found[key].mentions = sorted(mentions)
    return [entity for key, entity in found.items() if key in kept]


def best_form(doc: Doc, mentions: Iterable[tuple[int, int]]) -> str:
    """The surface form that is the best name: one in running text, and singular, if there is one."""
    text = Text.of(doc)
    surfaces = _numbered(display(doc, a, b) for a, b in mentions)
    # What stands in running text is a better name than the capitals of a title or of a sentence's first word.
    running = _numbered(
        display(doc, a, b) for a, b in mentions if a > text.title_end and text.texts[a - 1] not in {".", "\n"}
    )
    return min(running or surfaces, key=lambda s: (s.endswith("s") and s[:-1] in surfaces, surfaces[s]))


def _numbered(forms: Iterable[str]) -> dict[str, int]:
    """Each form once, with its place in the order of the first ones."""
    return {form: n for n, form in enumerate(dict.fromkeys(forms))}
