from __future__ import annotations

from collections import Counter

from kg.evaluate import evaluate
from kg.models import Entity, Link, Record, Relation, Result
from training.judgement import NOTHING, Judgement, Pair, confusion, join, judge, wanted

GOLD = Record(
    id="p1",
    entities=(
        Entity(type="method", role="introduces", name="FooNet", mentions=("FooNet",)),
        Entity(type="method", role="uses", name="BarLoss", mentions=("BarLoss",)),
        Entity(type="method", role="uses", name="quux", mentions=("quux",), optional=True),
        Entity(type="dataset", role="evaluates_on", name="BazSet", mentions=("BazSet",)),
    ),
    links=(Link(url="https://github.com/foo/net", kind="code"),),
    relations=(
        Relation(type="uses", head="FooNet", tail="BarLoss"),
        Relation(type="evaluated_on", head="FooNet", tail="BazSet"),
    ),
    results=(Result(value="91.5%", metric="accuracy"),),
)
FOUND = Record(
    id="p1",
    entities=(
        Entity(type="method", role="introduces", name="FooNet", mentions=("FooNet",), score=0.9, role_score=0.8),
        Entity(type="method", role="compares", name="BarLoss", mentions=("BarLoss",), score=0.7, role_score=0.5),
        Entity(type="method", role="uses", name="quux", mentions=("quux",), score=0.4, role_score=0.5),
        Entity(type="benchmark", role="evaluates_on", name="BazSet", mentions=("BazSet",), score=0.6, role_score=0.5),
    ),
    links=(Link(url="github.com/foo/net", kind="data", score=0.9), Link(url="https://a.org", kind="other")),
    relations=(
        Relation(type="variant_of", head="FooNet", tail="BarLoss", score=0.3),
        Relation(type="evaluated_on", head="FooNet", tail="BazSet", score=0.6),
    ),
    results=(Result(value="91.5%", metric="accuracy", score=0.5), Result(value="3x", delta=True, score=0.2)),
)


def of(kind: str, judgements: list[Judgement]) -> list[tuple[str, float, bool]]:
    return [(one.label, round(one.score, 3), one.right) for one in judgements if one.kind == kind]


def test_everything_predicted_is_right_or_wrong() -> None:
    judgements = judge(join([GOLD], [FOUND]))
    assert of("entity", judgements) == [("method", 0.9, True), ("method", 0.7, True), ("benchmark", 0.6, False)]
    assert of("role", judgements) == [("method", 0.8, True), ("method", 0.5, False)]
    assert of("edge", judgements) == [("method", 0.72, True), ("method", 0.35, False), ("benchmark", 0.3, False)]
    assert of("link", judgements) == [("data", 0.9, True), ("other", 1.0, False)]
    assert of("relation", judgements) == [("variant_of", 0.3, False), ("evaluated_on", 0.6, True)]
    assert of("result", judgements) == [("absolute", 0.5, True), ("delta", 0.2, False)]


def test_judgements_add_up_to_the_figures() -> None:
    rows = evaluate([GOLD], [FOUND]).rows
    judgements = judge(join([GOLD], [FOUND]))
    for kind in ("link", "relation", "result"):
        hits = [right for *_, right in of(kind, judgements)]
        assert (sum(hits), len(hits) - sum(hits)) == (rows[kind].tp, rows[kind].fp)
    assert sum(right for label, _, right in of("entity", judgements) if label == "method") == rows["method"].tp
    assert wanted(join([GOLD], [FOUND])) == Counter(entity=3, edge=3, link=1, relation=2, result=1)


def test_a_term_that_is_optional_in_three_papers_is_not_judged_in_any() -> None:
    vague = Entity(type="method", role="uses", name="big nets", mentions=("big nets",), optional=True)
    nothing = Record(id="q", entities=(), links=())
    others = [Pair(Record(id=f"q{n}", entities=(vague,), links=()), nothing) for n in range(3)]
    found = Record(id="p2", entities=(Entity(type="method", role="uses", name="Big Nets", mentions=()),), links=())
    last = Pair(Record(id="p2", entities=(), links=()), found)
    assert of("entity", judge([*others[:2], last])) == [("method", 1.0, False)]
    assert of("entity", judge([*others, last])) == []


def test_relations_and_results_need_annotation() -> None:
    bare = Record(id="p1", entities=GOLD.entities, links=GOLD.links)
    assert not [one for one in judge(join([bare], [FOUND])) if one.kind in ("relation", "result")]


def test_a_paper_without_prediction_has_nothing_found() -> None:
    (both,) = join([GOLD], [])
    assert both.predicted.entities == ()
    assert judge([both]) == []


def test_confusion() -> None:
    tables = confusion(join([GOLD], [FOUND]))
    assert tables["type"] == {("method", "method"): 2, ("dataset", "benchmark"): 1}
    assert tables["role"] == {("introduces", "introduces"): 1, ("uses", "compares"): 1}
    assert tables["relation"] == {("uses", "variant_of"): 1, ("evaluated_on", "evaluated_on"): 1}


def test_confusion_with_nothing() -> None:
    extra = Record(id="p1", entities=(Entity(type="task", role="addresses", name="parsing", mentions=()),), links=())
    tables = confusion(join([GOLD], [extra]))
    assert tables["type"] == {("method", NOTHING): 2, ("dataset", NOTHING): 1, (NOTHING, "task"): 1}
    assert tables["relation"] == {("uses", NOTHING): 1, ("evaluated_on", NOTHING): 1}
