"""Places by principal components; the force layout's tests stand in test_graph.py."""

import numpy as np
import pytest

from glot.graph.layout import FEW, principal_layout


def states(tokens, width, seed=0):
    """Tokens whose first directions differ much more than the last ones."""
    random = np.random.default_rng(seed)
    falling = 0.8 ** np.arange(width)
    return (random.normal(size=(tokens, width)) * falling + 3).astype(np.float32)


@pytest.mark.parametrize(("tokens", "width"), [(3, 2), (10, 40), (FEW, 300), (200, 100)])
def test_the_components_are_those_of_the_centred_states(tokens, width):
    given = states(tokens, width)
    centred = given.astype(np.float64) - given.mean(axis=0, dtype=np.float64)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    expected = u[:, :2] * s[:2]
    expected /= np.abs(expected).max()
    found = principal_layout(given)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=2e-3)
    for axis in (0, 1):
        assert abs(found[:, axis] @ expected[:, axis]) == pytest.approx(
            (expected[:, axis] ** 2).sum(), rel=1e-3
        )


@pytest.mark.parametrize("tokens", [5, 100])
def test_places_are_the_same_every_time_and_the_farthest_token_is_positive(tokens):
    given = states(tokens, 90)
    found = principal_layout(given)
    assert np.array_equal(found, principal_layout(given))
    assert np.abs(found).max() == 1
    for axis in (0, 1):
        assert found[np.abs(found[:, axis]).argmax(), axis] > 0
    # A mirrored space has the same components.
    np.testing.assert_allclose(np.abs(principal_layout(-given)), np.abs(found), atol=2e-3)


@pytest.mark.parametrize(("tokens", "width"), [(1, 4), (2, 4), (70, 90)])
def test_equal_states_stand_in_the_middle(tokens, width):
    given = np.tile(states(1, width), (tokens, 1))
    assert not principal_layout(given).any()


def test_a_component_that_the_states_lack_is_zero():
    two = principal_layout(np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32))
    assert sorted(np.round(two[:, 0], 6)) == [-1, 1]
    np.testing.assert_allclose(two[:, 1], 0, atol=1e-6)
    line = principal_layout(np.array([[0.0], [1.0], [4.0]], dtype=np.float32))
    np.testing.assert_allclose(line, [[-5 / 7, 0], [-2 / 7, 0], [1, 0]], atol=1e-6)
