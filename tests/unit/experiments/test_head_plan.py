"""A head's cells: its search, its seeds, what stands in their rows, and that they resume."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.base import SEARCH_SEED
from glot.experiments.bench import Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.measured import density
from glot.experiments.reproduce import measure_again, reproduce
from glot.experiments.row import unpack_hits
from glot.experiments.space import Point, points
from glot.experiments.unfinished import STOPPED, TRIAL
from glot.heads.checkpoint import load_head
from glot.tasks import get_task
from glot.tasks.base import LabelledTexts
from tests.conftest import FakeBackbone

SAMPLE = Sample(n_train=200, n_search=100, n_validation=50, n_evaluation=60)


def plan(pooler="glot", task="sst2", **more):
    config = PoolerConfig(pooler, width=8, tau=0.1)
    own = {"points": points(config, 0), "sample": SAMPLE, "precision": "float32", **more}
    return HeadPlan("stress", "ours", task, **own)


def silent(progress):
    pass


def measured(bench, *plans):
    cells = [cell for each in plans for cell in each.cells(bench.scope)]
    assert reproduce(cells, "stress", bench, silent) == []
    return cells, bench.ledger("stress").rows


def test_trials_are_recorded_and_the_best_on_validation_is_what_seeds_repeat(data, make_bench):
    bench = make_bench(folder=data)
    # At the lowest rate nothing is learnt in two epochs, at the highest everything.
    chosen = (Point(PoolerConfig("adapool"), 2e-5), Point(PoolerConfig("adapool"), 1e-2))
    cells, rows = measured(bench, plan("adapool", points=chosen))
    trials = [row for row in rows if row.regime == "search"]
    finals = [row for row in rows if row.regime == "searched"]
    assert [row.split for row in trials] == ["validation"] * 2
    assert {row.seed for row in trials} == {SEARCH_SEED}
    assert {row.n_train for row in trials} == {100}
    assert {row.n_eval for row in trials} == {50}
    assert [row.settings["lr"] for row in trials] == [2e-5, 1e-2]
    assert trials[1].value > trials[0].value
    assert [row.seed for row in finals] == [42, 43, 44]
    assert {row.settings["lr"] for row in finals} == {1e-2}
    assert {row.settings["points"] for row in finals} == {2}
    assert {(row.n_train, row.n_validation, row.n_eval) for row in finals} == {(200, 50, 60)}
    assert min(row.value for row in finals) > 80
    assert len(cells) == 5


def test_no_training_row_is_reported_on_and_seeds_share_a_sample(data, make_bench):
    bench = make_bench(folder=data)
    seen = [bench.parts("sst2", SAMPLE, seed) for seed in (42, 43)]
    sample = [set(part.train.texts) | set(part.validation.texts) for part in seen]
    assert sample[0] == sample[1]
    assert set(seen[0].validation.texts) != set(seen[1].validation.texts)
    for part in seen:
        assert not set(part.train.texts) & set(part.validation.texts)
    assert not sample[0] & set(bench.reported("sst2", SAMPLE)["dev"].texts)


def test_hits_and_interval_are_those_of_the_predictions(data, make_bench):
    bench = make_bench(folder=data, seeds=(42,))
    one = plan("adapool", points=(Point(PoolerConfig("adapool"), 1e-2),), keep=True, regime="fixed")
    (row,) = measured(bench, one)[1]
    hits = unpack_hits(row)
    assert len(hits) == row.n_eval == 60
    assert row.value == pytest.approx(100 * np.mean(hits))
    assert row.low < row.value < row.high or row.value == row.high
    # The head that was kept, asked text by text, gives the same hits.
    folder = bench.heads / "fake" / "sst2" / "adapool"
    trained = load_head(folder, bench.backbone)
    texts = bench.reported("sst2", SAMPLE)["dev"]
    states = [bench.backbone.encode([text]) for text in texts.texts]
    with torch.inference_mode():
        logits = [trained.head(trained.head.embed(s.hidden, s.mask).embedding) for s in states]
    predicted = [int(row.argmax()) for row in logits]
    assert row.value == pytest.approx(100 * accuracy_score(texts.labels, predicted))
    assert trained.card.training["command"] == row.command()
    assert row.parameters == sum(weight.numel() for weight in trained.head.parameters())


def test_what_is_measured_is_skipped_and_the_rest_goes_on(data, make_bench):
    bench = make_bench(folder=data)
    cells = plan("mean").cells(bench.scope)
    reproduce(cells[:4], "stress", bench, silent)
    before = bench.ledger("stress").rows
    told = []
    assert reproduce(cells, "stress", bench, told.append) == []
    assert bench.ledger("stress").rows[: len(before)] == before
    assert [progress.cell.key for progress in told if progress.rows] == [c.key for c in cells[4:]]
    assert told[0].remaining is None
    assert told[-1].remaining == 0


def test_a_seed_without_its_search_is_refused_and_the_others_go_on(data, make_bench):
    bench = make_bench(folder=data, seeds=(42,))
    last = plan("mean").cells(bench.scope)[-1:]
    fine = plan("max", points=(Point(PoolerConfig("max"), 1e-3),)).cells(bench.scope)
    errors = reproduce([*last, *fine], "stress", bench, silent)
    assert len(errors) == 1
    assert "3 of 3 trials" in errors[0]
    assert bench.ledger("stress").cells() == {fine[0].key}


@pytest.mark.parametrize("pooler", ["mean", "adapool", "glot"])
def test_a_cell_measured_again_gives_the_same_number(data, make_bench, pooler):
    bench = make_bench(folder=data, seeds=(42,))
    cells, rows = measured(bench, plan(pooler))
    fresh = make_bench(folder=data, seeds=(42,))
    for cell in cells:
        for again in measure_again(cells, "stress", fresh, cell.key):
            assert again.now.value == again.was.value
            assert again.was.value in again.spread
    assert bench.ledger("stress").rows == rows
    with pytest.raises(GlotError, match="not in the ledger"):
        measure_again(cells, "stress", fresh, "fake/sst2/nothing")


def test_names_of_cells_tell_settings_apart_and_outlive_new_ones():
    first = plan().prefix("minilm")
    assert first.startswith("minilm/sst2/")
    changed = [
        plan(epochs=3),
        plan(layer=2),
        plan(sample=replace(SAMPLE, n_train=300)),
        plan(points=points(PoolerConfig("glot", width=9), 0)),
        plan(points=points(PoolerConfig("glot", width=8, tau=0.1, similarity="centred"), 0)),
    ]
    assert len({first, *(each.prefix("minilm") for each in changed)}) == 6
    # Neither where it stands in the paper nor whether it is kept is part of what is measured.
    assert replace(plan(), table="Table 7", keep=True).prefix("minilm") == first
    # What is at its default does not enter the name, so a new setting renames nothing.
    assert replace(plan(), precision="bfloat16", epochs=2, layer=None).prefix("minilm") == (
        HeadPlan(
            "stress", "", "sst2", points(PoolerConfig("glot", width=8, tau=0.1), 0), sample=SAMPLE
        )
    ).prefix("minilm")


def test_a_decoder_takes_its_last_token(data, make_bench):
    backbone = FakeBackbone(width=16, name="decoder")
    backbone.kind = "decoder"
    bench = make_bench(backbone, data, seeds=(42,))
    rows = measured(bench, plan("cls", points=(Point(PoolerConfig("cls"), 1e-3),)))[1]
    assert {row.pooler for row in rows} == {"eos"}
    assert rows[0].cell.startswith("decoder/sst2/eos/")


def test_a_row_names_the_stress_test_and_the_graph(make_bench):
    sample = Sample(n_train=40, n_validation=10, n_evaluation=20)
    bench = make_bench(seeds=(42,))
    name = "stress-strict-0.5"
    rows = measured(bench, plan("glot", name, sample=sample), plan("mean", name, sample=sample))[1]
    final = {row.pooler: row for row in rows if row.regime == "searched"}
    assert (final["glot"].protocol, final["glot"].ratio) == ("strict", 0.5)
    assert (final["glot"].conv, final["glot"].tau) == ("gat", 0.1)
    assert 0 < final["glot"].density < 1
    assert (final["mean"].conv, final["mean"].tau, final["mean"].density) == ("", None, None)
    assert (final["glot"].n_train, final["glot"].n_eval) == (40, 20)


def test_density_counts_pairs(known, tmp_path):
    from glot.training.data import with_states
    from glot.training.store import StateStore

    rows = LabelledTexts(("a b c", "a d"), (0, 1), "test")
    store = StateStore(known, 8, root=tmp_path)
    split = with_states(get_task("sst2"), rows, store, silent)
    # a–b and b–c of the first text's three pairs, none of the second's one.
    assert density(split, PoolerConfig("glot", tau=0.5)) == pytest.approx((2 / 3 + 0) / 2, abs=1e-5)
    assert density(split, PoolerConfig("mean")) is None


def test_a_trial_that_may_be_stopped_tells_its_row_and_ends_as_any_other(data, make_bench):
    bench = make_bench(folder=data)
    chosen = (Point(PoolerConfig("adapool"), 1e-3), Point(PoolerConfig("adapool"), 1e-2))
    usual = plan("adapool", points=chosen, epochs=4, method="adapool")
    halved = replace(usual, halving=2)
    heard = []
    bench.report = heard.append
    (expected,) = usual.trial(bench, 1)
    assert not [event for event in heard if event["stage"] == TRIAL]
    (found,) = halved.trial(bench, 1)
    assert found.cell != expected.cell
    assert replace(found, cell="x", seconds=0) == replace(expected, cell="x", seconds=0)
    told = [event for event in heard if event["stage"] == TRIAL]
    assert [event["epoch"] for event in told] == [1, 2, 3]
    scores = [e["validation"] for e in heard if "validation" in e][-4:]
    for done, event in enumerate(told, start=1):
        row = event["row"]
        assert (row.cell, row.regime, row.split) == (found.cell, STOPPED, "validation")
        assert row.settings["stopped"] == done
        assert row.value == row.settings["validation"] == max(scores[:done])
        assert row.settings["best_epoch"] == 1 + scores.index(max(scores[:done]))
        assert row.parameters == found.parameters
        assert replace(row, settings={}, regime="", value=0, seconds=0) == replace(
            found, settings={}, regime="", value=0, seconds=0
        )


def test_a_stopped_trial_is_never_chosen(data, make_bench):
    bench = make_bench(folder=data, seeds=(42,))
    rates = (1e-4, 1e-2, 1e-3)
    halved = plan(
        "adapool",
        points=tuple(Point(PoolerConfig("adapool"), lr) for lr in rates),
        method="adapool",
        halving=2,
        regime="grid",
    )
    rows = [halved.trial(bench, number)[0] for number in range(3)]
    # The best of all was stopped, as far as the ledger tells.
    best = replace(rows[1], regime=STOPPED, value=100.0)
    bench.record([rows[0], best, rows[2]])
    (final,) = halved.final(bench, 42)
    finished = max((rows[0], rows[2]), key=lambda row: row.value)
    assert final.settings["lr"] == finished.settings["lr"]
    assert (final.regime, final.settings["stopped"], final.settings["points"]) == ("grid", 1, 3)
