"""Train `kg_tagger`, the tagger of the model `fast`, on what a teacher said of abstracts (`training/label.py`).

    python -m training.student --labelled FOLDER --measure SILVER.jsonl --output FOLDER [--config FILE.cfg]
    python -m training.student --annotated SILVER.jsonl --fold 0/5 --output FOLDER

It learns from the teacher's probabilities (Hinton, Vinyals and Dean, Distilling the knowledge in a neural network,
2015), from annotated abstracts, or from both; with `--fold I/K` every K-th annotated abstract from the I-th on is left
out and measured on.  OUTPUT gets the component's folder `kg_tagger` and `figures.json`; `checkpoint.msgpack` is written
on the way, and the same command goes on from it.  Deterministic on one machine.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry
from thinc.api import Config, Optimizer, fix_random_seed

from kg.extract.names import fold
from kg.extract.tag_spans import likely, tags_of
from kg.extract.tagger import DEFAULT_MODEL, LABELS, TAGS, Tagger
from training.annotation import Annotated, parts_of, places, read, text_of, umbrella_terms, written
from training.label import FULL, Bytes, quantised

CONFIGS = Path(__file__).parent / "configs"
OPTIONAL = 0.1  # weight of a token of an optional entity, as outside
LEAST_SPAN = 0.4  # probability from which a span counts as found when the tagger is measured
CHECKPOINT = 500  # steps between two


@dataclass(frozen=True)
class Lesson:
    """A text and its targets, uint8 (tokens, classes): probability times weight of the token, in steps of 1/255."""

    text: str
    targets: Bytes


def blank() -> Language:
    """All that stands before the tagger and changes what it sees: the tokenizer."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "kg.NameTokenizer.v1"}}})
    nlp.max_length = 1 << 31
    return nlp


def labelled(folder: Path) -> list[Lesson]:
    """The lessons in a folder of shards.

    Raises:
        SystemExit: there is none.
    """
    files = sorted(folder.glob("labels-*.parquet"))
    if not files:
        sys.exit(f"{folder}: no labels-*.parquet here; training/label.py makes them")
    lessons = []
    for file in files:
        table = pq.read_table(file, columns=["text", "tags"])
        for text, tags in zip(*(column.to_pylist() for column in table.columns), strict=True):
            lessons.append(Lesson(text, np.frombuffer(tags, dtype=np.uint8).reshape(-1, len(TAGS))))
    return lessons


def annotated(papers: Sequence[Annotated], nlp: Language) -> list[Lesson]:
    """The lessons in annotated papers."""
    optional = umbrella_terms(papers)
    docs = (nlp.make_doc(text_of(paper)) for paper in papers)
    return [Lesson(doc.text, quantised(targets(doc, paper, optional))) for doc, paper in zip(docs, papers, strict=True)]


