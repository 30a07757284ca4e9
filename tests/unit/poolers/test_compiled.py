"""The compiled form of a GLOT pooler is that pooler, but for rounding."""

from dataclasses import replace

import pytest
import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.poolers import build_pooler, compiled
from glot.poolers.compiled import EDGES, LENGTH, TOKENS, CompiledGlot

WIDTH = 24
LENGTHS = (1, 7, 12, 3, 12)
FORMATS = [torch.float32, torch.bfloat16]


@torch.inference_mode(False)
def pooler(**settings):
    torch.manual_seed(2)
    made = build_pooler(PoolerConfig("glot", **{"width": 32, "tau": 0.1, **settings}), WIDTH).eval()
    # Fresh biases are 0: a form that forgot them would not be found out.
    for name, weight in made.named_parameters():
        if weight.dim() == 1 and "att" not in name:
            torch.nn.init.normal_(weight)
    return made


def form(dtype=torch.bfloat16, **settings):
    return CompiledGlot.of(pooler(**settings), dtype)


def batch(lengths=LENGTHS, dtype=torch.bfloat16):
    generator = torch.Generator().manual_seed(3)
    # Through bfloat16, so that both formats hold the same states.
    states = torch.randn(len(lengths), max(lengths), WIDTH, generator=generator).bfloat16()
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return (states * mask[..., None]).to(dtype), mask


def errors(pooled, exact):
    """Largest errors of vectors, as shares of their length, and of weights."""
    far = (pooled.embedding.float() - exact.embedding).norm(dim=1) / exact.embedding.norm(dim=1)
    return far.max().item(), (pooled.weights - exact.weights).abs().max().item()


SETTINGS = pytest.mark.parametrize(
    "settings",
    [
        {},
        {"layers": 1},
        {"layers": 3, "edge_term": True},
        {"projection": 16},
        {"similarity": "centred"},
        {"tau": -1.0},
        {"tau": 1.0},
    ],
    ids=str,
)
SIZES = pytest.mark.parametrize("lengths", [LENGTHS, (1, 1), (90, 20, 64)])


@SIZES
@SETTINGS
def test_in_float32_it_is_the_pooler(settings, lengths):
    states, mask = batch(lengths, torch.float32)
    with torch.inference_mode():
        exact = pooler(**settings)(states, mask)
        found = form(torch.float32, **settings)(states, mask)
    if found is None:
        # All pairs, of up to 90 tokens.
        assert settings == {"tau": -1.0}
        assert max(lengths) > EDGES
        return
    torch.testing.assert_close(found.embedding, exact.embedding, atol=2e-6, rtol=1e-5)
    torch.testing.assert_close(found.weights, exact.weights, atol=1e-6, rtol=1e-5)
    assert (found.weights[~mask] == 0).all()


@SIZES
@SETTINGS
def test_in_bfloat16_it_rounds_no_worse_than_autocast(settings, lengths):
    made = pooler(**settings)
    states, mask = batch(lengths)
    with torch.inference_mode():
        exact = made(states.float(), mask)
        found = CompiledGlot.of(made, torch.bfloat16)(states, mask)
        with torch.autocast("cpu", torch.bfloat16):
            usual = made(states.float(), mask)
    if found is None:
        assert settings == {"tau": -1.0}
        assert max(lengths) > EDGES
        return
    assert found.embedding.dtype is torch.bfloat16
    assert (found.weights[~mask] == 0).all()
    torch.testing.assert_close(found.weights.sum(1), torch.ones(len(lengths)), atol=1e-6, rtol=0)
    usual = replace(usual, embedding=usual.embedding.bfloat16())
    for ours, theirs in zip(errors(found, exact), errors(usual, exact), strict=True):
        assert ours <= 1.5 * theirs + 2e-3


@pytest.mark.parametrize("tau", [-0.3, 0.0, 0.4])
def test_a_state_of_norm_0_has_similarity_0(tau):
    states, mask = batch(dtype=torch.float32)
    states[1, 2] = 0
    with torch.inference_mode():
        exact = pooler(tau=tau)(states, mask)
        found = form(torch.float32, tau=tau)(states, mask)
    torch.testing.assert_close(found.weights, exact.weights, atol=1e-6, rtol=1e-5)


def test_no_similarity_is_above_1():
    torch.manual_seed(0)
    one = torch.randn(40, 1, WIDTH)
    states, mask = torch.cat([one, one, 3 * one], dim=1), torch.ones(40, 3, dtype=torch.bool)
    with torch.inference_mode():
        exact = pooler(tau=1.0)(states, mask)
        found = form(torch.float32, tau=1.0)(states, mask)
    torch.testing.assert_close(found.weights, exact.weights, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("dtype", FORMATS)
def test_states_under_autograd_and_between_others_are_read(dtype):
    states, mask = batch(dtype=dtype)
    made = form(dtype)
    with torch.no_grad():
        wanted = made(states, mask)
        wide = torch.cat([states, states], dim=-1)
        for other in (states.clone().requires_grad_(), wide[..., :WIDTH], wide.mT.mT[..., WIDTH:]):
            torch.testing.assert_close(made(other, mask).embedding, wanted.embedding)


def in_place(made):
    for weight in made.parameters():
        weight.add_(0.5)


def out_of_sight(made):
    for weight in made.parameters():
        weight.data.add_(0.5)


def with_other_memory(made):
    made.convs[0].bias.data = made.convs[0].bias + 1


def with_another_weight(made):
    made.convs[1].att_src = torch.nn.Parameter(made.convs[1].att_src + 1)


def with_another_module(made):
    made.convs[1] = pooler(edge_term=True, layers=3).convs[2]


def with_a_layer_less(made):
    del made.convs[1]


def with_another_tau(made):
    made.config = replace(made.config, tau=0.9)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("change", "unseen"), [(in_place, False), (out_of_sight, True)])
