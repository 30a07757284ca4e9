"""What the tests of poolers share: a pooler with any settings and weights, and a ragged batch."""

from dataclasses import dataclass

import torch
from hypothesis import assume
from hypothesis import strategies as st
from torch import nn

from glot.config import JUMPING_KNOWLEDGE, NORMS, SIMILARITIES, PoolerConfig
from glot.convs import CONVS
from glot.graph.similarity import token_similarity
from glot.poolers import POOLERS, build_pooler
from glot.poolers.base import Pooler

WIDTH = 6
ALL = POOLERS.names()
# Sums over all neighbours, as GIN's, make large values of which the last digits vary.
CLOSE = {"atol": 2e-5, "rtol": 2e-4}
lengths = st.lists(st.integers(1, 9), min_size=1, max_size=4)


@dataclass(frozen=True)
class Case:
    """A pooler with random weights, in eval mode, and a batch with random lengths."""

    pooler: Pooler
    hidden: torch.Tensor
    mask: torch.Tensor

    def __iter__(self):
        return iter((self.pooler, self.hidden, self.mask))


@st.composite
def configs(draw, names=ALL):
    return PoolerConfig(
        name=draw(st.sampled_from(names)),
        width=draw(st.sampled_from([1, 3, 8])),
        layers=draw(st.integers(0, 3)),
        conv=draw(st.sampled_from(CONVS.names())),
        jumping_knowledge=draw(st.sampled_from(JUMPING_KNOWLEDGE)),
        projection=draw(st.sampled_from([0, 4, 9])),
        similarity=draw(st.sampled_from(SIMILARITIES)),
        # Two states are opposite when centred: at τ = −1 rounding would decide on their edge.
        tau=draw(st.sampled_from([-0.99, 0.0, 0.3, 0.6, 1.0])),
        edge_term=draw(st.booleans()),
        norm=draw(st.sampled_from(NORMS)),
    )


@st.composite
def cases(draw, names=ALL):
    config = draw(configs(names))
    torch.manual_seed(draw(st.integers(0, 2**16)))
    pooler = build_pooler(config, WIDTH).eval()
    for module in pooler.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    size = torch.tensor(draw(lengths))
    mask = torch.arange(int(size.max())) < size[:, None]
    hidden = torch.randn(*mask.shape, WIDTH)
    assume(edges_are_clear(hidden, mask, config))
    return Case(pooler, hidden, mask)


def edges_are_clear(hidden, mask, config):
    """Whether no pair is so near to τ that another order of summing could flip its edge."""
    gap = (token_similarity(hidden, mask, config.similarity) - config.tau).abs()
    pairs = mask[:, :, None] & mask[:, None] & ~torch.eye(mask.shape[1], dtype=torch.bool)
    return not bool((gap[pairs] < 1e-4).any())
