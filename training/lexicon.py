"""Make the shipped mined lexicon, `kg/extract/lexicon/mined.tsv`, and the weights it is mined with, `evidence.tsv`.

    python training/lexicon.py CORPUS --annotated SILVER.jsonl --without SILVER.jsonl DEV.jsonl [--held-out SHARE]

Every candidate name of the annotated abstracts is one example for the weights, its class the type of the annotated
entity it names, or NONE; optional entities are no examples.  Known names are no features: what is mined does not
depend on the other lexicons.  Nothing is mined from papers with a title of the files after `--without`, so what the
lexicon tells of these is no memory of them.  Multinomial logistic regression with L2 penalty; deterministic.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kg.extract.entities import candidates
from kg.extract.features import CLASSES
from kg.extract.lexicon import Entry
from kg.extract.mining import EVIDENCE, mine, read, reader, write_lexicon
from kg.extract.names import fold
from kg.extract.tables import Weights
from kg.models import Paper
from kg.read import read as read_papers
from training.annotation import Annotated, named, text_of
from training.annotation import read as read_annotated
from training.tables import fit_weights

PENALTY = 5e-5  # of several the best on the last fifth of the abstracts, fitted to the others
LEAST_COUNT = 10  # rarer features are left out: they are memories of single names
LEAST_PAPERS = 3
# What lexicons, other components and users say of a name is no evidence of the words around it.
_NO_EVIDENCE = re.compile(r"(?:lexicon|mined|user|ner|tagger[^:]*):.*")

Example = tuple[str, dict[str, float], int]  # folded name, features, class


def examples(papers: Iterable[Annotated]) -> Iterator[Example]:
    """Name, features and class of every candidate of every paper."""
    for paper in papers:
        entities = named(paper)
        for key, candidate in candidates(read(reader(), text_of(paper))).items():
            entity = entities.get(key)
            if entity is None or not entity.get("optional"):
                features = {name: 1.0 for name in candidate.features if not _NO_EVIDENCE.fullmatch(name)}
                yield key, features, CLASSES.index(entity["type"].upper()) if entity else 0


def fit(data: Sequence[Example]) -> Weights:
    """The weights of `evidence.tsv`."""
    return fit_weights([(features, label) for _, features, label in data], CLASSES, PENALTY, LEAST_COUNT)


def without(papers: Iterable[Paper], titles: Iterable[str]) -> Iterator[Paper]:
    """The papers that have none of these titles."""
    left_out = set(map(fold, titles))
    return (paper for paper in papers if fold(paper.title) not in left_out)


def agreement(entries: Iterable[Entry], data: Iterable[Example]) -> str:
    """How often the type of a mined name is that of the annotation, as a table.

    `type`: of the annotated names, counted once per paper; `name`: of all candidates, those that are no names included.
    """
    mined = {fold(entry.name): CLASSES.index(entry.type.upper()) for entry in entries}
    counts = Counter((mined[key], label) for key, _, label in data if key in mined)
    lines = ["type       places  type   name"]
    for label, name in enumerate(CLASSES[1:], start=1):
        of_type = {found: count for (guess, found), count in counts.items() if guess == label}
        total, none, right = sum(of_type.values()), of_type.get(0, 0), of_type.get(label, 0)
        lines.append(f"{name:10s} {total:6d}  {right / max(total - none, 1):.3f}  {right / max(total, 1):.3f}")
    return "\n".join(lines)


def main() -> None:
    """Fit the weights, mine, write both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--annotated", type=Path, required=True)
    parser.add_argument("--without", type=Path, nargs="*", default=[])
    parser.add_argument("--output", type=Path, default=EVIDENCE.parent)
    parser.add_argument("--least", type=int, default=LEAST_PAPERS, help="papers that must have a name")
    parser.add_argument("--held-out", type=float, default=0.0, help="share of the abstracts (the last) not fitted to")
    arguments = parser.parse_args()
    papers = read_annotated(arguments.annotated)
    fitted = round(len(papers) * (1 - arguments.held_out))
    data, rest = list(examples(papers[:fitted])), list(examples(papers[fitted:]))
    weights = fit(data)
    weights.write(EVIDENCE)
    print(f"{len(data)} candidates: {len(weights.rows)} weights", flush=True)
    titles = [paper["title"] for path in arguments.without for paper in read_annotated(path)]
    corpus = read_papers(arguments.corpus, on_reject=lambda rejected: print(rejected, file=sys.stderr))
    entries = mine(without(corpus, titles), least=arguments.least)
    write_lexicon(entries, arguments.output / "mined.tsv")
    counts = Counter(entry.type for entry in entries)
    print(f"{len(entries)} names: {', '.join(f'{count} {type_}' for type_, count in counts.most_common())}")
    print(agreement(entries, rest or data))


if __name__ == "__main__":
    main()
