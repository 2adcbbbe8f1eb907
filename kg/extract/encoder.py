"""`kg_encoder`: a fine-tuned BERT reads the text and says of every token what name it is part of.

The network is an ONNX graph, 8-bit integers inside, run by ONNX Runtime (extra `accurate`).  Sets `Doc._.kg_tags`,
float32 (tokens, 11): the probabilities of the classes O, B-METHOD, I-METHOD, ... (see `kg.extract.tag_spans`);
`Doc.tensor`, float32 (tokens, width): a vector per token; and `Doc._.kg_reader`, which reads roles, relations and
results off the vectors.  What a text gives does not depend on the others of its batch.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ensure_path

from kg.errors import KgError
from kg.extract.tables import MODELS
from kg.models import ENTITY_TYPES, ROLES, EntityType

if not Doc.has_extension("kg_tags"):
    Doc.set_extension("kg_tags", default=None)
if not Doc.has_extension("kg_reader"):
    Doc.set_extension("kg_reader", default=None)

Floats = NDArray[np.float32]
Span = tuple[int, int]
ROLE_NAMES = ("introduces", "uses", "compares", "trains_on", "evaluates_on", "addresses", "reports", "mentions")
FAR = 60  # tokens from one mention to another whose words between are looked at
SHAPES = 9
MOST_PIECES = 500  # of one window; BERT has 512 positions, two go to [CLS] and [SEP]


def shape_of(token: str) -> int:
    """The letters' case of a token, which the uncased vocabulary does not tell: a number below `SHAPES`."""
    letters = [c for c in token if c.isalpha()]
    digits = any(c.isdigit() for c in token)
    if not letters:
        return 1 if digits else 0
    if all(c.islower() for c in letters):
        return 3 if digits else 2
    if len(letters) == 1:
        return 4
    if all(c.isupper() for c in letters):
        return 6 if digits else 5
    if letters[0].isupper() and all(c.islower() for c in letters[1:]) and not digits:
        return 7
    return 8


def windows(doc: Doc, tokenizer: Any) -> list[tuple[list[int], list[int], list[int]]]:
    """The text as the network reads it: (word piece ids, shapes, token numbers) of every window.

    A window holds whole sentences as far as they fit; the token number of [CLS] and [SEP] is -1.  The line feed that
    ends the title is a [SEP].
    """
    texts = [token.text for token in doc]
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    encoded = tokenizer.encode(texts, is_pretokenized=True, add_special_tokens=False)
    pieces: list[list[int]] = [[] for _ in texts]
    for piece, token in zip(encoded.ids, encoded.word_ids, strict=True):
        pieces[token].append(piece)
    title_end = next((i for i, text in enumerate(texts) if "\n" in text), -1)
    if title_end >= 0 and not pieces[title_end]:
        pieces[title_end] = [sep]
    starts = [bool(token.is_sent_start) for token in doc]
    done = []
    ids, shapes, tokens = [cls], [0], [-1]
    sentence = len(ids)  # where the sentence at the end of this window begins
    for i in range(len(texts)):
        its = pieces[i][:MOST_PIECES]
        if starts[i]:
            sentence = len(ids)
        if len(ids) + len(its) > MOST_PIECES + 1:
            cut = sentence if sentence > MOST_PIECES // 2 else len(ids)
            done.append(([*ids[:cut], sep], [*shapes[:cut], 0], [*tokens[:cut], -1]))
            ids, shapes, tokens = [cls, *ids[cut:]], [0, *shapes[cut:]], [-1, *tokens[cut:]]
            sentence = 1
        shape = shape_of(texts[i])
        ids += its
        shapes += [shape] * len(its)
        tokens += [i] * len(its)
    done.append(([*ids, sep], [*shapes, 0], [*tokens, -1]))
    return done


