"""Fit the tables of a model to annotated papers and write the model's folder.

    python -m training.fit ANNOTATED.jsonl... --model fast --tagger FOLDER [--folds FOLDER...] [--output FOLDER]

`--tagger` is the trained tagger's own folder, `kg_tagger` of `training/student.py` or `kg_encoder` of
`training/export_encoder.py`; without it the model has none.  A tagger is surer of the papers it was trained on than of
others, and what is fitted to its findings there would trust it too far.  So `--folds` gives taggers that were trained
in the same way, the I-th of K without every K-th paper of the first file from the I-th on, and each of these papers is
read by the tagger that does not know it.  The papers of the last file count `OWN` times, and the scores are calibrated
on them: they are of the kind that is to be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

import kg
from kg.extract.pipeline import TAGGERS, blank
from kg.extract.tables import MODELS, Tabled, Weights
from training import entities, relations, results, roles
from training.annotation import Annotated, read, text_of

Examples = Sequence[tuple[Doc, Annotated]]
Component = Callable[[Doc], Doc]

FITS: dict[str, Callable[[Any, Examples, Sequence[float]], None]] = {
    "kg_entities": entities.fit,
    "kg_roles": roles.fit,
    "kg_relations": relations.fit,
    "kg_results": results.fit,
}
LEARNT_FROM = ("kg_entities", "kg_roles")  # what later components are fitted to the findings of
FOLDS = 3
OWN = 3.0


def read_papers(nlp: Language, papers: Iterable[Annotated], taggers: Sequence[Component] = ()) -> list[Doc]:
    """The papers' documents, read by all components before the first fitted one.

    Args:
        nlp: the pipeline.
        papers: title and abstract of each.
        taggers: what reads instead of the pipeline's own tagger, in turn: the second one the second paper.
    """
    docs = []
    for n, paper in enumerate(papers):
        doc = nlp.make_doc(text_of(paper))
        for name, component in nlp.pipeline[: first_fitted(nlp)]:
            doc = (taggers[n % len(taggers)] if taggers and name in TAGGERS.values() else component)(doc)
        docs.append(doc)
    return docs


def first_fitted(nlp: Language) -> int:
    """The place of the first component with tables."""
    return next(n for n, (_, component) in enumerate(nlp.pipeline) if isinstance(component, Tabled))


def fit_pipeline(nlp: Language, examples: Examples, own: int) -> None:
    """Fit every component with tables, in the order of the pipeline, to documents of `read_papers`.

    Args:
        nlp: the pipeline; its components' tables are replaced.
        examples: documents and their annotated papers.  They pass through the components, so that each is fitted to
        what those before it find.
        own: so many of the last examples are of the kind that is to be read: they count more, and the scores of
        entities are calibrated on them, for what another kind of papers teaches can be too sure of itself; with 0
        all are of one kind.
    """
    counts = [1.0] * (len(examples) - own) + [OWN] * own
    for name, component in nlp.pipeline[first_fitted(nlp) :]:
        if name == "kg_entities":
            component.calibration = Weights(component.calibration.classes, {})  # type: ignore[attr-defined]
        if name in LEARNT_FROM:
            _find(component, FITS[name], examples, counts)
        if name == "kg_entities":
            entities.calibrate(component, examples[-own:])  # type: ignore[arg-type]
            for doc, _ in examples:
                for entity in doc._.kg_entities:
                    entity.score = component.calibrated(entity)  # type: ignore[attr-defined]
        elif name not in FITS:
            for doc, _ in examples:
                component(doc)
        if name in FITS:
            FITS[name](component, examples, counts)


def _find(
    component: Component,
    fit: Callable[[Any, Examples, Sequence[float]], None],
    examples: Examples,
    counts: Sequence[float],
) -> None:
    """Run a component over the documents, on each with tables that were fitted to other papers: what comes after it
    learns from findings that are as good as on a new paper, no better.
    """
    for held in range(FOLDS):
        kept = [n for n in range(len(examples)) if n % FOLDS != held]
        fit(component, [examples[n] for n in kept], [counts[n] for n in kept])
        for doc, _ in examples[held::FOLDS]:
            component(doc)


def _from_disk(component: Any, folder: Path) -> Component:
    read_back: Component = component.from_disk(folder)
    return read_back


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotated", type=Path, nargs="+")
    parser.add_argument("--model", choices=TAGGERS, required=True)
    parser.add_argument("--tagger", type=Path, help="the trained tagger's folder")
    parser.add_argument(
        "--folds", type=Path, nargs="+", default=[], help="folders of taggers, each trained without a part"
    )
    parser.add_argument("--output", type=Path, help="the shipped model's folder unless given")
    arguments = parser.parse_args()
    tagging = TAGGERS[arguments.model]
    nlp = blank(tagging if arguments.tagger else None)
    for name, component in nlp.pipeline:
        if name == tagging:
            _from_disk(component, arguments.tagger)
    taggers = [_from_disk(nlp.create_pipe(tagging), folder) for folder in arguments.folds]
    examples: list[tuple[Doc, Annotated]] = []
    for n, file in enumerate(arguments.annotated):
        papers = read(file)
        examples += zip(read_papers(nlp, papers, () if n else taggers), papers, strict=True)
    print(f"{len(examples)} papers read", flush=True)
    fit_pipeline(nlp, examples, len(papers))
    nlp.meta.update(
        name=f"kg_{arguments.model}",
        version=kg.__version__,
        spacy_version=">=3.8,<4",
        description="Names, roles, relations and results in titles and abstracts",
        author="The abstract-kg authors",
        license="Apache-2.0",
    )
    nlp.to_disk(arguments.output or MODELS / arguments.model, exclude=["vocab"])


if __name__ == "__main__":
    main()