def targets(doc: Doc, paper: Annotated, optional: set[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(tokens, classes) of an annotated paper: whether a name is optional is not known, so it counts little."""
    marked = []
    for entity in paper["entities"]:
        forms = {*entity["mentions"], entity["name"]}
        unknown = bool(entity.get("optional")) or not optional.isdisjoint(map(fold, forms))
        marked += [(unknown, start, end, LABELS.index(entity["type"].upper())) for start, end in places(doc, forms)]
    rows = np.zeros((len(doc), len(TAGS)), dtype=np.float32)
    rows[:, 0] = 1
    taken = np.zeros(len(doc), dtype=bool)
    for unknown, start, end, label in sorted(marked, key=lambda mark: (mark[0], mark[1] - mark[2], mark)):
        if taken[start:end].any():
            continue
        taken[start:end] = True
        rows[start:end, 0] = OPTIONAL if unknown else 0
        if not unknown:
            rows[start, 1 + 2 * label] = 1
            rows[start + 1 : end, 2 + 2 * label] = 1
    return rows


def settings(file: Path, changes: Sequence[str] = ()) -> Config:
    """The configuration in `file` over the model that ships, with changes such as `training.epochs=5`."""
    whole = DEFAULT_MODEL.merge(Config().from_disk(file, interpolate=False))
    values = dict(change.split("=", 1) for change in changes)
    return Config().from_str(
        whole.to_str(), interpolate=False, overrides={key: json.loads(value) for key, value in values.items()}
    )


def new_tagger(nlp: Language, config: Config) -> Tagger:
    """An untrained `kg_tagger` of the configuration's section `model`."""
    tagger = nlp.add_pipe("kg_tagger", config={"model": config["model"]})
    assert isinstance(tagger, Tagger)
    return tagger


class Course:
    """The training of one tagger: the same lessons and configuration go the same way, stopped or not."""

    def __init__(self, tagger: Tagger, nlp: Language, lessons: Sequence[Lesson], config: Config) -> None:
        """`config`: its section `training`; see `configs/student.cfg`."""
        self.tagger, self.nlp, self.lessons = tagger, nlp, lessons
        self.seed, self.epochs = config["seed"], config["epochs"]
        self.dropout, self.batch_tokens = config["dropout"], config["batch_tokens"]
        self.steps = sum(1 for epoch in range(self.epochs) for _ in self._batches(epoch))
        schedule = config["optimizer"]["learn_rate"]
        schedule |= {"warmup_steps": round(config["warm_up"] * self.steps), "total_steps": self.steps}
        fix_random_seed(self.seed)
        tagger.initialize(lambda: self._examples(lessons[:10]))
        self.optimizer: Optimizer = registry.resolve(config)["optimizer"]
        self.step = 0

    def run(self, checkpoint: Path) -> None:
        """Train to the end; go on from the checkpoint if it is there."""
        if checkpoint.exists():
            self._restore(srsly.msgpack_loads(checkpoint.read_bytes()))
        done, began, tokens, losses = 0, time.monotonic(), 0, dict[str, float]()
        for batch in (batch for epoch in range(self.epochs) for batch in self._batches(epoch)):
            done += 1
            if done <= self.step:
                continue
            # A seed for every step: dropout is then the same after a stop.
            fix_random_seed(self.seed * 1_000_003 + done)
            self.tagger.update(self._examples(batch), drop=self.dropout, sgd=self.optimizer, losses=losses)
            self.optimizer.step_schedules()  # type: ignore[no-untyped-call]
            self.step = done
            tokens += sum(len(lesson.targets) for lesson in batch)
            if done % CHECKPOINT == 0:
                partial = checkpoint.with_suffix(".part")
                partial.write_bytes(srsly.msgpack_dumps(self._state()))
                partial.replace(checkpoint)
            if done % 100 == 0 or done == self.steps:
                speed = tokens / (time.monotonic() - began)
                print(
                    f"step {done} of {self.steps}: loss {losses[self.tagger.name] / 100:.4f}, {speed:.0f} tokens/s",
                    flush=True,
                )
                losses[self.tagger.name] = 0.0
        if self.optimizer.averages:
            for (node, parameter), key in self._parameters():
                node.set_param(parameter, self.optimizer.averages[key])

    def _batches(self, epoch: int) -> Iterator[list[Lesson]]:
        order = random.Random(f"{self.seed} {epoch}").sample(range(len(self.lessons)), len(self.lessons))
        batch: list[Lesson] = []
        tokens = 0
        for lesson in map(self.lessons.__getitem__, order):
            batch.append(lesson)
            tokens += len(lesson.targets)
            if tokens >= self.batch_tokens:
                yield batch
                batch, tokens = [], 0
        if batch:
            yield batch

    def _examples(self, lessons: Sequence[Lesson]) -> list[Example]:
        examples = []
        for lesson in lessons:
            doc = self.nlp.make_doc(lesson.text)
            if len(doc) == len(lesson.targets):
                doc._.kg_tags = lesson.targets.astype(np.float32) / FULL
                examples.append(Example(doc, doc))
        if len(examples) < len(lessons):
            sys.exit(
                f"{lessons[0].text[:60]!r}: other tokens than when it was labelled; label again with this tokenizer"
            )
        return examples

    def _parameters(self) -> list[tuple[tuple[Any, str], tuple[int, str]]]:
        """((layer, name), key in the optimiser) of every parameter, in an order that holds in any process."""
        return [((node, name), (node.id, name)) for node in self.tagger.model.walk() for name in node.param_names]

    def _state(self) -> dict[str, Any]:
        keys = [key for _, key in self._parameters()]
        optimizer = self.optimizer
        tables = {"mom1": optimizer.mom1, "mom2": optimizer.mom2, "averages": optimizer.averages or {}}
        return {
            "step": self.step,
            "steps": self.steps,
            "model": self.tagger.model.to_bytes(),
            **{name: [table.get(key) for key in keys] for name, table in tables.items()},
        }

    def _restore(self, state: dict[str, Any]) -> None:
        if state["steps"] != self.steps:
            sys.exit("the checkpoint is of another training (texts or configuration); choose another --output")
        self.step = state["step"]
        self.tagger.model.from_bytes(state["model"])
        optimizer = self.optimizer
        for n, (_, key) in enumerate(self._parameters()):
            for name in ("mom1", "mom2", "averages"):
                if state[name][n] is not None:
                    getattr(optimizer, name)[key] = state[name][n].copy()  # what is read cannot be written to
            optimizer.nr_update[key] = self.step
        for _ in range(self.step):
            optimizer.step_schedules()  # type: ignore[no-untyped-call]


def measure(tagger: Tagger, papers: Sequence[Annotated], nlp: Language) -> dict[str, float]:
    """How the tagger does on annotated papers: by tokens and by entities, as `kg eval` counts them.

    Returns:
        `loss`: cross-entropy per token, optional ones left out; `token_f1`: of the classes but O, likewise; `f1`,
        `precision`, `recall` of distinct names with their types, and `f1` of each type.
    """
    optional = umbrella_terms(papers)
    right, found, wanted = Counter[str](), Counter[str](), Counter[str]()
    loss = tokens = agreed = given = truly = 0.0
    for paper, doc in zip(papers, tagger.pipe(map(nlp.make_doc, map(text_of, papers)), batch_size=64), strict=True):
        rows = targets(doc, paper, optional)
        known = rows.sum(axis=1) > OPTIONAL + 1e-3
        truth, guess = rows[known].argmax(axis=1), doc._.kg_tags[known].argmax(axis=1)
        loss -= float(np.log(doc._.kg_tags[known][range(len(truth)), truth] + 1e-9).sum())
        tokens += len(truth)
        agreed += float(((truth == guess) & (truth > 0)).sum())
        given += float((guess > 0).sum())
        truly += float((truth > 0).sum())
        gold = {fold(part): entity for form, entity in written(paper) for part in parts_of(form)}
        hit = set()
        for key, label in names_found(doc):
            entity = gold.get(key)
            if entity is None or not (entity.get("optional") or key in optional):
                same = entity is not None and entity["type"].upper() == label
                if same and entity is not None:
                    if entity["name"] in hit:
                        continue
                    hit.add(entity["name"])
                    right[label] += 1
                found[label] += 1
        wanted.update(
            entity["type"].upper()
            for entity in paper["entities"]
            if not entity.get("optional") and fold(entity["name"]) not in optional
        )
    figures = {"loss": loss / tokens, "token_f1": 2 * agreed / (given + truly)}
    precision, recall = right.total() / max(found.total(), 1), right.total() / wanted.total()
    figures |= {"precision": precision, "recall": recall}
    figures["f1"] = 2 * right.total() / (found.total() + wanted.total())
    figures |= {label.lower(): 2 * right[label] / max(found[label] + wanted[label], 1) for label in LABELS}
    return {name: round(value, 4) for name, value in figures.items()}


def names_found(doc: Doc) -> set[tuple[str, str]]:
    """(folded form, label) of the likely spans, the longest of those that overlap."""
    tags = tags_of(doc)
    if tags is None:
        return set()
    after = 0
    names = set()
    for start, end, label in sorted(likely(tags), key=lambda span: (span[0], -span[1])):
        chance = tags[start, 1::2].sum() * tags[start + 1 : end, 2::2].sum(axis=1).prod()
        chance *= 1 - (tags[end, 2::2].sum() if end < len(tags) else 0)
        if chance >= LEAST_SPAN and start >= after:
            names.add((fold(doc[start:end].text), LABELS[label]))
            after = end
    return names


def main() -> None:
    """Train and measure one tagger."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, help="folder of shards by training/label.py")
    parser.add_argument("--annotated", type=Path, help="annotated papers to learn from")
    parser.add_argument("--measure", type=Path, help="annotated papers to measure on")
    parser.add_argument("--fold", help="I/K: leave out and measure on every K-th annotated paper from the I-th on")
    parser.add_argument("--config", type=Path, default=CONFIGS / "student.cfg")
    parser.add_argument("--set", nargs="*", default=[], metavar="SECTION.KEY=VALUE", help="change the configuration")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    config = settings(arguments.config, arguments.set)
    nlp = blank()
    lessons = labelled(arguments.labelled) if arguments.labelled else []
    measured = read(arguments.measure) if arguments.measure else []
    if arguments.annotated:
        papers = read(arguments.annotated)
        if arguments.fold:
            out, folds = map(int, arguments.fold.split("/"))
            measured += papers[out::folds]
            papers = [paper for n, paper in enumerate(papers) if n % folds != out]
        lessons += annotated(papers, nlp)
    if not lessons:
        parser.error("nothing to learn from: give --labelled, --annotated or both")
    arguments.output.mkdir(parents=True, exist_ok=True)
    tagger = new_tagger(nlp, config)
    course = Course(tagger, nlp, lessons, config["training"])
    course.run(arguments.output / "checkpoint.msgpack")
    tagger.to_disk(arguments.output / "kg_tagger")
    if measured:
        figures = measure(tagger, measured, nlp)
        print(figures)
        (arguments.output / "figures.json").write_text(json.dumps(figures) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
