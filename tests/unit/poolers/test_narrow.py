"""The form of a GLOT pooler for states in bfloat16 is that pooler, but for rounding."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.poolers import build_pooler
from glot.poolers.narrow import SHORT, NarrowGlot

WIDTH = 24
LENGTHS = (1, 7, 12, 3, 12)


def pooler(**settings):
    torch.manual_seed(2)
    made = build_pooler(PoolerConfig("glot", **{"width": 32, "tau": 0.1, **settings}), WIDTH).eval()
    # Fresh biases are 0: a form that forgot them would not be found out.
    for name, weight in made.named_parameters():
        if weight.dim() == 1 and "att" not in name:
            torch.nn.init.normal_(weight)
    return made


def batch(lengths=LENGTHS):
    generator = torch.Generator().manual_seed(3)
    states = torch.randn(len(lengths), max(lengths), WIDTH, generator=generator).bfloat16()
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return states * mask[..., None], mask


def errors(pooled, exact):
    """Largest errors of vectors, as shares of their length, and of weights."""
    far = (pooled.embedding.float() - exact.embedding).norm(dim=1) / exact.embedding.norm(dim=1)
    return far.max().item(), (pooled.weights - exact.weights).abs().max().item()


@pytest.mark.parametrize("lengths", [LENGTHS, (1, 1), (40, 20, SHORT)])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"layers": 1},
        {"layers": 3, "edge_term": True},
        {"projection": 16},
        {"similarity": "centred"},
        {"similarity": "shuffled", "tau": 0.0},
        {"tau": -1.0},
        {"tau": 1.0},
    ],
    ids=str,
)
def test_it_rounds_no_worse_than_autocast(settings, lengths):
    made = pooler(**settings)
    states, mask = batch(lengths)
    with torch.inference_mode():
        exact = made(states.float(), mask)
        found = NarrowGlot.of(made)(states, mask)
        with torch.autocast("cpu", torch.bfloat16):
            usual = made(states.float(), mask)
    assert found.embedding.shape == exact.embedding.shape
    assert (found.weights[~mask] == 0).all()
    torch.testing.assert_close(found.weights.sum(1), torch.ones(len(lengths)), atol=1e-6, rtol=0)
    for ours, theirs in zip(errors(found, exact), errors(usual, exact), strict=True):
        assert ours <= 1.5 * theirs + 2e-3


@pytest.mark.parametrize("settings", [{"conv": "gin"}, {"jumping_knowledge": "max"}, {"layers": 0}])
def test_other_settings_have_no_such_form(settings):
    assert NarrowGlot.of(pooler(**settings)) is None


@pytest.mark.parametrize("name", ["mean", "deepsets"])
def test_other_poolers_have_no_such_form(name):
    assert NarrowGlot.of(build_pooler(PoolerConfig(name), WIDTH)) is None


@pytest.mark.parametrize("rubbish", [5.0, 1e30, 3e38, float("inf"), float("nan")])
def test_what_stands_at_padding_does_not_matter_or_is_told(rubbish):
    states, mask = batch()
    narrow = NarrowGlot.of(pooler())
    with torch.inference_mode():
        clean = narrow(states, mask)
        found = narrow(states.masked_fill(~mask[..., None], rubbish), mask)
    if found is None:
        # 5 and 1e30 can be multiplied with weights, the others not.
        assert not rubbish < 1e35
    else:
        torch.testing.assert_close(found.embedding, clean.embedding)
        torch.testing.assert_close(found.weights, clean.weights)


@pytest.mark.parametrize("rubbish", [float("inf"), float("nan")])
def test_states_that_are_not_finite_are_left_to_the_pooler(rubbish):
    states, mask = batch()
    states[1, 2, 5] = rubbish
    with torch.inference_mode():
        assert NarrowGlot.of(pooler())(states, mask) is None


def test_what_only_the_pooler_can_tell_of_is_left_to_it():
    states, mask = batch()
    narrow = NarrowGlot.of(pooler())
    nobody = mask.clone()
    nobody[0] = False
    long = torch.zeros(1, SHORT + 1, WIDTH).bfloat16()
    with torch.inference_mode():
        assert narrow(states[..., 1:], mask) is None
        assert narrow(states, mask[:, 1:]) is None
        assert narrow(states, nobody) is None
        assert narrow(long, torch.ones(1, SHORT + 1, dtype=torch.bool)) is None
