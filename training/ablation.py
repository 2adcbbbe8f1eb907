"""What each step is good for: what a model finds without it.

    python -m training.ablation fast|accurate [--tagger FOLDER] [--folds FOLDER...] [--without STEP...]

A step is a component of the pipeline, a group of features (`GROUPS`) or of spans; what is fitted is fitted without it,
to `silver.jsonl` alone, and predicts all of `dev.jsonl`.  The row `NOTHING` has all steps.
Writes `training/figures/ablation-MODEL.json`, after every step, and leaves steps that it already has alone.
"""

from __future__ import annotations

import json

from kg.evaluate import evaluate
from kg.extract.pipeline import TAGGERS
from training import tables
from training.crossvalidate import arguments, load, write_json

# Groups of features by the beginnings of their names.
GROUPS: dict[str, tuple[str, ...]] = {"phrases seen in training": ("seen", "unseen")}
NOTHING = "nothing"
MINED = "kg_mined"  # spans that kg_lexicon sets: names mined from many papers
COMPONENTS = (
    "kg_lexicon",
    "kg_abbreviations",
    "kg_patterns",
    "kg_coordination",
    "kg_heads",
    "kg_agreement",
)


def main() -> None:
    """Fit and predict without each step."""
    parser = arguments(__doc__ or "")
    parser.add_argument(
        "--without",
        nargs="+",
        choices=(NOTHING, *TAGGERS.values(), *COMPONENTS, MINED, *GROUPS),
        help="these steps only",
    )
    given = parser.parse_args()
    path = given.output / f"ablation-{given.model}.json"
    done = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    tagger = TAGGERS[given.model]
    for step in given.without or (NOTHING, tagger, *COMPONENTS, MINED, *GROUPS):
        if step in done:
            continue
        tables.LEFT_OUT = GROUPS.get(step, ())
        work = load(given, [] if step in (NOTHING, MINED, *GROUPS) else [step])
        if step == MINED:
            for doc in work.docs:
                doc.spans.pop(MINED, None)
        done[step] = evaluate(work.golds, work.once()).as_dict()
        write_json(path, done)
        print(f"without {step}: headline {done[step]['headline']['f1']:.3f}", flush=True)


if __name__ == "__main__":
    main()
