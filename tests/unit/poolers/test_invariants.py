"""The invariants of the design, section 3, for every pooler, conv, similarity and projection."""

import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from glot.poolers import POOLERS
from tests.unit.poolers.cases import CLOSE, WIDTH, cases

# `cls` and `eos` take a token by its place, so another order gives another token.
ORDERLESS = tuple(name for name in POOLERS.names() if name not in ("cls", "eos"))
# The others' z is no weighted sum of anything seen outside, or (`max`) none at all.
SUMS_OF_STATES = ("mean", "cls", "eos", "adapool")


@given(cases())
def test_weights_are_a_distribution_over_valid_tokens(case):
    pooler, hidden, mask = case
    pooled = pooler(hidden, mask)
    assert pooled.embedding.shape == (len(mask), pooler.out_width)
    assert pooled.weights.shape == mask.shape
    assert bool((pooled.weights >= 0).all())
    assert bool((pooled.weights[~mask] == 0).all())
    torch.testing.assert_close(pooled.weights.sum(1), torch.ones(len(mask)))


@given(cases(SUMS_OF_STATES))
def test_z_is_the_weighted_sum_of_states(case):
    pooler, hidden, mask = case
    pooled = pooler(hidden, mask)
    expected = torch.einsum("bl,bld->bd", pooled.weights, pooler.scaled(hidden))
    torch.testing.assert_close(pooled.embedding, expected, **CLOSE)


@given(cases(), st.integers(1, 5), st.sampled_from([0.0, 1e6, float("nan"), float("inf")]))
def test_padding_changes_nothing(case, extra, filling):
    pooler, hidden, mask = case
    before = pooler(hidden, mask)
    wide = torch.cat([hidden, torch.full((len(mask), extra, WIDTH), filling)], dim=1)
    wider = torch.cat([mask, torch.zeros(len(mask), extra, dtype=torch.bool)], dim=1)
    after = pooler(wide, wider)
    torch.testing.assert_close(after.embedding, before.embedding, **CLOSE)
    torch.testing.assert_close(after.weights[:, : mask.shape[1]], before.weights, **CLOSE)


@given(cases(), st.integers(1, 3))
def test_padding_on_the_left_changes_nothing_either(case, extra):
    pooler, hidden, mask = case
    before = pooler(hidden, mask)
    wide = torch.cat([torch.full((len(mask), extra, WIDTH), 7.0), hidden], dim=1)
    wider = torch.cat([torch.zeros(len(mask), extra, dtype=torch.bool), mask], dim=1)
    after = pooler(wide, wider)
    torch.testing.assert_close(after.embedding, before.embedding, **CLOSE)
    torch.testing.assert_close(after.weights[:, extra:], before.weights, **CLOSE)


@given(cases())
def test_a_batch_equals_its_sentences_one_by_one(case):
    pooler, hidden, mask = case
    together = pooler(hidden, mask)
    for row, valid in enumerate(mask):
        alone = pooler(hidden[row : row + 1, valid], mask[row : row + 1, valid])
        torch.testing.assert_close(together.embedding[row], alone.embedding[0], **CLOSE)
        torch.testing.assert_close(together.weights[row, valid], alone.weights[0], **CLOSE)


@given(cases(ORDERLESS), st.randoms(use_true_random=False))
def test_permuting_tokens_permutes_weights_and_keeps_z(case, random):
    pooler, hidden, mask = case
    # The control's edges are dealt out by place.
    assume(pooler.config.similarity != "shuffled")
    order = list(range(mask.shape[1]))
    random.shuffle(order)
    before, after = pooler(hidden, mask), pooler(hidden[:, order], mask[:, order])
    torch.testing.assert_close(after.embedding, before.embedding, **CLOSE)
    torch.testing.assert_close(after.weights, before.weights[:, order], **CLOSE)


@given(cases(), st.sampled_from([0.0, 1e-30, 1e-6, 1e4, 1e12]))
def test_neither_weights_nor_gradients_are_ever_nan(case, scale):
    pooler, hidden, mask = case
    hidden = (hidden * scale).requires_grad_()
    pooled = pooler(hidden, mask)
    assert bool(pooled.embedding.isfinite().all())
    torch.testing.assert_close(pooled.weights.sum(1), torch.ones(len(mask)))
    (pooled.embedding.mean() + pooled.weights.square().sum()).backward()
    for tensor in (hidden, *pooler.parameters()):
        assert tensor.grad is None or bool(tensor.grad.isfinite().all())


@given(cases(("glot",)), st.lists(st.sampled_from([-0.99, 0.1, 0.5, 1.0]), min_size=1, max_size=4))
def test_one_sentence_on_many_graphs_equals_them_one_by_one(case, taus):
    pooler, hidden, mask = case
    hidden, mask = hidden[:1, mask[0]], mask[:1, mask[0]]
    together = pooler(hidden, mask, torch.tensor(taus))
    assert together.embedding.shape == (len(taus), pooler.out_width)
    for row, tau in enumerate(taus):
        alone = pooler(hidden, mask, tau)
        torch.testing.assert_close(together.embedding[row], alone.embedding[0], **CLOSE)
        torch.testing.assert_close(together.weights[row], alone.weights[0], **CLOSE)
