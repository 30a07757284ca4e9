"""What heads say of reported rows: confusion, worst errors, paired differences, the table."""

import json

import numpy as np
import pytest

from glot.metrics import METRICS, difference_interval
from glot.training.compared import as_lines, compare
from glot.training.reported import Reported


def reported(labels, predicted, certainty=None, classes=("a", "b", "c")):
    n = len(labels)
    sure = np.full(n, 0.5) if certainty is None else np.array(certainty)
    values = (np.array(labels, float), np.array(predicted, float), sure)
    return Reported("test", ("accuracy", "macro_f1"), classes, "d", *values)


def test_confusion_and_worst_errors_by_hand(tmp_path):
    own = reported([0, 0, 1, 2, 2], [0, 1, 1, 0, 1], [0.9, 0.6, 0.8, 0.7, 0.99])
    assert own.confusion().tolist() == [[1, 1, 0], [0, 1, 0], [1, 1, 0]]
    assert own.errors() == [4, 3, 1]
    own.write(tmp_path)
    back = Reported.read(tmp_path)
    assert back.confusion().tolist() == own.confusion().tolist()
    assert (back.classes, back.metrics, back.digest) == (own.classes, own.metrics, "d")
    numbers = reported([0.0, 5.0, 2.0], [0.5, 1.0, 2.0], classes=())
    assert numbers.errors() == [1, 0, 2]


def test_differences_are_paired():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 400)
    # Right on the same rows but for eight, where b is wrong: a pair tells them apart easily.
    a = np.where(random.random(400) < 0.7, labels, 1 - labels)
    b = a.copy()
    better = np.flatnonzero(a == labels)[:8]
    b[better] = 1 - labels[better]
    low, high = difference_interval("accuracy", labels.tolist(), a.tolist(), b.tolist())
    assert 0 < low < 2.0 < high < 4
    # By theory: eight of 400 rows differ, so the count of a draw is binomial.
    draws = random.binomial(400, 8 / 400, 200_000) / 4
    assert low == pytest.approx(np.quantile(draws, 0.025), abs=0.26)
    assert high == pytest.approx(np.quantile(draws, 0.975), abs=0.26)
    assert difference_interval("accuracy", labels.tolist(), a.tolist(), a.tolist()) == (0, 0)
    assert METRICS["accuracy"](labels, a) - METRICS["accuracy"](labels, b) == pytest.approx(2.0)


def test_the_table_without_mean_pooling_compares_with_the_first():
    card = json.loads('{"validation": 1, "parameters": 2000, "seconds": 3}')

    class Card:
        metrics = card

    found = {
        "max": (Card, reported([0, 1, 2], [0, 1, 1])),
        "glot": (Card, reported([0, 1, 2], [0, 1, 2])),
    }
    table = compare(found)
    assert [line.difference for line in table] == [None, pytest.approx(100 / 3)]
    lines = as_lines(table, "accuracy", "test")
    assert "minus max" in lines[0]
    assert "+33.33" in lines[2]
    assert "2,000 parameters" in lines[2]
