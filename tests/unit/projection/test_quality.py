"""Measures against scikit-learn, brute force, and cases whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_score

from glot.projection.quality import (
    HOW,
    MOST,
    TITLES,
    anisotropy,
    probe_accuracy,
    quality,
    silhouette,
    trustworthiness,
)
from tests.unit.projection.conftest import rows


def test_every_measure_says_how_it_is_computed():
    assert set(HOW) == set(TITLES)


@given(st.integers(2, 12), st.integers(1, 5), st.integers(0, 1000))
def test_anisotropy_is_the_mean_cosine_of_all_pairs(n, width, seed):
    values = np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)
    cosines = [
        float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        for i, a in enumerate(values.astype(float))
        for b in values[:i].astype(float)
    ]
    assert anisotropy(values).value == pytest.approx(np.mean(cosines), abs=1e-9)


def test_anisotropy_of_equal_and_of_opposite_vectors():
    one = np.ones((1, 4), np.float32)
    assert anisotropy(np.repeat(one, 5, axis=0)).value == pytest.approx(1.0)
    assert anisotropy(np.concatenate([one, -one])).value == pytest.approx(-1.0)


def test_vectors_of_zeros_have_no_direction():
    values = np.array([[0, 0], [1, 0], [0, 2]], np.float32)
    found = anisotropy(values)
    assert (found.value, found.told) == (pytest.approx(0.0), "all 1 pairs")
    assert anisotropy(values[:2]).value is None


def test_clouds_far_apart_are_told_apart(two_clouds):
    values, labelled = two_clouds
    found = quality(values, labelled)
    assert found.probe.value == 1.0
    assert "200 rows, 5 folds; the largest class has 50.0%" in found.probe.told
    assert found.silhouette.value == pytest.approx(silhouette_score(values, labelled.labels))
    assert found.silhouette.value > 0.7


def test_labels_without_a_pattern_are_not_learnt():
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 600)
    found = probe_accuracy(random.normal(size=(600, 4)).astype(np.float32), rows(labels))
    # Three standard errors around chance.
    assert found.value == pytest.approx(0.5, abs=0.07)


def test_what_belongs_together_stays_in_one_fold():
    """Texts that occur often, with labels of their own: only those who saw a text know it."""
    random = np.random.default_rng(2)
    kinds = random.integers(0, 2, 60)
    values = np.repeat(np.eye(60, dtype=np.float32) * 10, 5, axis=0)
    labels = np.repeat(kinds, 5)
    apart = rows(labels)
    together = rows(labels, groups=tuple(np.repeat(np.arange(60), 5).tolist()))
    assert probe_accuracy(values, apart).value == 1.0
    assert probe_accuracy(values, together).value < 0.75


def test_equal_texts_are_one_unit_and_groups_come_first():
    plain = rows([0, 1, 0])
    assert len(set(plain.units)) == 3
    assert rows([0, 1, 0], groups=(7, 7, 8)).units == (7, 7, 8)


@pytest.mark.parametrize(
    ("labels", "classes", "told"),
    [
        ([0] * 8, ("a", "b"), "one class"),
        ([0.5, 1.5, 2.5, 3.5], (), "numbers"),
        ([0, 0, 0, 1], ("a", "b"), "one text only"),
    ],
)
def test_what_cannot_be_measured_says_why(labels, classes, told):
    values = np.random.default_rng(0).normal(size=(len(labels), 3)).astype(np.float32)
    found = probe_accuracy(values, rows(labels, classes))
    assert found.value is None
    assert told in found.told


def test_one_row_has_no_measure_and_no_error():
    found = quality(np.ones((1, 3), np.float32), rows([0]))
    assert [found.probe.value, found.silhouette.value, found.anisotropy.value] == [None] * 3
    assert trustworthiness(np.ones((2, 3), np.float32), np.ones((2, 2), np.float32)).value is None


def test_a_class_for_every_row_has_no_silhouette():
    values = np.eye(3, dtype=np.float32)
    found = silhouette(values, rows([0, 1, 2], ("a", "b", "c")))
    assert found.value is None
    assert "one row" in found.told


def test_trustworthiness_by_hand():
    """1 − 2/(Nk(2N−3k−1)) Σ_i Σ_j (r(i,j) − k), over map neighbours that are none in the space."""
    random = np.random.default_rng(3)
    values = random.normal(size=(40, 5)).astype(np.float32)
    places = random.normal(size=(40, 2)).astype(np.float32)
    n, k = 40, 15

    def order(points):
        wide = points.astype(float)
        distance = ((wide[:, None] - wide[None]) ** 2).sum(axis=-1)
        np.fill_diagonal(distance, np.inf)
        return distance.argsort(axis=1)

    near, drawn = order(values), order(places)
    rank = np.empty((n, n), int)
    for i in range(n):
        rank[i, near[i]] = np.arange(1, n + 1)
    penalty = sum(max(0, rank[i, j] - k) for i in range(n) for j in drawn[i, :k])
    expected = 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty
    found = trustworthiness(values, places)
    assert found.value == pytest.approx(expected)
    assert found.told == "40 rows, 15 neighbours"
    assert trustworthiness(values, values[:, :5]).value == pytest.approx(1.0)


def test_of_many_rows_a_draw_is_measured():
    n = MOST + 500
    labels = np.arange(n) % 2
    values = (labels[:, None] + np.random.default_rng(0).normal(size=(n, 2))).astype(np.float32)
    found = silhouette(values, rows(labels))
    assert found.told == f"{MOST:,} rows drawn from {n:,}"
