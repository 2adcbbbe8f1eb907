"""What each component found in one paper, and why: as text, and as a page with displaCy's figures.

The components read the paper as they always do; between them this module looks at what they set, and asks the tables
that decided (`kg.extract.tables`) which features told most.  Works with every pipeline of these components.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from spacy import displacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract import relations, results, roles
from kg.extract.clean import display
from kg.extract.entities import Candidate, Entities, candidates
from kg.extract.features import LABELS, Text, seen_features
from kg.extract.names import fold
from kg.extract.tables import Weights
from kg.extract.tag_spans import likely, tags_of
from kg.models import ROLES, Paper

STRONGEST = 6  # features that are shown for a decision
_LEAST_CANDIDATE = 0.05  # probability of a candidate that is left out but shown
_LEAST_PAIR = 0.1  # of a relation
_MOST_LINES = 300  # of one section
_MOST_DRAWN = 3000  # tokens of a text, and spans of a figure, that are drawn: displaCy's time is their product

_COLOURS = {
    "METHOD": "#8ecae6",
    "DATASET": "#b7e4a8",
    "BENCHMARK": "#f6c177",
    "TASK": "#d5b8ea",
    "METRIC": "#f5a6b8",
    "LINK": "#a8dadc",
    "VALUE": "#ffe08a",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1b1b1b; background: #fff; }}
.spans {{ overflow-x: auto; padding-bottom: 1.5rem; }}
li {{ margin-bottom: .4rem; overflow-wrap: anywhere; }}
ul ul {{ font-size: .85rem; color: #555; }}
code {{ color: #666; font-size: .8rem; }}
summary {{ font-size: 1.15rem; font-weight: 600; cursor: pointer; margin-top: 1rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
{sections}
</body>
</html>
"""


@dataclass(frozen=True)
class Finding:
    """One thing that a component found or left out, and the reasons."""

    text: str
    reasons: tuple[str, ...] = ()


@dataclass
class Section:
    """What one component found: in words, and the spans to draw (first token, one past the last, label)."""

    component: str
    heading: str
    findings: list[Finding] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Explanation:
    """The sections of one paper, in the order of the pipeline."""

    paper: Paper
    tokens: list[str]
    sections: list[Section]

    def text(self) -> str:
        """All sections as plain text."""
        lines = [f"{self.paper.id}: {self.paper.title}" if self.paper.id else self.paper.title]
        for section in self.sections:
            lines += ["", f"{section.heading} ({section.component})"]
            for finding in section.findings[:_MOST_LINES]:
                lines.append(f"  {_one_line(finding.text)}")
                lines += (f"      {_one_line(reason)}" for reason in finding.reasons)
            lines += self._rest(section)
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """A page that needs nothing else: every section with a figure of its spans, if it has any."""
        sections = "\n".join(map(self._section, self.sections))
        return _PAGE.format(title=html.escape(self.paper.title or self.paper.id), sections=sections)

    def _section(self, section: Section) -> str:
        items = "".join(
            f"<li>{html.escape(finding.text)}"
            + "".join(
                ["<ul>", *(f"<li>{html.escape(r)}</li>" for r in finding.reasons), "</ul>"] * bool(finding.reasons)
            )
            + "</li>"
            for finding in section.findings[:_MOST_LINES]
        )
        items += "".join(f"<li>{html.escape(line.strip())}</li>" for line in self._rest(section))
        heading = f"{html.escape(section.heading)} <code>{html.escape(section.component)}</code>"
        figure = self._figure(section.spans)
        return f"<details open><summary>{heading}</summary>\n{figure}\n<ul>{items}</ul></details>"

    def _figure(self, spans: list[tuple[int, int, str]]) -> str:
        """The text with these spans, drawn by displaCy; nothing for a text too long to be looked at."""
        if not spans or len(self.tokens) > _MOST_DRAWN:
            return ""
        drawn = [{"start_token": a, "end_token": b, "label": label} for a, b, label in spans[:_MOST_DRAWN]]
        colours = {label: _COLOURS.get(label.split()[0], "#ddd") for _, _, label in spans}
        figure: str = displacy.render(
            {"text": "", "tokens": self.tokens, "spans": drawn},
            style="span",
            manual=True,
            jupyter=False,
            options={"colors": colours},
        )
        return figure

    @staticmethod
    def _rest(section: Section) -> list[str]:
        rest = len(section.findings) - _MOST_LINES
        return [f"  ... and {rest} more"] if rest > 0 else [] if section.findings else ["  nothing"]