def test_it_follows_weights_that_change(change, unseen, dtype):
    made = pooler(edge_term=True)
    found = CompiledGlot.of(made, dtype)
    assert found.follow()
    with torch.no_grad():
        change(made)
    # In inference mode, as `encode` calls it.
    with torch.inference_mode():
        assert found.follow(unseen)
    states, mask = batch(dtype=dtype)
    with torch.inference_mode():
        exact, pooled = made(states.float(), mask), found(states, mask)
    assert max(errors(pooled, exact)) < (1e-5 if dtype is torch.float32 else 0.02)


@pytest.mark.parametrize(
    "change",
    [
        with_other_memory,
        with_another_weight,
        with_another_module,
        with_a_layer_less,
        with_another_tau,
    ],
)
def test_it_does_not_follow_other_parts(change):
    made = pooler(edge_term=True)
    found = CompiledGlot.of(made, torch.float32)
    with torch.no_grad():
        change(made)
    assert not found.follow()
    assert not found.follow(unseen=True)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("kind", [torch.int64, torch.int32, torch.uint8])
def test_a_mask_of_any_number_but_0_is_one_of_valid_tokens(kind, dtype):
    states, mask = batch(dtype=dtype)
    made = form(dtype)
    with torch.inference_mode():
        wanted, found = made(states, mask), made(states, 3 * mask.to(kind))
    assert torch.equal(found.embedding, wanted.embedding)
    assert torch.equal(found.weights, wanted.weights)


@pytest.mark.parametrize(
    "settings",
    [
        {"conv": "gin"},
        {"jumping_knowledge": "max"},
        {"layers": 0},
        {"similarity": "shuffled"},
        {"norm": "rms"},
    ],
)
def test_other_settings_have_no_such_form(settings):
    assert form(**settings) is None


def test_weights_that_tell_no_versions_have_no_such_form():
    with torch.inference_mode():
        made = build_pooler(PoolerConfig("glot"), WIDTH)
    assert CompiledGlot.of(made, torch.float32) is None


@pytest.mark.parametrize("name", ["mean", "deepsets"])
def test_other_poolers_have_no_such_form(name):
    assert CompiledGlot.of(build_pooler(PoolerConfig(name), WIDTH), torch.float32) is None


def test_other_formats_and_other_installs_have_no_such_form(monkeypatch):
    assert form(torch.float16) is None
    monkeypatch.setattr(compiled, "_HAS_NUMBA", False)
    assert form() is None


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("rubbish", [5.0, 1e30, 3e38, float("inf"), float("nan")])
def test_what_stands_at_padding_does_not_matter(rubbish, dtype):
    states, mask = batch(dtype=dtype)
    made = form(dtype)
    with torch.inference_mode():
        clean = made(states, mask)
        found = made(states.masked_fill(~mask[..., None], rubbish), mask)
    torch.testing.assert_close(found.embedding, clean.embedding)
    torch.testing.assert_close(found.weights, clean.weights)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("rubbish", [1e30, float("inf"), float("nan")])
def test_states_that_are_not_finite_or_too_large_are_left_to_the_pooler(rubbish, dtype):
    states, mask = batch(dtype=dtype)
    states[1, 2, 5] = rubbish
    with torch.inference_mode():
        assert form(dtype)(states, mask) is None


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("rubbish", [3e38, float("nan")])
@pytest.mark.parametrize("weight", ["convs.0.lin.weight", "convs.1.att_src", "convs.1.bias"])
def test_weights_that_make_numbers_that_are_not_finite_are_left_to_it(weight, rubbish, dtype):
    made = pooler()
    with torch.no_grad():
        made.get_parameter(weight).fill_(rubbish)
    states, mask = batch(dtype=dtype)
    with torch.inference_mode():
        found = CompiledGlot.of(made, dtype)(states, mask)
        try:
            exact = made(states.float(), mask)
        except GlotError:
            assert found is None
            return
    # Some of 3e38 add up to what float32 still holds; whether they do, hangs on their order.
    assert rubbish == 3e38
    if found is not None:
        torch.testing.assert_close(found.embedding.float(), exact.embedding, atol=0.01, rtol=0.01)


def test_what_only_the_pooler_can_tell_of_is_left_to_it():
    states, mask = batch()
    made = form()
    nobody = mask.clone()
    nobody[0] = False
    with torch.inference_mode():
        assert made(states[..., 1:], mask) is None
        assert made(states, mask[:, 1:]) is None
        assert made(states, nobody) is None


@pytest.mark.parametrize(
    ("shape", "tau"),
    [((1, LENGTH + 1), 0.9), ((TOKENS // 8 + 1, 8), 0.9), ((2, EDGES + 1), -1.0)],
    ids=["long", "large", "dense"],
)
def test_long_texts_large_batches_and_dense_graphs_are_left_to_it(shape, tau):
    torch.manual_seed(1)
    states, mask = torch.randn(*shape, WIDTH), torch.ones(shape, dtype=torch.bool)
    made = form(torch.float32, tau=tau)
    with torch.inference_mode():
        assert made(states, mask) is None
        within = made(states[: TOKENS // 8, :EDGES], mask[: TOKENS // 8, :EDGES])
    assert within.weights.shape == (min(shape[0], TOKENS // 8), min(shape[1], EDGES))
