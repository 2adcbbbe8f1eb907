"""`kg_results`: quantitative statements: a value with its unit, and the metric, data set and method it is of.

A first version that reads values inside one sentence: percentages, factors, points, and numbers beside a metric.
Sets `Doc._.kg_results`, a list of `kg.models.Result` in text order; needs `kg_roles`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.entities import FoundEntity
from kg.extract.features import Text
from kg.extract.relations import main_method
from kg.models import Result

if not Doc.has_extension("kg_results"):
    Doc.set_extension("kg_results", default=())

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?<!\d)\.\d+"
_UNIT = (
    r"(?:\\?%|percent(?:age)?(?: points?)?|(?:absolute |accuracy )?points?|pp\b|p\.p\.|times\b|[x×](?!\w)|[- ]?fold\b|"
    r"ms\b|milliseconds?\b|seconds?\b|minutes?\b|hours?\b|fps\b|dB\b|GB\b|MB\b|cm\b|mm\b|GFLOPs\b|\\times\b)"
)
_VALUE = re.compile(
    rf"(?<![\w.,/\-])\$?[~≈<>≥≤+±\-–]?\s?(?P<low>{_NUMBER})\$?(?P<unit1>\s?\$?{_UNIT})?\$?"
    rf"(?:\s?(?:--?|–|—|to)\s?\$?(?P<high>{_NUMBER})\$?(?P<unit2>\s?{_UNIT})?\$?)?(?![\d\w])(?!\.\d)",
    re.IGNORECASE,
)
_CHANGE_BEFORE = re.compile(
    r"(?:\bby|\bup to|\b(?:gain|improvement|increase|reduction|decrease|drop|speed-?up|boost|margin)s? of|\+)\s*"
    r"(?:an? )?(?:average )?(?:of )?(?:up to |over |about |more than |at least |around |nearly |approximately ){0,3}$",
    re.IGNORECASE,
)
_CHANGE_AFTER = re.compile(
    r"^\W*(?:[\w@\-]+\s){0,4}(?:improvements?|gains?|increases?|reductions?|decreases?|drop|speed-?ups?|boost|"
    r"faster|slower|fewer|less|more|higher|lower|better|worse|smaller|larger|over|relative|cheaper|shorter|reduced)\b",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(
    r"\b(?:achiev\w+|obtain\w*|reach\w*|attain\w*|accuracy of|score of|rate of|to)\s*(?:an? |the )?(?:[\w\-@]+ ){0,4}$",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:improv\w+|outperform\w*|increas\w+|reduc\w+|decreas\w+|gain\w*|boost\w*|surpass\w*|exceed\w*|sav\w+|speed-?up\w*|faster|accelerat\w+)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"^\s*(?:of|labeled|labelled|confidence|sparsity|and \d|training data|subset)\b", re.IGNORECASE)
_FACTOR = re.compile(r"times|[x×]|fold|\\times", re.IGNORECASE)
_LONGEST = 4000  # characters; longer "sentences" are tables or debris
_REACH = 60  # characters between a bare number and the metric that makes it a result


@dataclass(frozen=True)
class _Place:
    start: int
    end: int
    entity: FoundEntity


@Language.component("kg_results")
def results(doc: Doc) -> Doc:
    """Set `Doc._.kg_results`."""
    text = doc.text
    places = sorted(
        (_Place(doc[a].idx, doc[a:b].end_char, entity) for entity in doc._.kg_entities for a, b in entity.mentions),
        key=lambda place: place.start,
    )
    starts = [place.start for place in places]
    links = [(link.start_char, link.end_char) for link in doc._.kg_links] if Doc.has_extension("kg_links") else []
    main = main_method(doc)
    found: list[Result] = []
    for number, (start, end) in enumerate(Text.of(doc).spans):
        if number == 0 or end - start > _LONGEST:
            continue
        here = places[bisect_left(starts, start) : bisect_left(starts, end)]
        values = [
            match
            for match in _VALUE.finditer(text, start, end)
            if not any(
                p.start <= match.start("low") < p.end
                for p in here
                if p.entity.label != "METRIC" or (p.start <= match.start() and match.end() <= p.end)
            )
            and not any(a <= match.start() < b for a, b in links)
        ]
        found += _in_sentence(text, (start, end), here, values, main)
    doc._.kg_results = found
    return doc


def _in_sentence(
    text: str, sentence: tuple[int, int], here: list[_Place], values: list[re.Match[str]], main: FoundEntity | None
) -> list[Result]:
    metrics = [place for place in here if place.entity.label == "METRIC"]
    sets = [place for place in here if place.entity.label in ("DATASET", "BENCHMARK")]
    tasks = [place for place in here if place.entity.label == "TASK"]
    taken = []
    for match in values:
        unit = (match["unit2"] or match["unit1"] or "").replace("$", "").strip()
        metric = _nearest(metrics, match)
        if unit.endswith("%") or unit.casefold().startswith("percent"):
            if _SHARE.match(text[match.end() : match.end() + 30]) and not metric:
                continue
        elif (not unit and not (metric and _beside(text, metric, match))) or (
            unit
            and not _FACTOR.fullmatch(unit)
            and "point" not in unit.casefold()
            and not metric
            and not _CHANGES.search(text, *sentence)
        ):
            continue
        taken.append((match, unit, metric))
    aligned = _respectively(text, sentence, [match for match, *_ in taken], sets)
    listed_metrics = _respectively(text, sentence, [match for match, *_ in taken], metrics)
    found = []
    for n, (match, unit, nearest) in enumerate(taken):
        on = aligned[n] if aligned else _on(text, sets, match) or _on(text, tasks, match)
        metric = listed_metrics[n] if listed_metrics else nearest
        of = _method(here, match, main)
        low, high = _number(match["low"]), _number(match["high"]) if match["high"] else None
        raw_start = max(
            sentence[0],
            min([match.start(), *(p.start for p in (metric, on) if p and abs(p.start - match.start()) < 100)]),
        )
        raw_end = min(
            sentence[1], max([match.end(), *(p.end for p in (metric, on) if p and abs(p.end - match.end()) < 100)])
        )
        value = text[match.start() : match.end()].strip().strip("$").lstrip("~≈<>≥≤–").strip()
        found.append(
            Result(
                value=value,
                metric=metric.entity.name if metric else None,
                dataset=on.entity.name if on else None,
                method=of.name if of else None,
                delta=_is_change(text, sentence, match, unit),
                raw=text[raw_start:raw_end],
                number=low,
                number_max=high,
                unit=unit.replace("\\", "") or None,
                score=round(0.35 + 0.2 * bool(metric) + 0.2 * bool(on) + 0.1 * bool(unit), 3),
                start_char=sentence[0],
                end_char=sentence[1],
            )
        )
    return found


def _gap(place: _Place, match: re.Match[str]) -> int:
    """Characters between a name and a value."""
    return max(place.start - match.end(), match.start() - place.end, 0)


def _nearest(places: list[_Place], match: re.Match[str]) -> _Place | None:
    """The metric of a value: right after it, else the nearest in the sentence."""
    return min(
        places,
        key=lambda place: (_gap(place, match) - (20 if place.start >= match.end() else 0), place.start),
        default=None,
    )


def _beside(text: str, metric: _Place, match: re.Match[str]) -> bool:
    """Whether a bare number is a value of the metric: few words and no other clause between them."""
    a, b = (match.end(), metric.start) if metric.start >= match.end() else (metric.end, match.start())
    between = text[a:b]
    direct = metric.start >= match.end() and len(between) <= 12
    return (direct or ("." in match["low"] and len(between) <= _REACH)) and not re.search(r"[.;:]\s", between)


def _on(text: str, places: list[_Place], match: re.Match[str]) -> _Place | None:
    """The thing a value was measured on: `NAME (VALUE)`, the next one after "on", else the only one, else the nearest
    before."""
    for place in places:
        if re.fullmatch(r"\s?\(\s?[^()]{0,12}", text[place.end : match.start()]):
            return place
    after = [place for place in places if place.start >= match.end()]
    if after and re.search(r"\b(?:on|for|in|over|across)\b", text[match.end() : after[0].start]):
        return after[0]
    if len({id(place.entity) for place in places}) == 1:
        return places[0]
    before = [place for place in places if place.end <= match.start()]
    return before[-1] if before and not re.search(r"[;]", text[before[-1].end : match.start()]) else None


def _respectively(
    text: str, sentence: tuple[int, int], values: list[re.Match[str]], places: list[_Place]
) -> list[_Place]:
    """The places in the order of the values where the sentence pairs them with "respectively"."""
    different = list({id(place.entity): place for place in places}.values())
    if "respectively" in text[slice(*sentence)] and 1 < len(values) == len(different):
        return different
    return []


def _method(here: list[_Place], match: re.Match[str], main: FoundEntity | None) -> FoundEntity | None:
    """The method a value is of: the paper's own if the sentence names it or no other, else the nearest before it."""
    methods = [place for place in here if place.entity.label == "METHOD"]
    introduced = [place.entity for place in methods if place.entity.role == "introduces"]
    if introduced or not methods:
        return introduced[0] if introduced else main
    before = [place for place in methods if place.end <= match.start()]
    return main or (before[-1].entity if before else methods[0].entity)


def _is_change(text: str, sentence: tuple[int, int], match: re.Match[str], unit: str) -> bool:
    """Whether a value is a difference rather than a score."""
    before = text[max(sentence[0], match.start() - 70) : match.start("low")]
    after = text[match.end() : min(sentence[1], match.end() + 60)]
    if (
        _CHANGE_BEFORE.search(before)
        or _CHANGE_AFTER.match(after)
        or (unit and _FACTOR.fullmatch(unit))
        or match[0].lstrip("$ ").startswith("+")
    ):
        return True
    return bool(not _ABSOLUTE.search(before) and "point" in unit and _CHANGES.search(text, *sentence))


def _number(text: str) -> float:
    return float(text.replace(",", ""))