def explain(nlp: Language, paper: Paper) -> Explanation:
    """Read one paper and note what each component found, and why.

    Args:
        nlp: a pipeline of this package's components; others are run and not explained.
        paper: its title and abstract.
    """
    doc = nlp.make_doc(paper.text.encode("utf-8", "replace").decode("utf-8"))
    sections = []
    for name, component in nlp.pipeline:
        doc = component(doc)
        if name in _EXPLAINED:
            heading, findings = _EXPLAINED[name]
            section = Section(name, heading)
            for finding, spans in findings(doc, component):
                section.findings.append(finding)
                section.spans += spans
            section.spans = sorted(set(section.spans))
            sections.append(section)
    return Explanation(paper, [token.text for token in doc], sections)


def strongest(
    weights: Weights, features: Mapping[str, float], winner: str, other: str, number: int = STRONGEST
) -> list[str]:
    """The features that told most between two classes, as "name = value: WINNER +1.20, OTHER -0.30".

    What a feature tells is its weight times its value (left out where it is one); by how much it favours either class
    it is sorted.
    """
    a, b = weights.classes.index(winner), weights.classes.index(other)
    told = []
    for name, value in features.items():
        if row := weights.rows.get(name):
            told.append((abs(value * (row[a] - row[b])), name, value, value * row[a], value * row[b]))
    return [
        f"{name}{'' if value == 1 else f' = {value:.2f}'}: {winner} {for_a:+.2f}, {other} {for_b:+.2f}"
        for _, name, value, for_a, for_b in sorted(told, key=lambda one: (-one[0], one[1]))[:number]
    ]


Found = Iterator[tuple[Finding, list[tuple[int, int, str]]]]


def _clean(doc: Doc, _: object) -> Found:
    for token, cleaned, residue in zip(doc, doc._.kg_clean_texts, doc._.kg_markup, strict=True):
        if residue:
            yield Finding(f"{token.text!r} at {token.idx} is markup"), [(token.i, token.i + 1, "MARKUP")]
        elif cleaned != token.text:
            yield Finding(f"{token.text!r} at {token.idx} reads {cleaned!r}"), [(token.i, token.i + 1, "READS")]


def _sentences(doc: Doc, _: object) -> Found:
    for n, sentence in enumerate(doc.sents):
        yield Finding(f"{n} [{sentence.start_char}:{sentence.end_char}] {sentence.text.strip()}"), []


def _links(doc: Doc, _: object) -> Found:
    for link in doc._.kg_links:
        because = f" for {link.because!r}" if link.because else ", since nothing tells otherwise"
        yield (
            Finding(f"{link.url}: {link.kind} {link.score:.2f}{because}"),
            _tokens(doc, link.start_char, link.end_char),
        )


def _tagger(doc: Doc, _: object) -> Found:
    tags = tags_of(doc)
    for start, end, label in likely(tags) if tags is not None else ():
        chance = float(tags[start, 1 + 2 * label]) if tags is not None else 0.0
        yield (
            Finding(f"{_quoted(doc, start, end)}: begins a {LABELS[label]} with {chance:.2f}"),
            [(start, end, LABELS[label])],
        )


def _groups(*names: str) -> Callable[[Doc, object], Found]:
    def found(doc: Doc, _: object) -> Found:
        for name in names:
            for span in doc.spans.get(name, ()):
                yield Finding(f"{_quoted(doc, span.start, span.end)}: {_said_of(name, span)}"), [_drawn(span)]

    return found


