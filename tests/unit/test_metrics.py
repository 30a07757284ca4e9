"""Every metric against known vectors, worked out by hand or by another way of computing."""

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import label_ranking_average_precision_score

from glot.metrics import METRICS, accuracy_interval, interval, reciprocal_ranks

LABELS = [1, 1, 1, 0, 0, 0, 0, 1]
GUESSES = [1, 1, 0, 0, 0, 1, 0, 1]  # 3 right of class 1, 1 missed, 1 false, 3 right of class 0


def test_accuracy_is_in_percent():
    assert METRICS["accuracy"](LABELS, GUESSES) == 75.0


def test_f1():
    assert METRICS["f1"](LABELS, GUESSES) == pytest.approx(100 * 2 * 3 / (2 * 3 + 1 + 1))
    assert METRICS["f1"]([1, 0], [0, 0]) == 0.0


def test_macro_f1_is_the_mean_over_classes():
    labels, guesses = [0, 0, 1, 2], [0, 1, 1, 1]
    # Class 0: 2/3; class 1: 2·1/(2·1 + 2) = 1/2; class 2: 0.
    assert METRICS["macro_f1"](labels, guesses) == pytest.approx(100 * (2 / 3 + 1 / 2) / 3)


def test_matthews():
    # (TP·TN − FP·FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN))
    expected = (3 * 3 - 1 * 1) / (4 * 4 * 4 * 4) ** 0.5
    assert METRICS["matthews"](LABELS, GUESSES) == pytest.approx(100 * expected)
    assert METRICS["matthews"]([0, 1], [1, 1]) == 0.0


def test_correlations():
    random = np.random.default_rng(0)
    a, b = random.normal(size=50), random.normal(size=50)
    b = np.round(a + b, 1)
    pearson, spearman = METRICS["pearson"], METRICS["spearman"]
    assert pearson(a.tolist(), b.tolist()) == pytest.approx(100 * np.corrcoef(a, b)[0, 1])
    ranks = np.corrcoef(rankdata(a), rankdata(b))[0, 1]
    assert spearman(a.tolist(), b.tolist()) == pytest.approx(100 * ranks)
    assert spearman([1, 2, 3], [10, 20, 1000]) == pytest.approx(100)
    assert pearson([1, 2, 3], [5, 5, 5]) == spearman([1, 2, 3], [5, 5, 5]) == 0.0


def test_reciprocal_ranks_by_hand():
    scores = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.3, 0.3, 0.1]])
    relevant = np.array([[1, 0, 0], [0, 1, 1], [0, 1, 0]], dtype=bool)
    # A tie counts against the query.
    assert reciprocal_ranks(scores, relevant).tolist() == [1, 1 / 2, 1 / 2]
    assert reciprocal_ranks(scores, relevant, cutoff=1).tolist() == [1, 0, 0]
    assert reciprocal_ranks(scores[:1], np.zeros((1, 3), dtype=bool)).tolist() == [0]


def test_mean_reciprocal_rank_against_scikit_learn():
    random = np.random.default_rng(1)
    scores, relevant = random.normal(size=(40, 30)), np.zeros((40, 30), dtype=bool)
    relevant[np.arange(40), random.integers(0, 30, 40)] = True
    ranks = reciprocal_ranks(scores, relevant, cutoff=30)
    # With one relevant candidate each, the two are the same thing.
    expected = 100 * label_ranking_average_precision_score(relevant, scores)
    assert METRICS["mrr_at_10"]([1] * 40, ranks.tolist()) == pytest.approx(expected)
    cut = reciprocal_ranks(scores, relevant)
    assert set(cut[cut < 1 / 10]) <= {0.0}
    assert (cut == 0).any()


def test_wilsons_interval():
    # Published example: 50 of 100 gives 40.38 % to 59.62 %.
    assert accuracy_interval(50.0, 100) == pytest.approx((40.38, 59.62), abs=0.01)
    assert interval("accuracy", [1] * 100, [1] * 50 + [0] * 50) == pytest.approx(
        accuracy_interval(50.0, 100)
    )
    low, high = accuracy_interval(100.0, 20)
    assert 80 < low < 90
    assert high == pytest.approx(100)


def test_the_bootstrap_covers_what_theory_says():
    random = np.random.default_rng(2)
    a = random.normal(size=400)
    b = 0.6 * a + 0.8 * random.normal(size=400)
    low, high = interval("pearson", a.tolist(), b.tolist())
    # Fisher's interval for r: tanh(atanh(r) ± 1.96 / √(n − 3)).
    middle = np.arctanh(np.corrcoef(a, b)[0, 1])
    expected = [100 * np.tanh(middle + d / np.sqrt(397)) for d in (-1.96, 1.96)]
    assert [low, high] == pytest.approx(expected, abs=1.5)
    assert interval("pearson", a.tolist(), b.tolist()) == (low, high)
