"""Gradients against formulas, torch's own autograd, and a sum by hand."""

import numpy as np
import pytest
import torch

from glot.attributions.embedded import Embedded
from glot.attributions.gradients import (
    gradient_times_input,
    integrated_gradients,
    integrated_through_backbone,
)
from glot.attributions.scored import Scored
from glot.heads.config import HeadConfig
from tests.unit.attributions.heads import trained

TEXT = "a b c d e f g"
NUMBER = HeadConfig("regression")


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_a_linear_score_is_divided_exactly(fake, baseline):
    """Mean pooling and a linear output: a_i = (x_i − x̄)·w / L, whatever the path."""
    head = trained(fake, NUMBER, name="mean")
    scored = Scored(TEXT, fake, head)
    states = fake.encode([TEXT]).hidden[0]
    start = states.mean(dim=0) if baseline == "mean" else 0
    expected = (states - start) @ head.head.regression.weight[0] / 7
    found = integrated_gradients(scored, baseline, steps=4)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert found.error == pytest.approx(0, abs=1e-6)
    if baseline == "zero":
        np.testing.assert_allclose(gradient_times_input(scored), expected, atol=1e-6)


@pytest.mark.parametrize(
    "settings", [{}, {"conv": "gcn"}, {"conv": "gin"}, {"name": "deepsets"}, {"name": "adapool"}]
)
def test_gradients_are_the_slopes(fake, settings):
    """Against differences of the score in double precision, on the text's own graph."""
    head = trained(fake, NUMBER, **settings)
    scored = Scored(TEXT, fake, head)
    states = scored.states.hidden
    values = np.zeros(states.shape[1:])
    step = 1e-2
    for i in range(states.shape[1]):
        for k in range(states.shape[2]):
            moved = states.repeat(2, 1, 1)
            moved[0, i, k] += step
            moved[1, i, k] -= step
            up, down = scored.on_states(moved).double().tolist()
            values[i, k] = (up - down) / (2 * step)
    expected = (values * states[0].numpy()).sum(axis=1)
    found = gradient_times_input(scored)
    np.testing.assert_allclose(found, expected, atol=5e-3 * np.abs(expected).max())


@pytest.mark.parametrize("settings", [{}, {"conv": "gin"}, {"name": "deepsets"}])
@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_integrated_gradients_are_a_sum_over_the_path(fake, settings, baseline):
    """The middle sums of 2,000 steps by torch alone."""
    head = trained(fake, **settings)
    scored = Scored(TEXT, fake, head)
    states = scored.states.hidden
    start = states.mean(dim=1, keepdim=True) if baseline == "mean" else torch.zeros(1, 1, 1)
    alphas = (torch.arange(2000) + 0.5) / 2000
    path = (start + alphas[:, None, None] * (states - start)).requires_grad_()
    (slopes,) = torch.autograd.grad(scored.on_states(path).sum(), path)
    expected = ((states - start) * slopes.mean(dim=0)).sum(dim=-1)[0]
    found = integrated_gradients(scored, baseline, steps=256)
    scale = float(expected.abs().max())
    np.testing.assert_allclose(found.values, expected, atol=0.02 * scale + 1e-6)


def test_completeness_is_told_as_it_is(fake):
    scored = Scored(TEXT, fake, trained(fake))
    ends = scored.on_states(torch.cat([scored.states.hidden, torch.zeros(1, 7, 8)])).tolist()
    for steps in (2, 200):
        found = integrated_gradients(scored, steps=steps)
        assert found.steps == steps
        assert found.total == pytest.approx(found.values.sum())
        assert found.difference == pytest.approx(ends[0] - ends[1], abs=1e-6)
        assert found.error == pytest.approx(found.total - found.difference)
    assert abs(found.error) < 0.02 * abs(found.difference) + 1e-4


def test_the_graph_is_held_on_the_way(fake):
    """On another graph than the text's, states would give another score."""
    scored = Scored(TEXT, fake, trained(fake))
    assert 0 < int((scored.graph.gaps == 0).sum()) - 7 < 42
    assert float(scored.on_states(scored.states.hidden)[0]) == pytest.approx(scored.score, abs=1e-6)
    moved = scored.states.hidden.flip(1)
    own = scored.head.embed(moved, scored.states.mask).embedding
    assert float(scored.on_states(moved)[0]) != pytest.approx(float(scored.scores(own)[0]))


@pytest.mark.parametrize("layer", [None, 3])
def test_embeddings_give_the_states_that_the_backbone_gives(minilm, layer):
    scored = Scored("A warm and funny film.", minilm, trained(minilm, layer=layer, tau=0.4))
    embedded = Embedded(scored)
    assert embedded.inputs.shape == scored.states.hidden.shape
    with torch.no_grad(), embedded.score() as score:
        assert float(score(embedded.inputs)[0]) == pytest.approx(scored.score, abs=1e-4)


def test_integrated_gradients_through_the_backbone_add_up(minilm):
    scored = Scored("A warm and funny film.", minilm, trained(minilm, NUMBER, name="adapool"))
    found = integrated_through_backbone(scored, "mean", steps=128)
    assert found.values.shape == (8,)
    assert abs(found.error) < 0.05 * abs(found.difference)
    # Every turn has ended: another call finds the queue free.
    assert minilm._turns.waiting == 0
    assert not minilm._turns._busy