def _said_of(group: str, span: Span) -> str:
    notes = {"kg_umbrella": "a whole field, no entity", "kg_mined": "in the mined lexicon"}
    parts = [span.label_, notes.get(group, ""), span.id_, f"stands for {span._.kg_name!r}" if span._.kg_name else ""]
    return ", ".join(part for part in parts if part)


def _abbreviations(doc: Doc, _: object) -> Found:
    for found in doc._.kg_abbreviations:
        text = f"{found.short.text!r} stands for {found.long.text!r}"
        yield Finding(text), [(found.short.start, found.short.end, "SHORT"), (found.long.start, found.long.end, "LONG")]


def _entities(doc: Doc, component: Entities) -> Found:
    """Every candidate with what decided: kept ones first, then those left out, the most probable first."""
    kept = {fold(entity.name): entity for entity in doc._.kg_entities}
    decided = []
    for key, candidate in candidates(doc).items():
        features = {**candidate.features, **dict.fromkeys(seen_features(component.seen.rows.get(key)), 1.0)}
        decided.append((key, candidate, features, component.weights.chances(features)))
    for key, candidate, features, chances in sorted(
        decided, key=lambda one: (one[0] not in kept, -max(one[3][label] for label in LABELS), one[0])
    ):
        best, following, *_ = sorted(chances, key=lambda name: (-chances[name], name))
        label = max(LABELS, key=chances.__getitem__)
        if key not in kept and chances[label] < _LEAST_CANDIDATE:
            continue
        other = following if label == best else best
        why = "kept"
        spans = []
        if entity := kept.get(key):
            why = f"kept as {entity.label} {entity.score:.2f}"
            spans = [(start, end, entity.label) for start, end in entity.mentions]
        elif chances[label] < component.threshold:
            why = f"left out: below the threshold {component.threshold:.2f}"
        else:
            why = "left out: overlaps a more probable name"
        yield (
            Finding(
                f"{_called(doc, candidate)}: {label} {chances[label]:.2f}, {other} {chances[other]:.2f}; {why}",
                tuple(strongest(component.weights, features, label, other)),
            ),
            spans,
        )
    yield from _blocked(doc)


def _blocked(doc: Doc) -> Found:
    """Candidates that are none because of where they stand."""
    text = Text.of(doc)
    umbrella = {(span.start, span.end) for span in doc.spans.get("kg_umbrella", ())}
    seen: set[tuple[int, int]] = set()
    for group in ("kg_heads", "kg_patterns", "kg_lexicon", "kg_mined", "kg_coordination"):
        for span in doc.spans.get(group, ()):
            place = (span.start, span.end)
            in_link = not text.blocked.isdisjoint(range(*place))
            if place not in seen and (in_link or place in umbrella):
                why = "it is in a link or citation" if in_link else "a whole field, no entity"
                yield Finding(f"{_quoted(doc, *place)}: left out: {why}"), []
            seen.add(place)


def _called(doc: Doc, candidate: Candidate) -> str:
    start, end = candidate.spans[0]
    name = candidate.name or display(doc, start, end)
    return f"{name!r}" if len(candidate.spans) == 1 else f"{name!r} ({len(candidate.spans)} places)"


def _agreement(doc: Doc, _: object) -> Found:
    for entity in doc._.kg_entities:
        forms = dict.fromkeys(doc[start:end].text for start, end in entity.mentions)
        yield (
            Finding(f"{entity.name!r}: {entity.label} {entity.score:.2f}, written {', '.join(map(repr, forms))}"),
            [(start, end, entity.label) for start, end in entity.mentions],
        )


def _roles(doc: Doc, component: roles.Roles) -> Found:
    for entity in doc._.kg_entities:
        features = roles.features(doc, entity, roles.place_features(doc, entity))
        allowed = ROLES[roles.type_of(entity)]
        following = max((role for role in allowed if role != entity.role), key=lambda role: entity.role_chances[role])
        text = (
            f"{entity.name!r}: {entity.role} {entity.role_score:.2f}, {following} {entity.role_chances[following]:.2f}"
        )
        evidence = [f"in: {_sentence(doc, entity.sentence)}"] if entity.sentence else []
        yield (
            Finding(text, (*strongest(component.weights, features, entity.role, following), *evidence)),
            [(start, end, f"{entity.label} {entity.role}") for start, end in entity.mentions],
        )


