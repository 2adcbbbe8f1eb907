"""Teaching the tagger: targets from annotations and teachers, a training that goes on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow.parquet as pq
import pytest
from thinc.api import Config

from kg.extract.tagger import TAGS, Tagger
from kg.models import Paper
from training import student
from training.label import chosen, label, quantised
from training.student import (
    CONFIGS,
    OPTIONAL,
    Course,
    Lesson,
    annotated,
    blank,
    labelled,
    measure,
    new_tagger,
    settings,
)

SMALL = [
    "training.epochs=3",
    "training.batch_tokens=8",
    "model.tok2vec.embed.embed.width=8",
    "model.tok2vec.embed.embed.rows=[50, 20, 20, 20]",
    "model.tok2vec.encode.width=8",
    "model.tok2vec.encode.depth=1",
]
PAPER: dict[str, Any] = {
    "title": "QuaNet",
    "abstract": "Quartz Adaption Networks (QuaNet) beat neural nets on Plim-100. Quartz Adaption is no name.",
    "entities": [
        {"type": "method", "name": "QuaNet", "mentions": ["Quartz Adaption Networks (QuaNet)", "QuaNet"]},
        {"type": "method", "name": "neural nets", "mentions": ["neural nets"], "optional": True},
        {"type": "dataset", "name": "Plim-100", "mentions": ["Plim-100"]},
    ],
}


def tags(lesson: Lesson) -> list[str]:
    return [TAGS[n] for n in lesson.targets.argmax(axis=1)]


def test_annotated_names_become_targets() -> None:
    nlp = blank()
    (lesson,) = annotated([PAPER], nlp)
    texts = [token.text for token in nlp.make_doc(lesson.text)]
    named = {i: (texts[i], tag) for i, tag in enumerate(tags(lesson)) if tag != "O"}
    assert list(named.values()) == [
        ("QuaNet", "B-METHOD"),
        ("Quartz", "B-METHOD"),
        ("Adaption", "I-METHOD"),
        ("Networks", "I-METHOD"),
        ("QuaNet", "B-METHOD"),
        ("Plim-100", "B-DATASET"),
    ]
    weights = lesson.targets.sum(axis=1) / 255
    for text, weight in zip(texts, weights, strict=True):
        assert weight == pytest.approx(OPTIONAL if text in {"neural", "nets"} else 1, abs=0.01)


def test_what_is_often_optional_is_so_everywhere() -> None:
    sure = {**PAPER, "entities": [{**PAPER["entities"][1], "optional": False}]}
    nlp = blank()
    *_, alone = annotated([PAPER, PAPER, sure], nlp)
    *_, among = annotated([PAPER, PAPER, PAPER, sure], nlp)
    assert "B-METHOD" in tags(alone)
    assert "B-METHOD" not in tags(among)


def papers(number: int) -> list[Paper]:
    return [Paper(id=str(n), title=f"On topic {n}", abstract="Some six words are written here.") for n in range(number)]


def test_more_words_add_papers_to_those_chosen() -> None:
    few = [paper.id for paper in chosen(papers(30), set(), 40)]
    more = [paper.id for paper in chosen(reversed(papers(30)), set(), 120)]
    assert len(few) == 5  # of nine words
    assert len(more) == 14
    assert more[:5] == few
    assert few != sorted(few, key=int)


def test_annotated_papers_and_those_without_abstract_are_left_out() -> None:
    some = [*papers(3), Paper(id="again", title="On Topic 1", abstract="The same paper again."), Paper(title="Alone")]
    assert {paper.title for paper in chosen(some, {"ontopic2"}, 1000)} == {"On topic 0", "On Topic 1"}


def test_what_teachers_say_comes_back_as_lessons(tmp_path: Path) -> None:
    nlp = blank()

    def teacher(share: float) -> Any:
        def say(doc: Any) -> Any:
            doc._.kg_tags = np.zeros((len(doc), len(TAGS)), dtype=np.float32)
            doc._.kg_tags[:, 0], doc._.kg_tags[:, 3] = 1 - share, share
            return doc

        return say

    pq.write_table(label(papers(2), nlp, [teacher(0.4), teacher(0.8)]), tmp_path / "labels-00000.parquet")
    lessons = labelled(tmp_path)
    assert [lesson.text for lesson in lessons] == [paper.text for paper in papers(2)]
    for lesson in lessons:
        assert lesson.targets.shape == (len(nlp.make_doc(lesson.text)), len(TAGS))
        assert lesson.targets[:, 0] / 255 == pytest.approx(0.4, abs=0.003)
        assert lesson.targets[:, 3] / 255 == pytest.approx(0.6, abs=0.003)


def test_folder_without_shards_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=str(tmp_path)):
        labelled(tmp_path)


def lessons() -> list[Lesson]:
    return annotated([{**PAPER, "title": f"QuaNet {n}"} for n in range(3)], blank())


def course(config: Config) -> Course:
    nlp = blank()
    return Course(new_tagger(nlp, config), nlp, lessons(), config["training"])


def test_stopped_training_ends_as_one_that_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings(CONFIGS / "student.cfg", SMALL)
    whole = course(config.copy())
    whole.run(tmp_path / "none")
    monkeypatch.setattr(student, "CHECKPOINT", 4)
    stopped = course(config.copy())
    update, calls = stopped.tagger.update, []

    def until_the_seventh(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return update(*args, **named)

    monkeypatch.setattr(stopped.tagger, "update", until_the_seventh)
    with pytest.raises(KeyboardInterrupt):
        stopped.run(tmp_path / "checkpoint")
    resumed = course(config.copy())
    resumed.run(tmp_path / "checkpoint")
    assert whole.steps == resumed.step == 9
    text = lessons()[0].text
    one, other = (it.tagger(it.nlp.make_doc(text))._.kg_tags for it in (whole, resumed))
    assert one == pytest.approx(other, abs=1e-6)


def test_checkpoint_of_another_training_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, "CHECKPOINT", 2)
    course(settings(CONFIGS / "student.cfg", SMALL)).run(tmp_path / "checkpoint")
    with pytest.raises(SystemExit, match="another training"):
        course(settings(CONFIGS / "student.cfg", [*SMALL, "training.epochs=5"])).run(tmp_path / "checkpoint")


def test_texts_of_another_tokenizer_are_refused() -> None:
    config = settings(CONFIGS / "student.cfg", SMALL)
    nlp = blank()
    wrong = [Lesson("Three tokens here", quantised(np.zeros((7, len(TAGS)), dtype=np.float32)))]
    with pytest.raises(SystemExit, match="label again"):
        Course(new_tagger(nlp, config), nlp, wrong, config["training"])


class Oracle:
    """Says what it is told of every paper."""

    def __init__(self, said: list[Lesson]) -> None:
        self.said = said

    def pipe(self, docs: Any, batch_size: int) -> Any:
        for doc, lesson in zip(docs, self.said, strict=True):
            rows = lesson.targets.astype(np.float32) + 1e-3
            doc._.kg_tags = rows / rows.sum(axis=1, keepdims=True)
            yield doc


def test_measure_tells_right_from_wrong() -> None:
    nlp = blank()
    (right,) = annotated([PAPER], nlp)
    perfect = measure(cast(Tagger, Oracle([right])), [PAPER], nlp)
    assert (perfect["f1"], perfect["token_f1"], perfect["method"], perfect["dataset"]) == (1, 1, 1, 1)
    assert perfect["loss"] < 0.01
    swapped = Lesson(right.text, right.targets[:, [0, 3, 4, 1, 2, *range(5, len(TAGS))]])
    wrong = measure(cast(Tagger, Oracle([swapped])), [PAPER], nlp)
    assert (wrong["f1"], wrong["token_f1"]) == (0, 0)
    assert wrong["loss"] > 3
