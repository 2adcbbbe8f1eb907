"""What a tagger's probabilities (`Doc._.kg_tags`) say of spans: which may be names, and how likely each is one.

`Doc._.kg_tags` (None without a tagger) is a float32 array (tokens, 11): the probabilities of the classes O, B-METHOD,
I-METHOD, B-DATASET, I-DATASET, ... of every token (Ramshaw and Marcus, Text chunking using transformation-based
learning, VLC 1995).  The tokens' classes count as independent, so that a span is a name of a label with the probability
P(B) of its first token times P(I) of the others times 1 - P(I) of the token after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

LEAST = 0.1  # probability of a span that may be a name
LONGEST = 24  # tokens of one
CLIP = 6.0  # log-odds are kept between -6 and 6
_TINY = 1e-6

Floats = NDArray[np.float64]


def tags_of(doc: Doc) -> Floats | None:
    """The tagger's probabilities, None if none has read the text."""
    found = doc._.kg_tags if Doc.has_extension("kg_tags") else None
    return None if found is None else np.clip(found, _TINY, 1 - _TINY).astype(np.float64)


def likely(tags: Floats) -> Iterator[tuple[int, int, int]]:
    """(start, end, number of the label) of every span that is a name, of whatever label, with at least `LEAST`."""
    begins = tags[:, 1::2].sum(axis=1).tolist()
    inside = [*tags[:, 2::2].sum(axis=1).tolist(), 0.0]
    for start in range(len(begins)):
        chance = begins[start]
        end = start + 1
        while chance >= LEAST and end - start <= LONGEST:
            if chance * (1 - inside[end]) >= LEAST:
                labels = tags[start, 1::2] + tags[start:end, 2::2].sum(axis=0)
                yield start, end, int(labels.argmax())
            chance *= inside[end]
            end += 1


def log_odds(tags: Floats, spans: Sequence[tuple[int, int]]) -> list[list[float]]:
    """For every span the log-odds that it is a name of each label, and last that none of its tokens is in a name."""
    starts = np.array([start for start, _ in spans], dtype=np.intp)
    ends = np.array([end for _, end in spans], dtype=np.intp)
    logs = np.log(tags)
    inside = np.vstack([np.zeros((1, 6)), np.cumsum(logs[:, [2, 4, 6, 8, 10, 0]], axis=0)])
    ended = np.vstack([np.log1p(-tags[:, 2::2]), np.zeros((1, 5))])
    named = logs[starts, 1::2] + inside[ends, :5] - inside[starts + 1, :5] + ended[ends]
    outside = inside[ends, 5:] - inside[starts, 5:]
    # The sums of long texts are exact to some 1e-9 only.
    chances = np.minimum(np.hstack([named, outside]), -1e-9)
    odds: list[list[float]] = np.clip(chances - np.log(-np.expm1(chances)), -CLIP, CLIP).tolist()
    return odds
