"""The search on unseen nouns and templates: what it learns from, what it chooses by."""

from dataclasses import replace

import pytest

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, SEARCH_SEED
from glot.experiments.bench import Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.reproduce import reproduce
from glot.experiments.space import GRID, Point
from glot.experiments.strict_best import SEARCHED, best_plans, drawn_points
from tests.conftest import FakeBackbone
from tests.unit.experiments.conftest import scope_of

SAMPLE = Sample(n_train=60, n_validation=20, n_evaluation=40)
UNSEEN = replace(SAMPLE, n_train=200, n_search=50, unseen=0.3)


def nouns(rows):
    return {noun for _, *pair in rows.traits for noun in pair}


def test_trials_are_scored_on_nouns_and_templates_that_they_never_saw(make_bench):
    bench = make_bench()
    parts = bench.parts("stress-strict-0.9", UNSEEN, SEARCH_SEED)
    assert not nouns(parts.train) & nouns(parts.validation)
    templates = [
        {template for template, *_ in part.traits} for part in (parts.train, parts.validation)
    ]
    assert not templates[0] & templates[1]
    assert len(parts.train) == 200
    # Minimal pairs stay whole: as many of one class as of the other.
    assert sum(parts.validation.labels) * 2 == len(parts.validation) > 0
    test = bench.reported("stress-strict-0.9", UNSEEN)["test"]
    assert not nouns(test) & (nouns(parts.train) | nouns(parts.validation))


def test_the_full_search_has_the_rows_that_it_asks_for(make_bench):
    parts = make_bench().parts("stress-strict-0", SEARCHED, SEARCH_SEED)
    assert len(parts.train) == 10_000
    assert len(parts.validation) > 500


def test_heads_are_trained_for_the_best_trials_epochs_on_all_nouns(make_bench):
    bench = make_bench(seeds=(42,))
    points = tuple(
        Point(PoolerConfig("adapool", width=8), lr, layer=layer)
        for lr, layer in ((1e-2, 3), (1e-3, 4))
    )
    plan = HeadPlan(
        "stress",
        "ours",
        "stress-strict-0.5",
        points,
        regime="chosen",
        sample=SAMPLE,
        search_sample=UNSEEN,
        epochs=3,
        precision="float32",
    )
    assert reproduce(plan.cells(bench.scope), "stress", bench, lambda progress: progress) == []
    *trials, final = bench.ledger("stress").rows
    best = max(trials, key=lambda row: row.value)
    assert [row.settings["layer"] for row in trials] == [3, 4]
    assert {row.n_train for row in trials} == {50}
    assert final.settings["layer"] == best.settings["layer"]
    assert final.settings["lr"] == best.settings["lr"]
    assert final.settings["epochs"] == best.settings["best_epoch"]
    assert (final.n_train, final.n_validation, final.n_eval) == (60, 20, 40)


def test_other_ratios_use_what_was_chosen_at_nine_tenths(make_bench):
    bench = make_bench(seeds=(42,))
    points = tuple(Point(PoolerConfig("adapool", width=8), lr) for lr in (1e-4, 1e-2))
    settings = {"points": points, "regime": "chosen", "sample": SAMPLE, "precision": "float32"}
    found = HeadPlan(
        "stress", "ours", "stress-strict-0.9", search_sample=UNSEEN, epochs=3, **settings
    )
    used = HeadPlan("stress", "ours", "stress-strict-0.5", search=found, epochs=3, **settings)
    (cell,) = used.cells(bench.scope)
    errors = reproduce([cell], "stress", bench, lambda progress: progress)
    assert "trials of its search are not measured" in errors[0]
    assert reproduce([*found.cells(bench.scope), cell], "stress", bench, lambda p: p) == []
    first, other = (row for row in bench.ledger("stress").rows if row.regime == "chosen")
    assert (first.ratio, other.ratio) == (0.9, 0.5)
    for name in ("lr", "epochs", "width"):
        assert first.settings[name] == other.settings[name]


@pytest.mark.parametrize("n_layers", [4, 6, 12, 30])
def test_every_method_has_the_same_budget_and_reaches_every_depth(n_layers):
    backbone = FakeBackbone(width=16)
    backbone.n_layers = n_layers
    plans = best_plans(scope_of(backbone), 0.9)
    assert len({len(plan.points) for plan in plans}) == 1
    for plan in plans:
        layers = {point.layer for point in plan.points}
        assert max(layers) == n_layers
        assert min(layers) >= 1
        assert len(layers) >= (2 if n_layers > 12 else min(4, n_layers - 1))


def test_only_what_makes_an_ablation_is_held_fast():
    methods = {"glot": PoolerConfig("glot"), **ABLATIONS}
    drawn = {name: drawn_points(name, pooler, 6) for name, pooler in methods.items()}
    assert {point.pooler.tau for point in drawn["glot, all edges"]} == {-1.0}
    assert {point.pooler.similarity for point in drawn["glot, random edges"]} == {"shuffled"}
    for name in ("glot", "glot, random edges"):
        assert {point.pooler.tau for point in drawn[name]} == set(GRID["tau"])
    assert drawn == {name: drawn_points(name, pooler, 6) for name, pooler in methods.items()}