def _relations(doc: Doc, component: relations.Relations) -> Found:
    """Relations, and the more probable pairs that are none."""
    pairs = relations.pairs(doc)
    kept = {(found.head, found.type, found.tail): found for found in doc._.kg_relations}
    scored = [
        (float(chance), type_, pair)
        for pair, chances in zip(pairs, component.chances(pairs), strict=True)
        for type_, chance in zip(relations.TYPES, chances[1:], strict=True)
        if chance >= _LEAST_PAIR
    ]
    least = component.thresholds.rows["relation"][0]
    for chance, type_, pair in sorted(scored, key=lambda one: (-one[0], one[1], one[2].head.name, one[2].tail.name)):
        found = kept.get((pair.head.name, type_, pair.tail.name))
        evidence = [f"in: {_sentence(doc, (found.start_char or 0, found.end_char or 0))}"] if found else []
        why = "" if found else f"; left out: below the threshold {least:.2f}"
        yield (
            Finding(
                f"{pair.head.name!r} {type_} {pair.tail.name!r}: {chance:.2f}{why}",
                (*strongest(component.weights, pair.features(), type_, "none"), *evidence),
            ),
            [],
        )


def _results(doc: Doc, component: results.Results) -> Found:
    """Values with what they were taken for, results or not."""
    reading = results.Reading(doc)
    for finding in component.findings(reading):
        value = reading.values[finding.value]
        score = component.right.chances(results.right_features(reading, finding))["yes"]
        why = "" if score >= component.threshold else f"; left out: below the threshold {component.threshold:.2f}"
        features = reading.value_features(finding.value)
        reasons = strongest(component.statement, features, finding.statement, "none")
        for of, choice in finding.choices.items():
            if choice.entity is not None:
                table: Weights = getattr(component, of)
                told = strongest(table, reading.pair_features(of, finding.value, choice.entity), "yes", "no", 3)
                name = reading.entities[choice.entity].name
                reasons += [f"{of} {name!r}, log-odds {choice.odds:+.2f}", *(f"  {line}" for line in told)]
        reasons.append(f"in: {_sentence(doc, reading.text.spans[reading.places[finding.value]])}")
        written = doc.text[value.start_char : value.end_char]
        yield (
            Finding(f"{written!r}: {finding.statement} {finding.chance:.2f}, in all {score:.2f}{why}", tuple(reasons)),
            [(value.start, value.end, "VALUE")],
        )


_EXPLAINED: dict[str, tuple[str, Callable[..., Found]]] = {
    "kg_clean": ("Markup", _clean),
    "kg_sentences": ("Sentences", _sentences),
    "kg_links": ("Links", _links),
    "kg_tagger": ("What the tagger takes for names", _tagger),
    "kg_encoder": ("What the tagger takes for names", _tagger),
    "kg_lexicon": ("Known and mined names", _groups("kg_lexicon", "kg_mined", "kg_umbrella")),
    "kg_abbreviations": ("Short and long forms", _abbreviations),
    "kg_patterns": ("Phrases that may be names", _groups("kg_patterns")),
    "kg_coordination": ("Shared parts and lists", _groups("kg_coordination")),
    "kg_entities": ("Names: kept and left out", _entities),
    "kg_agreement": ("Entities", _agreement),
    "kg_roles": ("Roles", _roles),
    "kg_relations": ("Relations", _relations),
    "kg_results": ("Results", _results),
}


def _tokens(doc: Doc, start: int, end: int) -> list[tuple[int, int, str]]:
    span = doc.char_span(start, end, alignment_mode="expand")
    return [(span.start, span.end, "LINK")] if span is not None else []


def _drawn(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label_


def _quoted(doc: Doc, start: int, end: int) -> str:
    return repr(doc[start:end].text)


def _sentence(doc: Doc, span: tuple[int, int]) -> str:
    return doc.text[span[0] : span[1]]


def _one_line(text: str) -> str:
    return " ".join(text.split())
