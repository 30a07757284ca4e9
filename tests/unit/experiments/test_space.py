"""The points of a search: as many for every pooler, all of them from the paper's grid."""

import pytest

from glot.config import PoolerConfig
from glot.experiments.base import POOLERS
from glot.experiments.space import (
    GRID,
    LEARNING_RATES,
    OWN,
    every_point,
    paper_point,
    points,
)


@pytest.mark.parametrize("draws", [0, 3, 7])
def test_every_pooler_has_the_same_budget(draws):
    assert {len(points(PoolerConfig(name), draws)) for name in POOLERS} == {3 + draws}


@pytest.mark.parametrize("name", POOLERS)
def test_points_lie_on_the_grid_and_touch_only_what_the_pooler_has(name):
    start = PoolerConfig(name)
    for point in points(start, draws=40)[3:]:
        assert point.lr in LEARNING_RATES
        assert point.weight_decay in GRID["weight_decay"]
        for setting in (*OWN.get("glot"),):
            value = getattr(point.pooler, setting)
            if setting in OWN.get(name, ()):
                assert value in GRID[setting]
            else:
                assert value == getattr(start, setting)


def test_many_draws_reach_the_whole_grid():
    drawn = points(PoolerConfig("glot"), draws=300)
    for setting in OWN["glot"]:
        assert {getattr(point.pooler, setting) for point in drawn} == set(GRID[setting])
    assert {point.weight_decay for point in drawn} == set(GRID["weight_decay"])


def test_draws_are_the_same_at_every_call_and_more_of_them_begin_alike():
    few, many = (points(PoolerConfig("glot"), draws) for draws in (3, 9))
    assert many[: len(few)] == few
    assert [point.lr for point in few[:3]] == list(LEARNING_RATES)
    assert all(point.pooler == PoolerConfig("glot") for point in few[:3])


def test_the_papers_point():
    point = paper_point(PoolerConfig("glot"))
    assert (point.lr, point.weight_decay, point.pooler.tau) == (2e-4, 0.0, 0.6)
    assert point.record()["layers"] == 2


def test_the_whole_grid_has_every_combination_once():
    whole = every_point(PoolerConfig("glot"))
    # Table 6: 3 rates, 3 decays, 2 depths, 3 widths, 4 jumping knowledges, 3 projections and
    # none, 3 thresholds.
    assert len(whole) == len(set(whole)) == 3 * 3 * 2 * 3 * 4 * 4 * 3
    assert set(points(PoolerConfig("glot"), draws=40)[3:]) <= set(whole)
    assert len(every_point(PoolerConfig("adapool"))) == 3 * 3 * 3
    assert len(every_point(PoolerConfig("mean"))) == 3 * 3
