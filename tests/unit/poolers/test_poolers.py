"""Each pooler on inputs whose answer is known by hand, and what all refuse."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.graph.forms.choose import neighbours
from glot.poolers import POOLERS, build_pooler, for_backbone, poolers_for
from tests.unit.poolers.cases import WIDTH

# A readout of vectors of width 22: 22 → 128 with bias, 128 → 1 with bias.
READOUT_22 = 22 * 128 + 128 + 128 + 1


def test_they_stand_in_this_order():
    assert POOLERS.names() == (
        "mean", "max", "cls", "eos", "adapool", "mlp", "deepsets", "glot",
    )  # fmt: skip


def test_mean_is_the_mean():
    mean = build_pooler(PoolerConfig("mean"), 2)
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]])
    assert mean(hidden, torch.tensor([[1, 1, 0]])).embedding.tolist() == [[2.0, 3.0]]


def test_max_is_the_maximum_and_its_weights_say_whose_it_is():
    maximum = build_pooler(PoolerConfig("max"), 4)
    # Token 0 holds the first dimension, tokens 0 and 1 tie in the second, 1 holds the others.
    hidden = torch.tensor([[[5.0, 2.0, -9.0, 0.0], [1.0, 2.0, -8.0, 3.0], [7.0, 7.0, 7.0, 7.0]]])
    pooled = maximum(hidden, torch.tensor([[1, 1, 0]]))
    assert pooled.embedding.tolist() == [[5.0, 2.0, -8.0, 3.0]]
    assert pooled.weights.tolist() == [[0.375, 0.625, 0.0]]


def test_gradient_of_max_goes_where_its_weights_say():
    hidden = torch.tensor([[[5.0, 2.0], [1.0, 2.0], [0.0, 2.0]]], requires_grad=True)
    pooled = build_pooler(PoolerConfig("max"), 2)(hidden, torch.ones(1, 3))
    pooled.embedding.sum().backward()
    torch.testing.assert_close(hidden.grad.mean(dim=-1), pooled.weights)


@pytest.mark.parametrize("name", POOLERS.names())
def test_a_pooler_with_norm_reads_states_at_one_length(name):
    """One state a hundred times as long as the others; the graph is that of the states as given."""
    torch.manual_seed(0)
    config = {"name": name, "similarity": "centred", "tau": 0.1}
    with_norm = build_pooler(PoolerConfig(norm="rms", **config), WIDTH).eval()
    without = build_pooler(PoolerConfig(**config), WIDTH).eval()
    without.load_state_dict(with_norm.state_dict())
    hidden, mask = torch.randn(2, 5, WIDTH), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    hidden[:, 0] *= 100
    root_mean_square = hidden.square().mean(dim=-1, keepdim=True).sqrt()
    found = with_norm(hidden, mask)
    if name == "glot":
        graphs = neighbours(hidden, mask.bool(), 0.1, "centred")
        expected = without.pool_on(graphs, hidden / root_mean_square)
    else:
        expected = without(hidden / root_mean_square, mask)
    torch.testing.assert_close(found.embedding, expected.embedding, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.weights, expected.weights, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found.embedding, without(hidden, mask).embedding, rtol=0.1)


def test_a_state_of_zeros_stays_one_at_any_norm():
    mean = build_pooler(PoolerConfig("mean", norm="rms"), 2)
    assert mean(torch.zeros(1, 3, 2), torch.ones(1, 3)).embedding.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(("name", "positions"), [("cls", [0, 2, 1]), ("eos", [3, 3, 1])])
def test_one_token_is_the_first_or_last_valid_one(name, positions):
    hidden = torch.arange(24.0).reshape(3, 4, 2)
    mask = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 0, 0]])
    pooled = build_pooler(PoolerConfig(name), 2)(hidden, mask)
    for row, position in enumerate(positions):
        assert torch.equal(pooled.embedding[row], hidden[row, position])
        assert pooled.weights[row].tolist() == [float(i == position) for i in range(4)]


def test_mlp_is_the_mean_of_a_perceptron():
    torch.manual_seed(0)
    mlp = build_pooler(PoolerConfig("mlp", width=5, layers=2, projection=4), WIDTH)
    hidden, mask = torch.randn(1, 3, WIDTH), torch.tensor([[1, 1, 0]])
    vectors = []
    for state in hidden[0, :2]:
        zeroth = mlp.projection.weight @ state
        first = (mlp.layers[0].weight @ zeroth + mlp.layers[0].bias).relu()
        second = (mlp.layers[1].weight @ first + mlp.layers[1].bias).relu()
        vectors.append(torch.cat([zeroth, first, second]))
    pooled = mlp(hidden, mask)
    torch.testing.assert_close(pooled.embedding[0], torch.stack(vectors).mean(dim=0))
    assert pooled.weights.tolist() == [[0.5, 0.5, 0.0]]


@pytest.mark.parametrize("name", ["mean", "max", "cls", "eos"])
def test_those_without_parameters_keep_states_as_they_are_in_float32(name):
    pooler = build_pooler(PoolerConfig(name), WIDTH)
    state = torch.randn(1, 1, WIDTH).bfloat16()
    pooled = pooler(state, torch.ones(1, 1))
    assert pooled.embedding.dtype == pooled.weights.dtype == torch.float32
    assert torch.equal(pooled.embedding, state[:, 0].float())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "mean"}, 0),
        ({"name": "max"}, 0),
        ({"name": "cls"}, 0),
        ({"name": "eos"}, 0),
        ({"name": "adapool"}, (6 * 8 + 8) + (8 + 1)),
        ({"name": "mlp"}, (6 * 8 + 8) + (8 * 8 + 8)),
        ({"name": "deepsets"}, (6 * 8 + 8) + (8 * 8 + 8) + READOUT_22),
        # GAT: a matrix and three vectors a layer; the edge term is two vectors more.
        ({"name": "glot"}, (6 * 8 + 3 * 8) + (8 * 8 + 3 * 8) + READOUT_22),
        (
            {"name": "glot", "edge_term": True},
            (6 * 8 + 5 * 8) + (8 * 8 + 5 * 8) + READOUT_22,
        ),
        ({"name": "glot", "conv": "gcn"}, (6 * 8 + 8) + (8 * 8 + 8) + READOUT_22),
        # GIN: two matrices with bias, and scale and shift of the norm.
        (
            {"name": "glot", "conv": "gin"},
            (6 * 8 + 8 + 2 * 8 + 8 * 8 + 8) + (8 * 8 + 8 + 2 * 8 + 8 * 8 + 8) + READOUT_22,
        ),
        ({"name": "glot", "conv": "sage"}, (12 * 8 + 8) + (16 * 8 + 8) + READOUT_22),
        ({"name": "glot", "layers": 0}, 6 * 128 + 128 + 128 + 1),
        (
            {"name": "glot", "projection": 5, "jumping_knowledge": "max"},
            6 * 5 + (5 * 8 + 3 * 8) + (8 * 8 + 3 * 8) + (8 * 128 + 128 + 128 + 1),
        ),
    ],
)
def test_parameters_are_counted(changes, expected):
    pooler = build_pooler(PoolerConfig(**{"width": 8, **changes}), WIDTH)
    assert pooler.n_parameters() == expected


def test_frozen_parameters_are_not_counted():
    pooler = build_pooler(PoolerConfig("adapool", width=8), WIDTH)
    pooler.score[0].requires_grad_(False)
    assert pooler.n_parameters() == 8 + 1


def test_wrong_shapes_are_refused():
    pooler = build_pooler(PoolerConfig("adapool"), WIDTH)
    with pytest.raises(GlotError, match="width 5"):
        pooler(torch.ones(1, 3, 5), torch.ones(1, 3))
    with pytest.raises(GlotError, match="with a mask"):
        pooler(torch.ones(1, 3, WIDTH), torch.ones(1, 4))


@pytest.mark.parametrize("name", POOLERS.names())
def test_what_would_make_weights_nan_is_refused(name):
    pooler = build_pooler(PoolerConfig(name), WIDTH)
    hidden = torch.ones(2, 3, WIDTH)
    with pytest.raises(GlotError, match=r"Sentences \[1\]"):
        pooler(hidden, torch.tensor([[1, 1, 1], [0, 0, 0]]))
    # In all tokens: `cls` and `eos` look at one alone.
    hidden[0, :, 2] = float("nan")
    with pytest.raises(GlotError, match="token states hold NaN or infinite"):
        pooler(hidden, torch.ones(2, 3))


def test_values_whose_sum_overflows_are_finite_all_the_same():
    pooled = build_pooler(PoolerConfig("mean"), WIDTH)(
        torch.full((2, 3, WIDTH), 3e38), torch.tensor([[1, 0, 0], [1, 0, 0]])
    )
    assert torch.equal(pooled.embedding, torch.full((2, WIDTH), 3e38))


def test_diverged_weights_are_told_but_left_to_the_loop_while_training():
    pooler = build_pooler(PoolerConfig("adapool", width=8), WIDTH)
    torch.nn.init.constant_(pooler.score[0].bias, float("nan"))
    assert bool(pooler.train()(torch.ones(1, 2, WIDTH), torch.ones(1, 2)).weights.isnan().all())
    with pytest.raises(GlotError, match=r"adapool pooler makes NaN.*finite states.*lower lr"):
        pooler.eval()(torch.ones(1, 2, WIDTH), torch.ones(1, 2))


@pytest.mark.parametrize("layers", [0, 2])
def test_an_unknown_conv_is_refused(layers):
    with pytest.raises(GlotError, match=r"Unknown conv 'gta'.*Did you mean 'gat'"):
        build_pooler(PoolerConfig("glot", conv="gta", layers=layers), WIDTH)


def test_each_kind_of_backbone_has_its_own_one_token_pooler():
    both = ("mean", "max", "adapool", "mlp", "deepsets", "glot")
    assert poolers_for("encoder") == ("mean", "max", "cls", *both[2:])
    assert poolers_for("decoder") == ("mean", "max", "eos", *both[2:])


@pytest.mark.parametrize("name", POOLERS.names())
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_settings_are_fitted_to_the_backbone(name, kind):
    config = PoolerConfig(name, tau=0.3)
    fitted = for_backbone(config, kind)
    assert fitted.name in poolers_for(kind)
    assert fitted.tau == 0.3
    if name not in ("cls", "eos"):
        assert fitted == config


def test_kinds_are_those_that_backbones_have(fake):
    assert poolers_for(fake.kind)
    with pytest.raises(GlotError, match=r"'seq2seq'.*encoder, decoder"):
        poolers_for("seq2seq")
    with pytest.raises(GlotError, match="'seq2seq'"):
        for_backbone(PoolerConfig("mean"), "seq2seq")
