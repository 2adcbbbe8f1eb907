"""What more annotated papers give: cross-validates a model with an eighth, a quarter and half of `silver.jsonl`.

    python -m training.learning_curve fast|accurate [--tagger FOLDER] [--folds FOLDER...]

Only what is fitted last (entities, roles, relations, results) sees fewer papers; the tagger stays the one that was
trained on all of them.  Each larger part contains the smaller ones; that with all is the one of
`training/crossvalidate.py`, which runs before.  Writes `training/figures/learning-curve-MODEL.json`.
"""

from __future__ import annotations

import json
import random

from kg.evaluate import evaluate
from training.crossvalidate import SEED, arguments, load, write_json

PARTS = (8, 4, 2)


def main() -> None:
    """Cross-validate with every part."""
    given = arguments(__doc__ or "").parse_args()
    whole = json.loads((given.output / f"crossvalidation-{given.model}.json").read_text(encoding="utf-8"))
    work = load(given)
    order = list(work.silver)
    random.Random(SEED).shuffle(order)
    rows = []
    for part in PARTS:
        papers = sorted(order[: len(order) // part])
        measures = evaluate(work.golds, work.predict(papers)).as_dict()
        rows.append({"papers": len(papers), "measures": measures})
        print(f"{len(papers)} papers done", flush=True)
    rows.append({"papers": len(order), "measures": whole["measures"]})
    write_json(given.output / f"learning-curve-{given.model}.json", rows)


if __name__ == "__main__":
    main()
