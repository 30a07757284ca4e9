"""The stored map: what the shipped heads say, and what happens to a broken file."""

import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from glot.errors import GlotError
from glot.heads.shelf import load_heads
from glot.projection import bundle as module
from glot.projection.bundle import (
    BACKBONE,
    POOLERS,
    PROTOCOL,
    RATIO,
    TASK,
    N,
    bundle_path,
    read_bundle,
    stored_map,
    write_bundle,
)
from glot.projection.export import map_parquet
from glot.projection.maps import principal_axes
from glot.projection.quality import quality, trustworthiness
from glot.projection.rows import MapRows, stress_rows
from glot.projection.vectors import embed_rows, ways


@pytest.fixture(scope="module")
def stored():
    found = stored_map()
    assert found is not None, "run `python -m glot.projection.bundle`"
    return found


def test_it_is_small_and_holds_the_generated_texts(stored):
    assert bundle_path().stat().st_size < 1_500_000
    assert stored.rows == stress_rows(PROTOCOL, (RATIO,), N)
    assert tuple(stored.parts) == POOLERS


def test_the_vectors_are_those_of_the_shipped_heads(stored, minilm):
    some = stress_rows(PROTOCOL, (RATIO,), 40)
    heads = load_heads(minilm, TASK).check_sound().heads
    made = embed_rows(some, minilm, ways(POOLERS, minilm, heads), lambda *_: None)
    for name, part in stored.parts.items():
        np.testing.assert_allclose(
            part.vectors.values[:40], made[name].values, rtol=2e-3, atol=2e-3
        )
        assert (part.vectors.predictions[:40] == made[name].predictions).mean() >= 0.95
        assert part.vectors.lengths[:40].tolist() == made[name].lengths.tolist()
        assert part.vectors.trained


def test_the_measures_are_those_of_the_stored_vectors(stored):
    part = stored.parts["glot"]
    values = part.vectors.values
    again = quality(values, stored.rows)
    assert part.quality.probe.told == again.probe.told
    assert part.quality.probe.value == pytest.approx(again.probe.value, abs=0.01)
    assert part.quality.silhouette.value == pytest.approx(again.silhouette.value, abs=1e-4)
    assert part.quality.anisotropy.value == pytest.approx(again.anisotropy.value, abs=1e-6)
    axes = principal_axes(values)
    np.testing.assert_allclose(np.abs(np.diag(axes.axes @ part.principal.axes.T)), 1, atol=1e-3)
    places = axes.fitted(values, 2).coordinates
    assert part.trust[2].value == pytest.approx(trustworthiness(values, places).value, abs=1e-3)


def test_it_is_not_used_with_other_heads(monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert stored_map() is None
    weights = tmp_path / BACKBONE / TASK / "glot" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"others")
    assert stored_map() is None


def test_written_and_read_again_it_is_the_same(stored, tmp_path):
    path = tmp_path / "again.safetensors"
    write_bundle(path, stored)
    assert path.read_bytes() == bundle_path().read_bytes()
    again = read_bundle(path)
    assert again.rows == stored.rows
    np.testing.assert_array_equal(
        again.parts["mean"].vectors.values, stored.parts["mean"].vectors.values
    )


@pytest.mark.parametrize("content", [None, b"", b"no safetensors", b"\x80\x04K\x01."])
def test_a_broken_file_is_told(tmp_path, content, monkeypatch):
    path = tmp_path / "embedding.safetensors"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(module, "bundle_path", lambda: path)
    with pytest.raises(GlotError, match="cannot be read"):
        stored_map()


def test_the_parquet_file_holds_coordinates_and_vectors(stored):
    parts = stored.parts
    vectors = {name: part.vectors for name, part in parts.items()}
    maps = {"glot": parts["glot"].principal.fitted(parts["glot"].vectors.values, 3)}
    content = map_parquet(stored.rows, vectors, maps, {"backbone": BACKBONE})
    table = pq.read_table(io.BytesIO(content))
    frame = table.to_pandas()
    assert frame["text"].tolist() == list(stored.rows.texts)
    assert frame["class"].tolist() == [stored.rows.label(i) for i in range(N)]
    np.testing.assert_array_equal(np.stack(frame["glot_vector"]), vectors["glot"].values)
    places = frame[["glot_x", "glot_y", "glot_z"]].to_numpy()
    np.testing.assert_array_equal(places, maps["glot"].coordinates)
    assert "mean_x" not in frame
    assert table.schema.metadata[b"glot.backbone"] == b"minilm"


def test_half_a_letter_cannot_be_exported(stored):
    rows = MapRows(("\ud800",), (0.0,), (), "file")
    with pytest.raises(GlotError, match="valid Unicode"):
        map_parquet(rows, {}, {}, {})
