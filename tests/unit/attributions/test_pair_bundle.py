"""Stored pairs: they come back whole, broken ones are told, and stale ones are not shown."""

import subprocess
import sys

import numpy as np
import pytest

from glot.attributions.pair import PairExplanation
from glot.attributions.pair_bundle import PAIR, SECOND, read_pair, write_pair
from glot.attributions.pair_examples import PAIR_BACKBONE, PAIR_TASK, pair_examples, stored_pair
from glot.attributions.pair_report import pair_record
from glot.errors import GlotError
from glot.heads.checkpoint import weights_digests
from glot.heads.shelf import load_heads
from glot.paths import ROOT
from tests.unit.attributions.pairs import LABELS, compared


def same(a: PairExplanation, b: PairExplanation) -> None:
    for name, value in vars(a).items():
        other = getattr(b, name)
        if isinstance(value, dict):
            assert set(value) == set(other)
            for key, table in value.items():
                np.testing.assert_array_equal(table, other[key])
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, other)
        elif name not in ("first", "second"):
            assert value == other


def test_a_stored_pair_comes_back_whole(pair, tmp_path):
    write_pair(tmp_path / "one", pair, {"glot": "abc"})
    found = read_pair(tmp_path / "one")
    assert found.heads == {"glot": "abc"}
    same(pair, found.pair)
    assert pair_record(found.pair, 0.3, 0.5) == pair_record(pair, 0.3, 0.5)


def test_a_shipped_pair_written_again_is_the_same_files(tmp_path):
    for example in pair_examples():
        bundle = read_pair(example.folder)
        write_pair(tmp_path, bundle.pair, bundle.heads)
        for path in example.folder.iterdir():
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", [PAIR, SECOND])
@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_a_broken_stored_pair_is_told(pair, tmp_path, name, content):
    write_pair(tmp_path, pair, {})
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GlotError, match="make examples"):
        read_pair(tmp_path)


def test_files_of_different_heads_are_not_mixed(pair, tmp_path):
    write_pair(tmp_path / "old", pair, {"glot": "old"})
    write_pair(tmp_path, pair, {"glot": "new"})
    (tmp_path / SECOND).write_bytes((tmp_path / "old" / SECOND).read_bytes())
    with pytest.raises(GlotError, match="other heads"):
        read_pair(tmp_path)


@pytest.mark.parametrize("example", pair_examples(), ids=lambda example: example.key)
def test_what_is_stored_is_what_the_shipped_heads_say(example, minilm):
    stored = stored_pair(example.first, example.second, "minilm", "qqp")
    assert stored is not None
    shelf = load_heads(minilm, "qqp")
    live = compared(minilm, shelf, example.first, example.second)
    assert stored.labels == live.labels == LABELS
    assert (stored.notes, stored.missing) == (live.notes, live.missing)
    np.testing.assert_allclose(stored.cross, live.cross, atol=1e-5)
    assert stored.reference == pytest.approx(live.reference, abs=1e-5)
    # An edge within rounding of a threshold may flip on another machine, so compare where none is.
    upper = np.concatenate([live.first.upper, live.second.upper])
    far = np.abs(upper[:, None] - live.taus[None]).min(axis=0) > 1e-5
    assert far.sum() > 50
    assert set(stored.probabilities) == set(live.probabilities) == set(shelf.heads)
    for name, table in live.probabilities.items():
        np.testing.assert_allclose(stored.probabilities[name][far], table[far], atol=1e-4)
        np.testing.assert_allclose(stored.cosines[name][far], live.cosines[name][far], atol=1e-4)


def test_a_changed_head_makes_the_stored_pairs_stale(tmp_path, monkeypatch):
    first = pair_examples()[0]
    assert stored_pair(first.first, first.second, "minilm", "qqp") is not None
    assert stored_pair(first.second, first.first, "minilm", "qqp") is None
    assert stored_pair(first.first, first.second, "minilm", "stsb") is None
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert weights_digests(PAIR_BACKBONE, PAIR_TASK) == {}
    assert stored_pair(first.first, first.second, "minilm", "qqp") is None


def test_an_example_pair_is_shown_without_torch():
    code = """
import sys
from glot.attributions.pair_examples import pair_examples, stored_pair
from glot.attributions.pair_report import pair_record
from glot.plots.pair import pair_graph_figure
from glot.plots.pair_numbers import cross_similarity_figure, pair_predictions_figure
import app.services.compare as service
import app.views.compare
shown = stored_pair(pair_examples()[0].first, pair_examples()[0].second, "minilm", "qqp")
assert shown is not None, "no stored pair fits the shipped heads"
pair_graph_figure(shown, 0.6, 0.7, "glot")
cross_similarity_figure(shown)
pair_predictions_figure(shown, 0.6, ["glot"])
pair_record(shown, 0.6, 0.7)
assert service.takes_pairs("minilm", "qqp") and service.score("minilm", "qqp", "glot")
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
