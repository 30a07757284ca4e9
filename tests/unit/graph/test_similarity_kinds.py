"""The centred similarity: against torch's own cosine, and where it is not defined."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glot.errors import GlotError
from glot.graph.similarity import centred_states, cosine_similarity, token_similarity
from glot.graph.token_graph import TokenGraph


def random_batch(seed, lengths=(7, 3, 1), width=5):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.randn(*mask.shape, width, generator=generator), mask


def test_centred_is_the_cosine_of_what_differs_from_the_mean():
    hidden, mask = random_batch(0)
    found = token_similarity(hidden, mask, "centred")
    for row, valid in enumerate(mask):
        states = hidden[row, valid].double()
        states = states - states.mean(dim=0)
        expected = torch.cosine_similarity(states[:, None], states[None], dim=-1)
        expected.fill_diagonal_(1.0)
        block = found[row][valid][:, valid]
        torch.testing.assert_close(block.double(), expected, atol=1e-5, rtol=0)
    assert torch.equal(found, found.mT)


def test_the_default_is_the_papers():
    hidden, mask = random_batch(1)
    assert torch.equal(token_similarity(hidden, mask), cosine_similarity(hidden))
    assert torch.equal(TokenGraph.of(hidden, mask).similarity, cosine_similarity(hidden))
    centred = TokenGraph.of(hidden, mask, similarity="centred").similarity
    assert torch.equal(centred, token_similarity(hidden, mask, "centred"))


@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([1e6, float("nan")]))
def test_padding_is_out_of_the_mean(seed, extra, filling):
    hidden, mask = random_batch(seed)
    wide = torch.cat([hidden, torch.full((3, extra, 5), filling)], dim=1)
    wider = torch.cat([mask, torch.zeros(3, extra, dtype=torch.bool)], dim=1)
    before, after = centred_states(hidden, mask), centred_states(wide, wider)
    torch.testing.assert_close(after[:, : mask.shape[1]], before, atol=1e-6, rtol=1e-5)
    assert not bool(after[~wider].any())


@given(st.integers(0, 10_000), st.floats(-10, 10))
def test_a_direction_that_all_states_share_changes_nothing(seed, shift):
    hidden, mask = random_batch(seed)
    before = token_similarity(hidden, mask, "centred")
    after = token_similarity(hidden + shift, mask, "centred")
    both = mask[:, :, None] & mask[:, None]
    # The shift costs the states a digit.
    torch.testing.assert_close(after[both], before[both], atol=1e-3, rtol=0)


@pytest.mark.parametrize("state", [0.0, 0.1, 1e-20, 3e4])
@pytest.mark.parametrize("length", [1, 3, 7])
def test_states_equal_to_the_mean_are_similar_to_none(state, length):
    hidden = torch.full((1, length, 5), state, requires_grad=True)
    mask = torch.ones(1, length, dtype=torch.bool)
    similarity = token_similarity(hidden, mask, "centred")
    assert torch.equal(similarity, torch.eye(length)[None])
    edges = TokenGraph.of(hidden, mask, "centred").edges(0.0)
    assert edges.tolist() == [list(range(length))] * 2
    similarity.sum().backward()
    assert bool(hidden.grad.isfinite().all())


def test_one_state_at_the_mean_of_others():
    # Exactly between the two others, which are opposite to each other.
    hidden = torch.tensor([[[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]], requires_grad=True)
    similarity = token_similarity(hidden, torch.ones(1, 3), "centred")
    expected = torch.tensor([[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]]])
    torch.testing.assert_close(similarity, expected)
    similarity.square().sum().backward()
    assert bool(hidden.grad.isfinite().all())


def test_half_precision_states_are_centred_in_float32():
    hidden, mask = random_batch(2)
    narrow = hidden.bfloat16()
    found = token_similarity(narrow, mask, "centred")
    assert found.dtype == torch.float32
    assert torch.equal(found, token_similarity(narrow.float(), mask, "centred"))


def test_an_unknown_similarity_is_refused():
    with pytest.raises(GlotError, match=r"'dot'.*cosine, centred"):
        TokenGraph.of(torch.ones(1, 2, 3), torch.ones(1, 2), similarity="dot")