def first_pieces(tokens: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(positions of the first piece of every token of a window, those tokens' numbers)."""
    numbers = np.asarray(tokens)
    first = np.flatnonzero((numbers >= 0) & (numbers != np.roll(numbers, 1)))
    return first, numbers[first]


def nearest(one: Sequence[Span], two: Sequence[Span]) -> Span:
    """The tokens from the one mention to the other, ends included, of the pair with the fewest."""
    return min(
        ((min(a[0], b[0]), max(a[1], b[1])) for a in one for b in two), key=lambda span: (span[1] - span[0], span)
    )


class Reader:
    """The heads on the token vectors of one text.

    `labels` are METHOD, DATASET, BENCHMARK, TASK or METRIC; an entity is the list of its mentions, token spans.
    """

    def __init__(self, rows: Floats, weights: dict[str, Floats]) -> None:
        """`rows`: (tokens, width); `weights`: the heads' parameters by name."""
        self.rows = rows
        self._sums = np.vstack([np.zeros((1, rows.shape[1]), dtype=np.float32), np.cumsum(rows, axis=0)])
        self._weights = weights
        self._entities: dict[tuple[Span, ...], Floats] = {}

    def roles(self, mentions: Sequence[Span], label: str) -> dict[str, float]:
        """Logarithms of the probabilities of the roles that a thing of this type can have."""
        number = _number(label)
        whole = self.rows.mean(axis=0)
        scores = self._head("roles", np.hstack([self._entity(mentions), whole, self._label([number])[0]])[None])[0]
        allowed = ROLES[ENTITY_TYPES[number]]
        chances = _log_softmax(scores[[ROLE_NAMES.index(role) for role in allowed]])
        return dict(zip(allowed, chances.tolist(), strict=True))

    def relations(
        self, heads: Sequence[Sequence[Span]], tails: Sequence[Sequence[Span]], labels: Sequence[str]
    ) -> Floats:
        """(pairs, 8): logarithms of the probabilities of no relation and each relation type, in the models' order.

        `labels`: the tails' types.
        """
        one = np.array([self._entity(head) for head in heads])
        two = np.array([self._entity(tail) for tail in tails])
        between = np.array([self._between(a, b) for a, b in zip(heads, tails, strict=True)])
        numbers = self._label([_number(label) for label in labels])
        return _log_softmax(self._head("relations", np.hstack([one, two, one * two, between, numbers])))

    def values(self, tokens: Sequence[int]) -> Floats:
        """(numbers, 3): logarithms of the probabilities that a number is no result, a score, a difference."""
        return _log_softmax(self._head("values", self.rows[list(tokens)]))

    def belongs(self, tokens: Sequence[int], entities: Sequence[Sequence[Span]], labels: Sequence[str]) -> Floats:
        """(numbers, entities): the log-odds that an entity is the metric, data set or method of a number."""
        numbers = self._label([_number(label) for label in labels])
        its = np.array([self._entity(entity) for entity in entities])
        odds = []
        for token in tokens:
            between = np.array([self._between([(token, token + 1)], entity) for entity in entities])
            row = np.broadcast_to(self.rows[token], its.shape)
            odds.append(self._head("belongs", np.hstack([row, its, between, numbers]))[:, 0])
        return np.array(odds, dtype=np.float32).reshape(len(tokens), len(entities))

    def _entity(self, mentions: Sequence[Span]) -> Floats:
        """The vector of an entity: its mentions, each the mean of its ends, weighed by attention."""
        key = tuple(mentions)
        if key not in self._entities:
            its = (self.rows[[a for a, _ in key]] + self.rows[[b - 1 for _, b in key]]) / 2
            drawn = its @ self._weights["attention.weight"].T
            weight = np.exp(drawn - drawn.max())
            self._entities[key] = (its * weight / weight.sum()).sum(axis=0)
        return self._entities[key]

    def _between(self, one: Sequence[Span], two: Sequence[Span]) -> Floats:
        """The mean vector from the one entity to the other where they stand nearest; zeros if that is far."""
        a, b = nearest(one, two)
        mean: Floats = (self._sums[b] - self._sums[a]) / (b - a)
        return mean if b - a <= FAR else np.zeros_like(mean)

    def _label(self, numbers: list[int]) -> Floats:
        found: Floats = self._weights["label.weight"][numbers]
        return found

    def _head(self, name: str, inputs: Floats) -> Floats:
        weights = self._weights
        hidden: Any = inputs @ weights[f"{name}.0.weight"].T + weights[f"{name}.0.bias"]
        # GELU by its tanh form (Hendrycks and Gimpel 2016): NumPy has no error function.
        hidden *= 0.5 * (1 + np.tanh(0.7978845608 * (hidden + 0.044715 * hidden**3)))
        found: Floats = hidden @ weights[f"{name}.3.weight"].T + weights[f"{name}.3.bias"]
        return found


def _number(label: str) -> int:
    type_: EntityType = label.lower()  # type: ignore[assignment]
    return ENTITY_TYPES.index(type_)


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


@Language.factory("kg_encoder")
class Encoder:
    """See the module's docstring.  Made by `nlp.add_pipe` it has the shipped network."""

    files = ("encoder.onnx", "tokenizer.json", "heads.npz")

    def __init__(self, nlp: Language, name: str) -> None:  # noqa: ARG002
        """`nlp` and `name` are what spaCy hands to every factory."""
        self.name = name
        self._data: dict[str, bytes] = {}
        self._session: Any = None
        self._tokenizer: Any = None
        self._weights: dict[str, Floats] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Set `Doc._.kg_tags`, `Doc.tensor` and `Doc._.kg_reader`."""
        if not len(doc):
            return doc
        if self._session is None:
            self._load()
        rows: Any = None
        for ids, shapes, tokens in windows(doc, self._tokenizer):
            hidden = self._session.run(None, {"ids": np.array([ids]), "shapes": np.array([shapes])})[0][0]
            first, numbers = first_pieces(tokens)
            if rows is None:
                rows = np.zeros((len(doc), hidden.shape[1]), dtype=np.float32)
            rows[numbers] = hidden[first]
        scores = rows @ self._weights["tags.weight"].T + self._weights["tags.bias"]
        doc._.kg_tags = np.exp(_log_softmax(scores))
        doc.tensor = rows
        doc._.kg_reader = Reader(rows, self._weights)
        return doc

    def _load(self) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  # only who chose this model has it
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            message = "the model `accurate` needs ONNX Runtime: pip install 'abstract-kg[accurate]'"
            raise KgError(message) from error
        if not self._data:
            self.from_disk(MODELS / "accurate" / "kg_encoder")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # many texts are read by many processes
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            self._data["encoder.onnx"], options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_str(self._data["tokenizer.json"].decode())
        with np.load(io.BytesIO(self._data["heads.npz"])) as arrays:
            self._weights = {name: arrays[name].astype(np.float32) for name in arrays.files}

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:  # noqa: ARG002
        """Write the network, its vocabulary and the heads."""
        folder = ensure_path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self._data.items():
            (folder / name).write_bytes(data)

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:  # noqa: ARG002
        """Take what `to_disk` wrote; it is made ready with the first text."""
        self._data = {name: (ensure_path(path) / name).read_bytes() for name in self.files}
        self._session = None
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:  # noqa: ARG002
        """All files in one."""
        return srsly.msgpack_dumps(self._data)  # type: ignore[no-any-return]

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:  # noqa: ARG002
        """Take what `to_bytes` gave."""
        self._data = srsly.msgpack_loads(data)
        self._session = None
        return self
