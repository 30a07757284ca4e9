"""Rows and vectors whose measures are known."""

from __future__ import annotations

import numpy as np
import pytest

from glot.projection.rows import MapRows


@pytest.fixture
def two_clouds():
    """200 vectors of width 6 in two clouds far apart, one for each class."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    values = random.normal(size=(200, 6)).astype(np.float32)
    values[:, 0] += 20 * labels
    return values, rows(labels)


def rows(labels, classes=("a", "b"), **given):
    """Rows with these labels and texts of their own."""
    texts = tuple(f"text {i}" for i in range(len(labels)))
    return MapRows(texts, tuple(float(label) for label in labels), tuple(classes), "test", **given)
