"""The control of the graph: as many edges at every τ, between other pairs."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.graph.forms.choose import STREAMING_PAIRS, neighbours
from glot.graph.shuffle import shuffled_similarity
from glot.graph.similarity import token_similarity, unit_states
from glot.poolers import build_pooler


def states(length=12, batch=2):
    return torch.randn(batch, length, 6, generator=torch.Generator().manual_seed(3))


def pairs(table, n):
    first, second = torch.triu_indices(n, n, offset=1)
    return table[first, second]


def test_the_pairs_of_a_sentence_keep_their_values_and_change_their_places():
    hidden = states()
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[1, 9:] = False
    real = token_similarity(hidden, mask)
    dealt = token_similarity(hidden, mask, "shuffled")
    for row, n in ((0, 12), (1, 9)):
        before, after = pairs(real[row], n), pairs(dealt[row], n)
        assert torch.equal(before.sort().values, after.sort().values)
        # Of so many pairs a random order leaves about one at its place.
        assert int((before == after).sum()) < 6
    assert torch.equal(dealt, dealt.mT)
    assert torch.equal(dealt.diagonal(dim1=1, dim2=2), torch.ones(2, 12))


@pytest.mark.parametrize("tau", [-1.0, -0.2, 0.1, 0.5, 1.0])
def test_the_density_is_that_of_the_real_graph_at_every_tau(tau):
    hidden, mask = states(), torch.ones(2, 12, dtype=torch.bool)
    real = neighbours(hidden, mask, tau).degree().sum(1)
    assert torch.equal(neighbours(hidden, mask, tau, "shuffled").degree().sum(1), real)


def test_a_sentence_has_the_same_graph_in_every_batch_and_with_padding():
    hidden = states(batch=1)
    alone = token_similarity(hidden, torch.ones(1, 12), "shuffled")
    padded = torch.nn.functional.pad(hidden, (0, 0, 2, 3)).repeat(2, 1, 1)
    mask = torch.nn.functional.pad(torch.ones(1, 12), (2, 3)).repeat(2, 1)
    mask[0, 4] = 0
    together = token_similarity(padded, mask, "shuffled")
    torch.testing.assert_close(together[1, 2:14, 2:14], alone[0])


def test_the_default_deal_is_the_one_that_measured_results_rest_on():
    """Written down when they were measured: which pair's value each pair of four tokens gets."""
    values = torch.arange(6.0) / 10
    table = torch.eye(4)
    first, second = torch.triu_indices(4, 4, offset=1)
    table[first, second] = table[second, first] = values
    dealt = shuffled_similarity(table[None], torch.ones(1, 4))[0]
    assert torch.equal(pairs(dealt, 4), values[[2, 5, 0, 1, 3, 4]])
    assert torch.equal(shuffled_similarity(table[None], torch.ones(1, 4), 42)[0], dealt)


def test_each_seed_deals_otherwise_and_always_alike():
    real = token_similarity(states(batch=1), torch.ones(1, 12))
    deals = [shuffled_similarity(real, torch.ones(1, 12), seed) for seed in range(42, 47)]
    for seed, dealt in enumerate(deals, start=42):
        assert torch.equal(dealt, shuffled_similarity(real, torch.ones(1, 12), seed))
        assert torch.equal(pairs(dealt[0], 12).sort().values, pairs(real[0], 12).sort().values)
    assert len({tuple(pairs(dealt[0], 12).tolist()) for dealt in deals}) == 5


def test_the_edges_say_nothing_about_the_states():
    """Real edges join near states; dealt ones join pairs as near as any."""
    hidden = states(length=40, batch=8)
    mask = torch.ones(8, 40, dtype=torch.bool)
    near = token_similarity(hidden, mask)
    off = ~torch.eye(40, dtype=torch.bool)
    for kind, low, high in (("cosine", 0.3, 1.0), ("shuffled", -0.03, 0.03)):
        joined = (token_similarity(hidden, mask, kind) > 0.3) & off
        assert low < float(near[joined].mean()) < high


def test_it_needs_a_table():
    long = torch.ones(1, 1, 3).expand(1, int(STREAMING_PAIRS**0.5) + 1, 3)
    with pytest.raises(GlotError, match="shuffled"):
        unit_states(states(), torch.ones(2, 12), "shuffled")
    with pytest.raises(GlotError, match="fewer tokens"):
        neighbours(long.contiguous(), torch.ones(long.shape[:2], dtype=torch.bool), 0.5, "shuffled")


def test_a_head_pools_on_it_and_learns():
    pooler = build_pooler(PoolerConfig("glot", similarity="shuffled", tau=0.1, width=4), 6)
    pooled = pooler(states(), torch.ones(2, 12))
    pooled.embedding.sum().backward()
    assert all(bool(weight.grad.isfinite().all()) for weight in pooler.convs.parameters())
