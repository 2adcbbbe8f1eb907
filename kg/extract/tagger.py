"""`kg_tagger`: a small convolutional network says of every token what name it is part of.

Sets `Doc._.kg_tags`, float32 (tokens, 11): the probabilities of the classes `TAGS`; and `Doc.tensor`, float32 (tokens,
width): the tokens' vectors in their context.  It is trained with `Language.update`: the reference document's
`Doc._.kg_tags` holds the targets (see `Tagger.get_loss`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry
from spacy.vocab import Vocab
from thinc.api import Config, Model, Softmax, chain, with_array
from thinc.types import Floats2d

LABELS = ("METHOD", "DATASET", "BENCHMARK", "TASK", "METRIC")
TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BI"))
MOST_TOKENS = 4096  # that are read at once

DEFAULT_MODEL = Config().from_str("""
[model]
@architectures = "kg.Tagger.v1"
classes = 11

[model.tok2vec]
@architectures = "spacy.Tok2Vec.v2"

[model.tok2vec.embed]
@architectures = "kg.EachTypeOnce.v1"

[model.tok2vec.embed.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = 96
attrs = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
rows = [10000, 1000, 5000, 5000]
include_static_vectors = false

[model.tok2vec.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
depth = 4
window_size = 1
maxout_pieces = 3
""")

Floats = NDArray[np.float32]
Reading = list[tuple[Floats, Floats]]

if not Doc.has_extension("kg_tags"):
    Doc.set_extension("kg_tags", default=None)


@dataclass(frozen=True)
class Tokens:
    """Some tokens by their attributes alone, uint64 (tokens, attributes): what an embedding layer wants of a `Doc`."""

    attributes: NDArray[np.uint64]

    def to_array(self, _: Sequence[str | int]) -> NDArray[np.uint64]:
        """The attributes of every token."""
        return self.attributes

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.attributes)


@registry.architectures("kg.EachTypeOnce.v1")  # type: ignore[untyped-decorator]
def each_type_once(embed: Model[list[Doc], list[Floats2d]]) -> Model[list[Doc], list[Floats2d]]:
    """Embed tokens of equal attributes once: they are one in four or fewer of an abstract's tokens.

    Args:
        embed: an embedding that depends on a token's attributes alone, such as `spacy.MultiHashEmbed.v2` without
        static vectors.
    """
    columns = next(node.attrs["columns"] for node in embed.walk() if node.name == "extract_features")
    return Model("each_type_once", _embed_types, init=_start_types, layers=[embed], attrs={"columns": columns})


def _start_types(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803, ARG001
    model.layers[0].initialize(X=X)


def _embed_types(
    model: Model[Any, Any], docs: Sequence[Doc], is_train: bool
) -> tuple[list[Floats], Callable[..., Any]]:
    rows = [doc.to_array(model.attrs["columns"]) for doc in docs]
    types, numbers = _types(np.concatenate(rows))
    (vectors,), backprop = model.layers[0]([Tokens(types)], is_train)
    ends = np.cumsum([len(part) for part in rows])[:-1]

    def backprop_types(gradients: list[Floats]) -> list[Doc]:
        gradient = model.ops.alloc2f(*vectors.shape)
        model.ops.scatter_add(gradient, numbers.astype("i"), np.concatenate(gradients))  # type: ignore[arg-type]
        backprop([gradient])
        return []

    return np.split(vectors[numbers], ends), backprop_types


def _types(rows: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The distinct rows, and the number of the one that each row is."""
    # One hash for a row: sorting single numbers is many times faster.
    keys = np.zeros(len(rows), dtype=np.uint64)
    for column in rows.T:
        keys = (keys ^ column) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(32)
    _, first, numbers = np.unique(keys, return_index=True, return_inverse=True)
    return rows[first], numbers


@registry.architectures("kg.Tagger.v1")  # type: ignore[untyped-decorator]
def tagger_model(tok2vec: Model[list[Doc], list[Floats2d]], classes: int) -> Model[list[Doc], list[Floats2d]]:
    """Token vectors and, on top of them, a softmax over so many classes."""
    output: Model[Any, Any] = with_array(Softmax(classes, tok2vec.get_dim("nO")))
    model: Model[list[Doc], list[Floats2d]] = chain(tok2vec, output)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output", output)
    return model


@Language.factory(
    "kg_tagger", assigns=["doc._.kg_tags", "doc.tensor"], default_config={"model": DEFAULT_MODEL["model"]}
)
class Tagger(TrainablePipe):  # type: ignore[misc]
    """See the module; `model` gives the probabilities of the classes of each token."""

    def __init__(self, nlp: Language, name: str, model: Model[list[Doc], list[Floats2d]]) -> None:
        """As spaCy calls a factory."""
        self.vocab: Vocab = nlp.vocab
        self.name = name
        self.model = model
        self.cfg: dict[str, Any] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `Doc._.kg_tags`."""
        return TAGS

    def predict(self, docs: Iterable[Doc]) -> Reading:
        """(vectors, probabilities) of the tokens of every document; time and memory are linear in their number."""
        parts = [part for n, doc in enumerate(docs) for part in self._parts(n, doc)]
        read: list[list[tuple[Floats, Floats]]] = [[] for _ in range(1 + parts[-1][0])] if parts else []
        for batch in _batches(parts):
            vectors = self.model.get_ref("tok2vec").predict([tokens for _, tokens, _ in batch])
            chances = self.model.get_ref("output").predict(vectors)
            for (n, _, inner), its, given in zip(batch, vectors, chances, strict=True):
                read[n].append((its[inner], given[inner]))
        return [its[0] if len(its) == 1 else _joined(its) for its in read]

    def set_annotations(self, docs: Iterable[Doc], scores: Reading) -> None:
        """Set `Doc.tensor` and `Doc._.kg_tags`."""
        for doc, (vectors, chances) in zip(docs, scores, strict=True):
            doc.tensor = vectors  # type: ignore[assignment]  # the stub knows float64 only
            doc._.kg_tags = chances

    def get_loss(self, examples: Iterable[Example], scores: Sequence[Any]) -> tuple[float, list[Floats]]:
        """Cross-entropy with the reference's `Doc._.kg_tags`, per unit of weight, and its gradient.

        The reference must have the tokens of the predicted document.  Its rows are the classes' probabilities times
        the weight of the token: a row that sums to one counts fully, one of zeros not at all.
        """
        targets = [example.reference._.kg_tags for example in examples]
        total = max(float(sum(target.sum() for target in targets)), 1e-6)
        loss, gradients = 0.0, []
        for target, given in zip(targets, scores, strict=True):
            loss -= float((target * np.log(given + 1e-9)).sum()) / total
            gradients.append((given * target.sum(axis=1, keepdims=True) - target) / total)
        return loss, gradients

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:  # noqa: ARG002
        """Set the weights to random ones."""
        docs = [example.predicted for example in islice(get_examples(), 10)]
        self.model.initialize(X=docs)

    # What the network sees of a token are hashes: it needs no vocabulary, and stores none.
    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the network."""
        super().to_disk(path, exclude=[*exclude, "vocab"])

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:
        """Read the network that `to_disk` wrote; the model must be configured as that one was."""
        super().from_disk(path, exclude=[*exclude, "vocab"])
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The network in one."""
        data: bytes = super().to_bytes(exclude=[*exclude, "vocab"])
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Take the network that `to_bytes` gave."""
        super().from_bytes(data, exclude=[*exclude, "vocab"])
        return self

    def _parts(self, n: int, doc: Doc) -> Iterator[tuple[int, Tokens, slice]]:
        """(`n`, tokens, those of them that are to be tagged): a long text in parts with the context that counts."""
        embed = self.model.get_ref("tok2vec").get_ref("embed")
        attributes: Any = doc.to_array(embed.attrs["columns"])
        around = self.model.get_ref("tok2vec").get_ref("encode").attrs["pad"]
        for start in range(0, max(len(doc), 1), MOST_TOKENS):
            first = max(start - around, 0)
            tokens = Tokens(attributes[first : start + MOST_TOKENS + around])
            yield n, tokens, slice(start - first, start - first + MOST_TOKENS)


def _batches(parts: Sequence[tuple[int, Tokens, slice]]) -> Iterator[list[tuple[int, Tokens, slice]]]:
    """The parts in batches of about `MOST_TOKENS` tokens."""
    batch: list[tuple[int, Tokens, slice]] = []
    tokens = 0
    for part in parts:
        batch.append(part)
        tokens += len(part[1])
        if tokens >= MOST_TOKENS:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


def _joined(read: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    vectors, chances = zip(*read, strict=True)
    return np.concatenate(vectors), np.concatenate(chances)
