"""The invariants of the design, section 3, and parity with the published implementation."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.graph.similarity import cosine_similarity
from glot.integrations.reference import load_pooler, our_name
from glot.poolers import POOLERS, build_pooler
from tests.conftest import shared_folder

WIDTH = 6
CLOSE = {"atol": 1e-5, "rtol": 1e-4}
names = st.sampled_from(POOLERS.names())
modes = st.sampled_from(["cat", "max", "mean", "none"])
lengths = st.lists(st.integers(1, 9), min_size=1, max_size=4)


@st.composite
def cases(draw):
    """A pooler with random settings and weights, and a batch with random lengths."""
    config = PoolerConfig(
        name=draw(names),
        width=draw(st.sampled_from([1, 3, 8])),
        layers=draw(st.integers(0, 3)),
        jumping_knowledge=draw(modes),
        tau=draw(st.sampled_from([-1.0, 0.0, 0.3, 0.6, 1.0])),
        edge_term=draw(st.booleans()),
    )
    seed = draw(st.integers(0, 2**16))
    torch.manual_seed(seed)
    pooler = build_pooler(config, WIDTH).eval()
    size = torch.tensor(draw(lengths))
    mask = torch.arange(int(size.max())) < size[:, None]
    hidden = torch.randn(*mask.shape, WIDTH)
    # No pair so near to τ that another order of summing could flip its edge.
    gap = (cosine_similarity(hidden) - config.tau).abs().flatten(1)
    off_diagonal = ~torch.eye(mask.shape[1], dtype=torch.bool).flatten()
    if bool((gap[:, off_diagonal] < 1e-4).any()):
        hidden = hidden + 0.01 * torch.randn(hidden.shape)
    return pooler, hidden, mask


@given(cases())
def test_weights_are_a_distribution_over_valid_tokens(case):
    pooler, hidden, mask = case
    pooled = pooler(hidden, mask)
    assert pooled.embedding.shape == (len(mask), pooler.out_width)
    assert pooled.weights.shape == mask.shape
    assert bool((pooled.weights >= 0).all())
    assert bool((pooled.weights[~mask] == 0).all())
    torch.testing.assert_close(pooled.weights.sum(1), torch.ones(len(mask)))


@given(cases(), st.integers(1, 5), st.sampled_from([0.0, 1e6, float("nan"), float("inf")]))
def test_padding_changes_nothing(case, extra, filling):
    pooler, hidden, mask = case
    before = pooler(hidden, mask)
    wide = torch.cat([hidden, torch.full((len(mask), extra, WIDTH), filling)], dim=1)
    wider = torch.cat([mask, torch.zeros(len(mask), extra, dtype=torch.bool)], dim=1)
    after = pooler(wide, wider)
    torch.testing.assert_close(after.embedding, before.embedding, **CLOSE)
    torch.testing.assert_close(after.weights[:, : mask.shape[1]], before.weights, **CLOSE)


@given(cases())
def test_a_batch_equals_its_sentences_one_by_one(case):
    pooler, hidden, mask = case
    together = pooler(hidden, mask)
    for row, valid in enumerate(mask):
        alone = pooler(hidden[row : row + 1, valid], mask[row : row + 1, valid])
        torch.testing.assert_close(together.embedding[row], alone.embedding[0], **CLOSE)
        torch.testing.assert_close(together.weights[row, valid], alone.weights[0], **CLOSE)


@given(cases(), st.randoms(use_true_random=False))
def test_permuting_tokens_permutes_weights_and_keeps_z(case, random):
    pooler, hidden, mask = case
    order = list(range(mask.shape[1]))
    random.shuffle(order)
    before, after = pooler(hidden, mask), pooler(hidden[:, order], mask[:, order])
    torch.testing.assert_close(after.embedding, before.embedding, **CLOSE)
    torch.testing.assert_close(after.weights, before.weights[:, order], **CLOSE)


@settings(max_examples=25)
@given(st.integers(0, 2**16), modes)
def test_no_layers_and_a_constant_score_are_mean_pooling(seed, mode):
    torch.manual_seed(seed)
    glot = build_pooler(PoolerConfig("glot", layers=0, jumping_knowledge=mode), WIDTH)
    for weight in glot.readout.parameters():
        torch.nn.init.zeros_(weight)
    mean = build_pooler(PoolerConfig("mean"), WIDTH)
    hidden, mask = torch.randn(3, 5, WIDTH), torch.arange(5) < torch.tensor([[5], [2], [1]])
    ours, theirs = glot(hidden, mask), mean(hidden, mask)
    torch.testing.assert_close(ours.embedding, theirs.embedding)
    torch.testing.assert_close(ours.weights, theirs.weights)


def test_mean_is_the_mean():
    mean = build_pooler(PoolerConfig("mean"), 2)
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]])
    assert mean(hidden, torch.tensor([[1, 1, 0]])).embedding.tolist() == [[2.0, 3.0]]


def test_tau_of_a_call_goes_before_the_configured_one():
    torch.manual_seed(0)
    hidden, mask = torch.randn(1, 6, WIDTH), torch.ones(1, 6)
    low, high = (build_pooler(PoolerConfig("glot", tau=t), WIDTH) for t in (-1.0, 0.9))
    high.load_state_dict(low.state_dict())
    assert torch.equal(low(hidden, mask, tau=0.9).embedding, high(hidden, mask).embedding)
    assert not torch.equal(low(hidden, mask).embedding, high(hidden, mask).embedding)


@pytest.mark.parametrize(
    ("mode", "layers", "width"),
    [("cat", 2, WIDTH + 16), ("max", 2, 8), ("mean", 3, 8), ("none", 1, 8), ("cat", 0, WIDTH)],
)
def test_output_width(mode, layers, width):
    config = PoolerConfig("glot", width=8, layers=layers, jumping_knowledge=mode)
    assert build_pooler(config, WIDTH).out_width == width


def test_wrong_shapes_are_refused():
    pooler = build_pooler(PoolerConfig("adapool"), WIDTH)
    with pytest.raises(GlotError, match="width 5"):
        pooler(torch.ones(1, 3, 5), torch.ones(1, 3))
    with pytest.raises(GlotError, match="with a mask"):
        pooler(torch.ones(1, 3, WIDTH), torch.ones(1, 4))


@pytest.mark.parametrize("name", ["gat_cat", "gat_max_dense", "gat_mean_deep", "adapool"])
def test_parity_with_the_published_implementation(name):
    path = shared_folder("parity") / f"{name}.safetensors"
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        conv = file.metadata()["conv"]
    pooler = load_pooler(path)
    hidden = tensors["hidden"].requires_grad_()
    pooled = pooler(hidden, tensors["mask"])
    torch.testing.assert_close(pooled.embedding, tensors["z"], atol=1e-5, rtol=0)
    pooled.embedding.backward(tensors["grad_z"])
    gradients = {our_name(k[5:], conv): v for k, v in tensors.items() if k.startswith("grad.")}
    assert set(gradients) == {key for key, _ in pooler.named_parameters()}
    for key, weight in pooler.named_parameters():
        expected = gradients[key].reshape(weight.shape)
        torch.testing.assert_close(weight.grad, expected, atol=1e-5, rtol=0)
    if "grad_hidden" in tensors:
        torch.testing.assert_close(hidden.grad, tensors["grad_hidden"], atol=1e-5, rtol=0)


META = {"conv": "adapool", "in_dim": "4", "hidden_dim": "3", "num_layers": "0", "jk_mode": "none"}


@pytest.mark.parametrize(
    ("metadata", "state", "message"),
    [
        (META, {"state.x": torch.ones(1)}, "lacks tau"),
        ({**META, "tau": "0"}, {"x": torch.ones(1)}, "tensors named state"),
        ({**META, "tau": "0"}, {"state.x": torch.ones(1)}, "does not fit its own metadata"),
        ({**META, "tau": "0", "conv": "sage"}, {"state.x": torch.ones(1)}, "Unknown conv 'sage'"),
    ],
)
def test_a_file_that_is_no_reference_head_is_refused(tmp_path, metadata, state, message):
    save_file(state, tmp_path / "head.safetensors", metadata=metadata)
    with pytest.raises(GlotError, match=message):
        load_pooler(tmp_path / "head.safetensors")


def test_a_broken_reference_file_is_refused(tmp_path):
    (tmp_path / "head.safetensors").write_text(json.dumps(META))
    with pytest.raises(GlotError, match="Cannot read"):
        load_pooler(tmp_path / "head.safetensors")
