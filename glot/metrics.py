"""Metrics of the tasks, by scikit-learn and scipy; all times 100, as the paper writes them."""

from __future__ import annotations

from collections.abc import Sequence


def accuracy(labels: Sequence[int], predicted: Sequence[int]) -> float:
    """Share of right predictions, in percent."""
    from sklearn.metrics import accuracy_score

    return 100.0 * float(accuracy_score(labels, predicted))


def accuracy_interval(value: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of an accuracy, in percent.

    Args:
        value: the accuracy, in percent.
        n: number of examples it was measured on.
        level: confidence level.
    """
    from scipy.stats import binomtest

    right = round(value / 100.0 * n)
    interval = binomtest(right, n).proportion_ci(confidence_level=level, method="wilson")
    return 100.0 * float(interval.low), 100.0 * float(interval.high)
