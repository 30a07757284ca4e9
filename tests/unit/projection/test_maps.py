"""Maps against numpy and scikit-learn, and what none can be made of."""

import numpy as np
import pytest

from glot.errors import GlotError
from glot.projection import maps, tsne
from glot.projection.maps import KINDS, fit_map, principal_axes


def quiet(share, told):
    assert 0 <= share <= 1
    assert told


def clouds(n=60, width=8, seed=0):
    """Three clouds far apart, and the cloud of each vector."""
    random = np.random.default_rng(seed)
    kind = np.arange(n) % 3
    values = random.normal(size=(n, width))
    values[:, 0] += 30 * kind
    values[:, 1] += 30 * (kind == 1)
    return values.astype(np.float32), kind


def neighbours_agree(coordinates, kind):
    """Share of points whose nearest neighbour is of their own cloud."""
    wide = coordinates.astype(float)
    distance = ((wide[:, None] - wide[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(distance, np.inf)
    return float((kind[distance.argmin(axis=1)] == kind).mean())


@pytest.mark.parametrize("dimensions", [2, 3])
def test_pca_is_the_singular_value_decomposition(dimensions):
    values, _ = clouds()
    found = fit_map("pca", values, dimensions, quiet)
    centred = values.astype(float) - values.astype(float).mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    expected = (u * s)[:, :dimensions]
    # A direction may point either way.
    signs = np.sign((expected * found.coordinates).sum(axis=0))
    np.testing.assert_allclose(found.coordinates, expected * signs, atol=1e-3)
    np.testing.assert_allclose(found.shares, (s**2 / (s**2).sum())[:dimensions], rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_clouds_stay_clouds_and_a_known_vector_lands_in_its_own(kind):
    values, cloud = clouds()
    found = fit_map(kind, values, 2, quiet)
    assert found.coordinates.shape == (60, 2)
    assert found.coordinates.dtype == np.float32
    assert neighbours_agree(found.coordinates, cloud) == 1.0
    again = found.place(values[:3] + 0.01)
    nearest = ((found.coordinates[None] - again[:, None]) ** 2).sum(axis=-1).argmin(axis=1)
    assert cloud[nearest].tolist() == cloud[:3].tolist()
    assert found.exact == (kind != "tsne")


def test_tsne_puts_a_new_vector_where_its_nearest_neighbour_stands():
    values, _ = clouds()
    found = fit_map("tsne", values, 2, quiet)
    np.testing.assert_array_equal(found.place(values[5:7]), found.coordinates[5:7])


@pytest.mark.parametrize("kind", ["umap", "tsne"])
def test_the_same_vectors_give_the_same_map_in_three_dimensions(kind):
    values, _ = clouds(30)
    first, second = (fit_map(kind, values, 3, quiet).coordinates for _ in range(2))
    assert first.shape == (30, 3)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", ["umap", "tsne"])
def test_progress_rises_and_a_cancelled_map_stops(kind):
    values, _ = clouds(40)
    heard = []
    fit_map(kind, values, 2, lambda share, _: heard.append(share))
    assert heard == sorted(heard)
    assert len(heard) > 5

    class StopError(Exception):
        pass

    def stop(share, told):
        if share > 0.4:
            raise StopError

    with pytest.raises(StopError):
        fit_map(kind, values, 2, stop)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fewest_rows_that_are_accepted_are_enough(kind):
    n = maps.FEWEST[kind]
    values = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    for dimensions in (2, 3):
        assert fit_map(kind, values, dimensions, quiet).coordinates.shape == (n, dimensions)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.ones((1, 4), np.float32), "1 row."),
        (np.ones((9, 4), np.float32), "All 9 vectors are equal"),
        (np.full((9, 4), np.nan, np.float32), "9 of 9 vectors of this map hold NaN"),
    ],
    ids=["one row", "all equal", "nan"],
)
def test_what_has_no_map_is_told(kind, values, told):
    with pytest.raises(GlotError, match=told):
        fit_map(kind, values, 2, quiet)


def test_unknown_maps_and_too_many_rows_are_told():
    values, _ = clouds(6)
    with pytest.raises(GlotError, match="A map 'isomap' in 2"):
        fit_map("isomap", values, 2, quiet)
    with pytest.raises(GlotError, match="in 4 dimensions"):
        fit_map("pca", values, 4, quiet)
    many = np.zeros((maps.MOST["tsne"] + 1, 2), np.float32)
    with pytest.raises(GlotError, match="at most 5,000"):
        fit_map("tsne", many, 2, quiet)


def test_two_rows_lie_on_a_line():
    axes = principal_axes(np.array([[0, 0, 0], [0, 3, 4]], np.float32))
    places = axes.fitted(np.array([[0, 0, 0], [0, 3, 4]], np.float32), 3).coordinates
    assert np.ptp(places[:, 0]) == pytest.approx(5)
    assert not np.abs(places[:, 1:]).max() > 1e-5


def test_a_process_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(tsne, "PERPLEXITY", "no number")
    monkeypatch.setattr(tsne, "VECTORS", "elsewhere.npy")
    with pytest.raises(GlotError, match=r"failed: .*vectors\.npy"):
        tsne.tsne(clouds(6)[0], 2, quiet)
