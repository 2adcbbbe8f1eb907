"""Fit a table of weights: a multinomial logistic regression over named features."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from kg.extract.tables import Weights

LEAST_WEIGHT = 0.02  # rows with no larger weight are left out
MOST_STEPS = 1000
# Features whose names begin with one of these stay out of every table; for the ablation.
LEFT_OUT: tuple[str, ...] = ()


class Numbered:
    """Named features of many examples in little room: rows of a sparse matrix, whose columns `names` names.

    Rows can be made paper by paper and put together in any choice, as cross-validation does.
    """

    def __init__(self) -> None:
        """No feature is known yet."""
        self.names: dict[str, int] = {}

    def rows(self, examples: Sequence[Mapping[str, float]]) -> csr_matrix:
        """The examples as rows; the matrix has as many columns as there are names so far."""
        values, columns, ends = array("f"), array("i"), array("q", [0])
        for features in examples:
            for name, value in features.items():
                columns.append(self.names.setdefault(name, len(self.names)))
                values.append(value)
            ends.append(len(columns))
        parts = (np.frombuffer(values, np.float32), np.frombuffer(columns, np.int32), np.frombuffer(ends, np.int64))
        return csr_matrix(parts, shape=(len(examples), len(self.names)))


def fit_weights(
    examples: Sequence[tuple[Mapping[str, float], int]],
    classes: Sequence[str],
    penalty: float,
    least_count: int = 6,
    counts: Sequence[float] | None = None,
) -> Weights:
    """The weights that make the examples most probable.

    Args:
        examples: named features (value 1.0 where they only hold) and the number of the class.
        classes: the classes' names.
        penalty: of L2 regularisation, relative to the mean loss of an example.
        least_count: features of fewer examples are left out.
        counts: how much each example counts, once unless given.
    """
    numbered = Numbered()
    matrix = numbered.rows([features for features, _ in examples])
    return fit_rows(
        matrix, list(numbered.names), [label for _, label in examples], classes, penalty, least_count, counts
    )


def fit_rows(
    matrix: csr_matrix,
    names: Sequence[str],
    labels: Sequence[int],
    classes: Sequence[str],
    penalty: float,
    least_count: int = 6,
    counts: Sequence[float] | None = None,
) -> Weights:
    """The same from rows (examples, features), the names of the columns and the numbers of the rows' classes."""
    having = np.bincount(matrix.indices, minlength=len(names))
    # What stands in no cell of a tab-separated file is no feature.
    kept = [
        n
        for n in np.flatnonzero(having >= least_count).tolist()
        if not re.search(r"[\t\n\r]", names[n]) and not names[n].startswith(LEFT_OUT)
    ]
    kept.sort(key=names.__getitem__)
    # scikit-learn sums the loss over the examples; divided by their number, the penalty does not depend on it.
    each = np.ones(len(labels)) if counts is None else np.asarray(counts, dtype=np.float64)
    model = LogisticRegression(C=1 / (penalty * each.sum()), max_iter=MOST_STEPS)
    with threadpool_limits(1):  # its products are too small for more threads
        model.fit(matrix[:, kept].astype(np.float64), labels, sample_weight=each)
    found = np.vstack([model.intercept_, model.coef_.T])
    if found.shape[1] == 1:  # two classes have one column: how much speaks for the second
        found = np.hstack([-found / 2, found / 2])
    table = np.zeros((1 + len(kept), len(classes)))
    table[:, model.classes_] = found
    rows = {
        name: tuple(round(float(value), 2) for value in row)
        for name, row in zip(["bias", *(names[n] for n in kept)], table, strict=True)
        if name == "bias" or np.abs(row).max() >= LEAST_WEIGHT
    }
    return Weights(tuple(classes), rows)
