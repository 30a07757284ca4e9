"""A small run of one's own: a real row, and no trace in any ledger."""

import pytest

from glot.errors import GlotError
from glot.experiments.breaking import BROKEN_BELOW, OwnTest, break_heads
from glot.experiments.row import Row, unpack_hits
from glot.experiments.stress_points import inspect, stress_points
from glot.experiments.tried import try_head
from glot.experiments.tried_settings import N_TEST, Trial
from glot.heads.shelf import load_heads
from tests.conftest import FakeBackbone

SMALL = {"protocol": "strict", "ratio": 0.2, "n_texts": 100, "epochs": 2}


def test_a_run_makes_a_whole_row_and_writes_no_ledger(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_RESULTS", str(tmp_path / "results"))
    events = []
    row = try_head(Trial(pooler="deepsets", **SMALL), FakeBackbone(width=16), events.append)
    assert Row.parse(row.line()) == row
    assert (row.regime, row.protocol, row.ratio, row.seed) == ("tried", "strict", 0.2, 42)
    assert (row.method, row.n_eval, row.settings["epochs"]) == ("deepsets", N_TEST, 2)
    assert sum(unpack_hits(row)) / N_TEST == pytest.approx(row.value / 100)
    assert not (tmp_path / "results").exists()
    losses = [event["loss"] for event in events if "loss" in event]
    assert losses
    assert sum("validation" in event for event in events) == 2
    # It can be looked into like any other point.
    (point,) = stress_points([row], "strict", "fake", "tried")
    (counts,) = inspect(point).counts
    assert 100 * sum(counts.right) / N_TEST == pytest.approx(row.value)


def test_a_listener_that_raises_ends_the_run(cache):
    class StopError(Exception):
        pass

    def stop(event):
        if event["stage"] == "fit":
            raise StopError

    with pytest.raises(StopError):
        try_head(Trial(pooler="adapool", **SMALL), FakeBackbone(width=8), stop)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"n_texts": 99}, "99 training texts"),
        ({"n_texts": 2001}, "2,001 training texts"),
        ({"epochs": 0}, "0 epochs"),
        ({"epochs": 11}, "11 epochs"),
        ({"lr": 0.0}, "A learning rate of 0"),
        ({"tau": 1.5}, "tau 1.5"),
        ({"pooler": "median"}, "Unknown pooler"),
        ({"ratio": 0.05}, "cannot express"),
        ({"protocol": "nice"}, "Unknown stress test protocol"),
    ],
)
def test_settings_that_cannot_run_are_refused_in_words(changes, told):
    with pytest.raises(GlotError, match=told):
        Trial(**{"protocol": "strict", "ratio": 0.9, **changes})


def test_what_the_backbone_cannot_do_is_refused_in_words(cache):
    silent = [].append
    with pytest.raises(GlotError, match="layer"):
        try_head(Trial("strict", 0.9, layer=9), FakeBackbone(), silent)
    with pytest.raises(GlotError, match="256 words on fake, whose context has 64"):
        try_head(Trial("paper", 0.9), FakeBackbone(), silent)


def test_who_breaks_first(minilm):
    heads = load_heads(minilm, "stress-strict-0.9").heads
    chosen = {name: heads[name] for name in ("mean", "deepsets")}
    told = []
    test = OwnTest(
        "strict",
        ("shows {animal} but not {object}", "shows {object} but not {animal}"),
        (0.8, 0.9),
        6,
    )
    found = break_heads(test, minilm, chosen, told.append)
    assert list(found.shares["draws"]) == [12] * 4
    assert told[-1] == pytest.approx(1.0)
    for pooler in chosen:
        part = found.shares[found.shares["pooler"] == pooler]
        # The two classes have equally many draws.
        assert list(part["value"]) == pytest.approx(list((part["first"] + part["second"]) / 2))
        low = [r for r, v in zip(part["ratio"], part["value"], strict=True) if v < BROKEN_BELOW]
        assert found.breaks[pooler] == (min(low) if low else None)
    assert found.shares.set_index(["pooler", "ratio"]).loc[("deepsets", 0.9), "value"] > 75


def test_own_tests_that_test_nothing_are_refused(minilm):
    with pytest.raises(GlotError, match="Both phrases are empty"):
        OwnTest("strict", (" ", ""), (0.9,))
    with pytest.raises(GlotError, match="101 draws"):
        OwnTest("strict", ("a", ""), (0.9,), draws=101)
    with pytest.raises(GlotError, match="No heads"):
        break_heads(OwnTest("strict", ("a b", ""), (0.9,)), minilm, {}, [].append)
