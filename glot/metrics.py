"""Metrics of the tasks, by scikit-learn and scipy; all times 100, as the paper writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Values = Sequence[float]


def accuracy(labels: Values, predicted: Values) -> float:
    """Share of right predictions, in percent."""
    from sklearn.metrics import accuracy_score

    return 100.0 * float(accuracy_score(labels, predicted))


def f1(labels: Values, predicted: Values) -> float:
    """F1 of class 1 against class 0, in percent; 0 when class 1 is never right (MRPC, QQP)."""
    from sklearn.metrics import f1_score

    return 100.0 * float(f1_score(labels, predicted, zero_division=0.0))


def macro_f1(labels: Values, predicted: Values) -> float:
    """Mean over the classes of their F1, in percent."""
    from sklearn.metrics import f1_score

    return 100.0 * float(f1_score(labels, predicted, average="macro", zero_division=0.0))


def matthews(labels: Values, predicted: Values) -> float:
    """Matthews' correlation coefficient times 100 (CoLA); 0 when all predictions are the same."""
    from sklearn.metrics import matthews_corrcoef

    return 100.0 * float(matthews_corrcoef(labels, predicted))


def spearman(labels: Values, predicted: Values) -> float:
    """Spearman's rank correlation times 100 (STS-B); 0 where one side is constant."""
    from scipy.stats import spearmanr

    return _correlation(spearmanr, labels, predicted)


def pearson(labels: Values, predicted: Values) -> float:
    """Pearson's correlation times 100; 0 where one side is constant."""
    from scipy.stats import pearsonr

    return _correlation(pearsonr, labels, predicted)


def _correlation(function: Callable[..., tuple[float, float]], a: Values, b: Values) -> float:
    if len(set(a)) < 2 or len(set(b)) < 2:
        return 0.0
    return 100.0 * float(function(a, b)[0])


def reciprocal_ranks(
    scores: npt.NDArray[np.floating], relevant: npt.NDArray[np.bool_], cutoff: int = 10
) -> npt.NDArray[np.float64]:
    """1 / rank of each query's first relevant candidate; 0 beyond the cutoff.

    Args:
        scores: (Q, N), of each candidate for each query. Ties count against the query.
        relevant: (Q, N).
        cutoff: the last rank that counts.

    Returns:
        (Q,).
    """
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    rank = 1 + ((scores >= best) & ~relevant).sum(axis=1)
    return np.where(relevant.any(axis=1) & (rank <= cutoff), 1.0 / rank, 0.0)


def mrr_at_10(_: Values, reciprocal: Values) -> float:
    """Mean reciprocal rank, cut off at rank 10, in percent (MS MARCO).

    Args:
        _: the labels; `reciprocal_ranks` has made use of them already.
        reciprocal: 1 / rank or 0 for each query.
    """
    return 100.0 * float(np.mean(reciprocal))


METRICS: dict[str, Callable[[Values, Values], float]] = {
    "accuracy": accuracy,
    "f1": f1,
    "macro_f1": macro_f1,
    "matthews": matthews,
    "spearman": spearman,
    "pearson": pearson,
    "mrr_at_10": mrr_at_10,
}


def interval(
    metric: str, labels: Values, predicted: Values, level: float = 0.95, seed: int = 42
) -> tuple[float, float]:
    """Confidence interval of a metric over the examples it was measured on, in its own unit.

    Wilson's for accuracy; else the percentiles of 1,000 bootstrap draws of examples.

    Args:
        metric: a name in `METRICS`.
        labels: N.
        predicted: N.
        level: confidence level.
        seed: of the bootstrap.
    """
    if metric == "accuracy":
        return accuracy_interval(accuracy(labels, predicted), len(labels), level)
    from scipy.stats import bootstrap

    score = METRICS[metric]
    bounds = bootstrap(
        (np.asarray(labels), np.asarray(predicted)),
        lambda truth, guess: score(truth.tolist(), guess.tolist()),
        paired=True,
        vectorized=False,
        n_resamples=1000,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(bounds.low), float(bounds.high)


def difference_interval(
    metric: str, labels: Values, a: Values, b: Values, level: float = 0.95, seed: int = 42
) -> tuple[float, float]:
    """Confidence interval of how much better one method is than another on the same examples.

    The percentiles of 1,000 bootstrap draws of examples, each with both predictions.

    Args:
        metric: a name in `METRICS`.
        labels: N.
        a: N predictions of one method.
        b: N predictions of the other.
        level: confidence level.
        seed: of the bootstrap.
    """
    from scipy.stats import bootstrap

    score = METRICS[metric]

    def difference(*columns: npt.NDArray[np.float64]) -> float:
        truth, one, other = (column.tolist() for column in columns)
        return score(truth, one) - score(truth, other)

    bounds = bootstrap(
        tuple(map(np.asarray, (labels, a, b))),
        difference,
        paired=True,
        vectorized=False,
        n_resamples=1000,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(bounds.low), float(bounds.high)


def accuracy_interval(value: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of an accuracy, in percent.

    Args:
        value: the accuracy, in percent.
        n: number of examples it was measured on.
        level: confidence level.
    """
    from scipy.stats import binomtest

    right = round(value / 100.0 * n)
    bounds = binomtest(right, n).proportion_ci(confidence_level=level, method="wilson")
    return 100.0 * float(bounds.low), 100.0 * float(bounds.high)
