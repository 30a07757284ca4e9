"""GLOT: its special cases, its settings, and its control without a graph."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glot.config import JUMPING_KNOWLEDGE, PoolerConfig
from glot.graph.edges import adjacency
from glot.graph.similarity import token_similarity
from glot.poolers import build_pooler
from tests.unit.poolers.cases import WIDTH

modes = st.sampled_from(JUMPING_KNOWLEDGE)


def ragged(seed=0):
    torch.manual_seed(seed)
    return torch.randn(3, 5, WIDTH), torch.arange(5) < torch.tensor([[5], [2], [1]])


@settings(max_examples=25)
@given(st.integers(0, 2**16), modes, st.sampled_from(["glot", "deepsets", "mlp"]))
def test_no_layers_and_a_constant_score_are_mean_pooling(seed, mode, name):
    hidden, mask = ragged(seed)
    pooler = build_pooler(PoolerConfig(name, layers=0, jumping_knowledge=mode), WIDTH)
    for weight in pooler.parameters():
        torch.nn.init.zeros_(weight)
    mean = build_pooler(PoolerConfig("mean"), WIDTH)
    ours, theirs = pooler(hidden, mask), mean(hidden, mask)
    torch.testing.assert_close(ours.embedding, theirs.embedding)
    torch.testing.assert_close(ours.weights, theirs.weights)


def test_no_layers_are_adapool_with_the_readouts_width():
    hidden, mask = ragged()
    glot = build_pooler(PoolerConfig("glot", layers=0), WIDTH)
    adapool = build_pooler(PoolerConfig("adapool", width=128), WIDTH)
    adapool.score.load_state_dict(glot.readout.score.state_dict())
    torch.testing.assert_close(glot(hidden, mask).embedding, adapool(hidden, mask).embedding)


@given(
    st.integers(0, 2**16),
    st.sampled_from(["gat", "gcn"]),
    modes,
    st.integers(0, 3),
    st.sampled_from([0, 4]),
)
def test_deepsets_is_glot_on_a_graph_of_self_loops(seed, conv, mode, layers, projection):
    """GAT's α is 1 and GCN's 1/√(1·1) there; GIN and SAGE see their own token twice."""
    hidden, mask = ragged(seed)
    shape = {"width": 4, "layers": layers, "projection": projection, "jumping_knowledge": mode}
    glot = build_pooler(PoolerConfig("glot", conv=conv, tau=1.0, **shape), WIDTH)
    deepsets = build_pooler(PoolerConfig("deepsets", **shape), WIDTH)
    for layer, source in zip(deepsets.layers, glot.convs, strict=True):
        torch.nn.init.normal_(source.bias)
        layer.load_state_dict({"weight": source.lin.weight, "bias": source.bias})
    deepsets.projection.load_state_dict(glot.projection.state_dict())
    deepsets.readout.load_state_dict(glot.readout.state_dict())
    ours, theirs = deepsets(hidden, mask), glot(hidden, mask)
    torch.testing.assert_close(ours.embedding, theirs.embedding, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours.weights, theirs.weights, atol=1e-5, rtol=1e-4)


def test_tau_of_a_call_goes_before_the_configured_one():
    hidden, mask = ragged()
    low, high = (build_pooler(PoolerConfig("glot", tau=t), WIDTH) for t in (-1.0, 0.9))
    high.load_state_dict(low.state_dict())
    assert torch.equal(low(hidden, mask, tau=0.9).embedding, high(hidden, mask).embedding)
    assert not torch.equal(low(hidden, mask).embedding, high(hidden, mask).embedding)


@pytest.mark.parametrize("name", ["glot", "deepsets", "mlp"])
@pytest.mark.parametrize(
    ("mode", "layers", "projection", "width"),
    [
        ("cat", 2, 0, WIDTH + 16),
        ("cat", 2, 5, 5 + 16),
        ("max", 2, 5, 8),
        ("mean", 3, 0, 8),
        ("none", 1, 0, 8),
        ("cat", 8, 0, WIDTH + 64),
        ("cat", 0, 0, WIDTH),
        ("none", 0, 5, 5),
    ],
)
def test_output_width(name, mode, layers, projection, width):
    config = PoolerConfig(
        name, width=8, layers=layers, jumping_knowledge=mode, projection=projection
    )
    pooler = build_pooler(config, WIDTH)
    assert pooler.out_width == width
    assert pooler(*ragged()).embedding.shape == (3, width)


@pytest.mark.parametrize("similarity", ["cosine", "centred"])
@pytest.mark.parametrize("projection", [0, 4])
def test_the_graph_is_that_of_the_raw_states(similarity, projection):
    hidden, mask = ragged()
    options = {"similarity": similarity, "projection": projection, "tau": 0.1}
    pooler = build_pooler(PoolerConfig("glot", **options), WIDTH)
    seen = []
    pooler.convs[0].register_forward_pre_hook(
        lambda _module, _args, kwargs: seen.append(kwargs["graphs"]), with_kwargs=True
    )
    pooler(hidden, mask)
    expected = adjacency(token_similarity(hidden, mask, similarity), mask, 0.1)
    assert torch.equal(seen[0].table.bool(), expected)


def test_the_input_projection_has_no_bias_and_goes_first():
    hidden, mask = ragged()
    torch.manual_seed(1)
    projected = build_pooler(PoolerConfig("glot", projection=4, layers=0), WIDTH)
    plain = build_pooler(PoolerConfig("glot", layers=0), 4)
    plain.readout.load_state_dict(projected.readout.state_dict())
    assert [name for name in projected.state_dict() if name.startswith("projection")] == [
        "projection.weight"
    ]
    expected = plain(hidden @ projected.projection.weight.T, mask)
    torch.testing.assert_close(projected(hidden, mask).embedding, expected.embedding)


@pytest.mark.parametrize("extra", [1, 6])
def test_padding_changes_nothing_while_training_with_batch_norm(extra):
    hidden, mask = ragged()
    config = PoolerConfig("glot", conv="gin", width=4, tau=0.0)
    results = []
    for added in (0, extra):
        torch.manual_seed(2)
        pooler = build_pooler(config, WIDTH).train()
        wide = torch.nn.functional.pad(hidden, (0, 0, 0, added), value=30.0)
        wider = torch.nn.functional.pad(mask, (0, added))
        pooled = pooler(wide, wider)
        pooled.embedding.square().sum().backward()
        gradients = {name: weight.grad for name, weight in pooler.named_parameters()}
        results.append((pooled.embedding, gradients, dict(pooler.named_buffers())))
    torch.testing.assert_close(results[1], results[0], atol=1e-4, rtol=1e-3)


def test_a_single_token_can_be_trained_on_with_every_conv():
    for conv in ("gat", "gcn", "gin", "sage"):
        config = PoolerConfig("glot", conv=conv, similarity="centred", width=4)
        pooler = build_pooler(config, WIDTH).train()
        hidden = torch.randn(1, 1, WIDTH, requires_grad=True)
        pooled = pooler(hidden, torch.ones(1, 1))
        assert pooled.weights.tolist() == [[1.0]]
        pooled.embedding.sum().backward()
        assert bool(hidden.grad.isfinite().all())
