"""Fine-tune a published BERT to read abstracts: names, roles, relations and results at once.

    python -m training.encoder SILVER.jsonl --output FOLDER [--base bge-small] [--fold I/K] [--seed N] [--layers N]

One encoder, five heads on its token vectors: what name each token is part of (BIO over five types), the role of an
entity, the relation of a pair of entities, whether a number is a result, and whether an entity belongs to it.  Tokens
of optional entities are left out of the loss but for a small weight.  A checkpoint is written after every epoch; the
same command resumes from it.  With `--fold I/K` every K-th abstract, from the I-th on, is left out: what the model
says of those is what it would say of any other text.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from spacy.tokens import Doc
from tokenizers import Tokenizer
from torch import Tensor, nn

from kg.extract.encoder import FAR, ROLE_NAMES, SHAPES, first_pieces, nearest, windows
from kg.extract.names import fold
from kg.extract.pipeline import build
from kg.extract.values import find_values
from kg.models import RelationType
from training.annotation import Annotated, Span, places, read, text_of, umbrella_terms
from training.base_encoder import fetch, load

LABELS = ("METHOD", "DATASET", "BENCHMARK", "TASK", "METRIC")
TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BI"))
RELATIONS: tuple[RelationType | str, ...] = (
    "none", "variant_of", "part_of", "uses", "outperforms", "compared_with", "evaluated_on", "trained_on",
)  # fmt: skip
VALUES = ("none", "absolute", "delta")

WIDTH = 384
HIDDEN = 192  # of the heads
RATE, HEAD_RATE = 1.5e-4, 1e-3
BATCH = 8
WARM_UP = 0.1  # share of the steps
DECAY = 0.01
OPTIONAL = 0.1  # weight of tokens of optional entities, as outside
MOST_PAIRS = 150  # of one abstract, in training
SHARES = {"tags": 1.0, "roles": 0.3, "relations": 0.5, "values": 0.3, "belongs": 0.3}


@dataclass
class Example:
    """One abstract as tensors are made of it; spans and numbers count tokens of its first window."""

    ids: list[int]
    shapes: list[int]
    first: np.ndarray
    tags: np.ndarray
    weights: np.ndarray
    spans: list[list[Span]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int, int]] | None = None
    values: list[tuple[int, int, dict[int, int]]] | None = None


def example(doc: Doc, paper: Annotated, tokenizer: Any) -> Example:
    """The annotated paper as the network is taught it; what lies beyond the first window is left out."""
    ids, shapes, tokens = windows(doc, tokenizer)[0]
    first, numbers = first_pieces(tokens)
    place = {int(token): n for n, token in enumerate(numbers)}  # token of the document -> row of `first`
    tags, weights = np.zeros(len(first), dtype=np.int64), np.ones(len(first), dtype=np.float32)
    made = Example(ids, shapes, first, tags, weights)

    def inside(spans: list[Span]) -> list[Span]:
        rows = ([place[i] for i in range(a, b) if i in place] for a, b in spans)
        return [(its[0], its[-1] + 1) for its in rows if its]

    by_name: dict[str, int] = {}
    marked = []
    for entity in paper["entities"]:
        spans = inside(places(doc, {*entity["mentions"], entity["name"]}))
        if not spans:
            continue
        label = LABELS.index(entity["type"].upper())
        by_name.setdefault(entity["name"], len(made.spans))
        made.spans.append(spans)
        made.labels.append(label)
        made.roles.append(ROLE_NAMES.index(entity["role"]))
        marked += [(bool(entity.get("optional")), label, span) for span in spans]
    taken = np.zeros(len(first), dtype=bool)
    for optional, label, (a, b) in sorted(marked, key=lambda mark: (mark[0], mark[2][0] - mark[2][1], mark[2])):
        if taken[a:b].any():
            continue
        taken[a:b] = True
        if optional:
            weights[a:b] = OPTIONAL
        else:
            tags[a], tags[a + 1 : b] = 1 + 2 * label, 2 + 2 * label
    if "relations" in paper:
        stated = {
            (by_name[r["head"]], by_name[r["tail"]]): RELATIONS.index(r["type"])
            for r in paper["relations"]
            if r["head"] in by_name and r["tail"] in by_name
        }
        made.pairs = [(a, b, stated.get((a, b), 0)) for a, b in pairs(made.labels)]
    if "results" in paper:
        made.values = list(_values(doc, paper, place, by_name))
    return made


def pairs(labels: list[int]) -> list[tuple[int, int]]:
    """The pairs of entities that can have a relation: a method, and a method, data set or benchmark."""
    return [(a, b) for a, one in enumerate(labels) if one == 0 for b, two in enumerate(labels) if two < 3 and a != b]


def _values(doc: Doc, paper: Annotated, place: dict[int, int], by_name: dict[str, int]) -> Any:
    """(row of the number's token, class, entity -> whether it belongs to the number) of every number."""
    for value in find_values(doc):
        if value.token not in place:
            continue
        written = doc.text[value.start_char : value.end_char]
        result = next((r for r in paper["results"] if _same(doc.text, r, written, value.start_char)), None)
        belongs: dict[int, int] = {}
        if result is not None:
            for key, types in (("metric", {4}), ("dataset", {1, 2, 3}), ("method", {0})):
                if result.get(key) in by_name:
                    its = by_name[result[key]]
                    for entity in paper["entities"]:
                        number = by_name.get(entity["name"])
                        if number is not None and LABELS.index(entity["type"].upper()) in types:
                            belongs[number] = int(number == its)
        yield place[value.token], 0 if result is None else 2 if result.get("delta") else 1, belongs


def _same(text: str, result: dict[str, Any], written: str, start: int) -> bool:
    """Whether a number is the one that an annotated result is about."""
    numbers = re.findall(r"\d+(?:[.,]\d+)*", str(result["value"]))
    at = text.find(result.get("raw") or "\0")
    near = at < 0 or at - 5 <= start <= at + len(result["raw"]) + 5
    return near and bool(set(numbers) & set(re.findall(r"\d+(?:[.,]\d+)*", written)))


def _head(wide: int, classes: int) -> nn.Module:
    return nn.Sequential(nn.Linear(wide, HIDDEN), nn.GELU(), nn.Dropout(0.1), nn.Linear(HIDDEN, classes))


class Reader(nn.Module):
    """The encoder and its heads."""

    def __init__(self, bert: Any) -> None:
        """`bert`: a `BertModel`; the heads begin untrained."""
        super().__init__()
        self.bert = bert
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)  # 12 M weights that few abstracts would teach
        self.shapes = nn.Embedding(SHAPES, WIDTH)
        nn.init.normal_(self.shapes.weight, std=0.02)
        self.tags = nn.Linear(WIDTH, len(TAGS))
        self.attention = nn.Linear(WIDTH, 1)
        self.label = nn.Embedding(len(LABELS), 32)
        self.roles = _head(2 * WIDTH + 32, len(ROLE_NAMES))
        self.relations = _head(4 * WIDTH + 32, len(RELATIONS))
        self.values = _head(WIDTH, len(VALUES))
        self.belongs = _head(3 * WIDTH + 32, 1)

    def vectors(self, ids: Tensor, shapes: Tensor, mask: Tensor | None) -> Tensor:
        """(texts, pieces, width) vectors of word pieces."""
        embedded = self.bert.embeddings.word_embeddings(ids) + self.shapes(shapes)
        hidden: Tensor = self.bert(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        return hidden

    def entity(self, rows: Tensor, spans: list[Span]) -> Tensor:
        """The vector of an entity: its mentions, each the mean of its ends, weighed by attention."""
        its = torch.stack([(rows[a] + rows[b - 1]) / 2 for a, b in spans])
        return torch.softmax(self.attention(its), 0).mul(its).sum(0)

    def between(self, rows: Tensor, one: list[Span], two: list[Span]) -> Tensor:
        """The mean vector from one entity to the other where they stand nearest; zeros if that is far."""
        a, b = nearest(one, two)
        return rows[a:b].mean(0) if b - a <= FAR else torch.zeros_like(rows[0])

    def role_scores(self, rows: Tensor, vectors: Tensor, labels: Tensor) -> Tensor:
        """(entities, roles)."""
        whole = rows.mean(0).expand(len(vectors), -1)
        scores: Tensor = self.roles(torch.cat([vectors, whole, self.label(labels)], 1))
        return scores

    def pair_scores(self, heads: Tensor, tails: Tensor, between: Tensor, labels: Tensor) -> Tensor:
        """(pairs, relations)."""
        scores: Tensor = self.relations(torch.cat([heads, tails, heads * tails, between, self.label(labels)], 1))
        return scores

    def belong_scores(self, values: Tensor, entities: Tensor, between: Tensor, labels: Tensor) -> Tensor:
        """(pairs of a number and an entity,)."""
        scores: Tensor = self.belongs(torch.cat([values, entities, between, self.label(labels)], 1))
        return scores[:, 0]


def losses(model: Reader, batch: list[Example], random_: random.Random) -> dict[str, Tensor]:
    """The loss of every head on some abstracts."""
    hidden = encode(model, batch)
    total: dict[str, list[Tensor]] = {name: [] for name in SHARES}
    cross = nn.functional.cross_entropy
    for rows, one in zip(hidden, batch, strict=True):
        scores = model.tags(rows)
        weight = torch.from_numpy(one.weights)
        total["tags"].append(
            (cross(scores, torch.from_numpy(one.tags), reduction="none") * weight).sum() / weight.sum()
        )
        if not one.spans:
            continue
        vectors = torch.stack([model.entity(rows, spans) for spans in one.spans])
        labels = torch.tensor(one.labels)
        total["roles"].append(cross(model.role_scores(rows, vectors, labels), torch.tensor(one.roles)))
        if one.pairs:
            chosen = one.pairs if len(one.pairs) <= MOST_PAIRS else random_.sample(one.pairs, MOST_PAIRS)
            a, b, right = (torch.tensor(column) for column in zip(*chosen, strict=True))
            between = torch.stack([model.between(rows, one.spans[i], one.spans[j]) for i, j, _ in chosen])
            scores = model.pair_scores(vectors[a], vectors[b], between, labels[b])
            total["relations"].append(cross(scores, right))
        if one.values:
            at = torch.tensor([row for row, *_ in one.values])
            total["values"].append(cross(model.values(rows[at]), torch.tensor([kind for _, kind, _ in one.values])))
            links = [(row, n, right) for row, _, its in one.values for n, right in its.items()]
            if links:
                at, n, right = (torch.tensor(column) for column in zip(*links, strict=True))
                between = torch.stack([model.between(rows, [(i, i + 1)], one.spans[j]) for i, j, _ in links])
                scores = model.belong_scores(rows[at], vectors[n], between, labels[n])
                total["belongs"].append(nn.functional.binary_cross_entropy_with_logits(scores, right.float()))
    # Divided by the batch, not by how many abstracts have relations: one with them then counts the same in any batch.
    return {name: torch.stack(parts).sum() / BATCH for name, parts in total.items() if parts}


def encode(model: Reader, batch: list[Example]) -> list[Tensor]:
    """(tokens, width) of every abstract: the vectors of the tokens' first pieces."""
    longest = max(len(one.ids) for one in batch)
    ids, shapes, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for n, one in enumerate(batch):
        ids[n, : len(one.ids)] = torch.tensor(one.ids)
        shapes[n, : len(one.ids)] = torch.tensor(one.shapes)
        mask[n, : len(one.ids)] = 1
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.vectors(ids, shapes, mask)
    return [hidden[n, torch.from_numpy(one.first)].float() for n, one in enumerate(batch)]


def batches(examples: list[Example], random_: random.Random) -> list[list[Example]]:
    """The abstracts in random order, those of a batch of about one length."""
    order = sorted(examples, key=lambda one: len(one.ids) * random_.uniform(0.85, 1.15))
    cut = [order[n : n + BATCH] for n in range(0, len(order), BATCH)]
    random_.shuffle(cut)
    return cut


def train(model: Reader, examples: list[Example], epochs: int, seed: int, checkpoint: Path) -> None:
    """Train in place; go on from the checkpoint if there is one."""
    steps = epochs * math.ceil(len(examples) / BATCH)
    own = [p for p in model.bert.parameters() if p.requires_grad]
    ids = {id(p) for p in own}
    heads = [p for p in model.parameters() if p.requires_grad and id(p) not in ids]
    optimiser = torch.optim.AdamW(
        [{"params": own, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=DECAY, fused=True
    )
    warm = WARM_UP * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / warm, max(0.02, (steps - n) / (steps - warm)))
    )
    done = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        done = state["epoch"]
    for epoch in range(done, epochs):
        random_ = random.Random(f"{seed} {epoch}")
        torch.manual_seed(1000 * seed + epoch)
        model.train()
        began, sums = time.monotonic(), Counter[str]()
        for count, batch in enumerate(batches(examples, random_), 1):
            parts = losses(model, batch, random_)
            loss: Any = torch.stack([SHARES[name] * part for name, part in parts.items()]).sum()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            sums.update({name: part.item() for name, part in parts.items()})
            if count % 50 == 0:
                means = {name: round(value / count, 3) for name, value in sums.items()}
                print(f"  {count} batches, {time.monotonic() - began:.0f} s: {means}", flush=True)
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
        torch.save({**state, "epoch": epoch + 1}, checkpoint)
        print(f"epoch {epoch + 1}: {time.monotonic() - began:.0f} s", flush=True)


def prepare(papers: list[Annotated], tokenizer: Any) -> list[Example]:
    """The papers as examples, umbrella terms optional wherever they are."""
    nlp = build()
    first = ("kg_clean", "kg_sentences", "kg_links")
    umbrella = umbrella_terms(papers)
    made = []
    for paper in papers:
        doc = nlp.make_doc(text_of(paper))
        for name, component in nlp.pipeline:
            if name in first:
                doc = component(doc)
        for entity in paper["entities"]:
            if {fold(form) for form in (*entity["mentions"], entity["name"])} & umbrella:
                entity["optional"] = True
        made.append(example(doc, paper, tokenizer))
    return made


def settings_of(folder: Path) -> dict[str, Any]:
    """What a model's training was told: base, layers, fold, seed, epochs."""
    found: dict[str, Any] = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Train one model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--base", default="bge-small", help="bge-small or e5-small")
    parser.add_argument("--base-folder", type=Path, default=Path("training/base"), help="where published weights go")
    parser.add_argument("--layers", type=int, help="keep only so many of the lowest layers")
    parser.add_argument("--fold", help="I/K: leave out every K-th abstract from the I-th on")
    parser.add_argument("--share", type=float, default=1.0, help="share of the abstracts to train on")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    onnx_file, tokenizer_file = fetch(arguments.base, arguments.base_folder)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    papers = read(arguments.annotated)
    if arguments.fold:
        out, folds = map(int, arguments.fold.split("/"))
        papers = [paper for n, paper in enumerate(papers) if n % folds != out]
    papers = random.Random(0).sample(papers, round(arguments.share * len(papers)))
    examples = prepare(papers, tokenizer)
    model = Reader(load(onnx_file, arguments.layers))
    train(model, examples, arguments.epochs, arguments.seed, arguments.output / "checkpoint.pt")
    torch.save(model.state_dict(), arguments.output / "model.pt")
    tokenizer.save(str(arguments.output / "tokenizer.json"))
    settings = {
        "base": arguments.base,
        "layers": len(model.bert.encoder.layer),
        "fold": arguments.fold,
        "share": arguments.share,
        "epochs": arguments.epochs,
        "seed": arguments.seed,
    }
    (arguments.output / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
