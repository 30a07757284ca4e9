import numpy as np
import pytest
import torch

from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads import sweep as module
from glot.heads.config import HeadConfig
from glot.heads.sweep import sweep
from glot.poolers import POOLERS

TAUS = np.round(np.linspace(-0.5, 1.0, 31), 3)


@pytest.mark.parametrize("similarity", ["cosine", "centred"])
@pytest.mark.parametrize("pooler", POOLERS.names())
@pytest.mark.parametrize("small_passes", [False, True])
def test_a_sweep_equals_its_thresholds_one_by_one(pooler, similarity, small_passes, monkeypatch):
    if small_passes:
        monkeypatch.setattr(module, "PASS_VALUES", 1)
    torch.manual_seed(0)
    config = PoolerConfig(pooler, width=5, similarity=similarity)
    head = build_head(config, 6, HeadConfig(n_classes=3)).eval()
    hidden, mask = torch.randn(1, 8, 6), torch.ones(1, 8, dtype=torch.bool)
    together = sweep(head, hidden, mask, TAUS)
    assert together.pooled.weights.shape == (len(TAUS), 8)
    for row, tau in enumerate(TAUS):
        alone = head.embed(hidden, mask, tau=float(tau))
        torch.testing.assert_close(together.pooled.weights[row], alone.weights[0])
        torch.testing.assert_close(together.pooled.embedding[row], alone.embedding[0])
        torch.testing.assert_close(together.outputs[row], head(alone.embedding)[0])


def test_one_token():
    head = build_head(PoolerConfig("glot", width=5), 6, HeadConfig(n_classes=2)).eval()
    out = sweep(head, torch.ones(1, 1, 6), torch.ones(1, 1), TAUS)
    assert torch.equal(out.pooled.weights, torch.ones(len(TAUS), 1))


def test_a_head_of_pairs_has_weights_but_no_outputs():
    head = build_head(PoolerConfig("glot", width=5), 6, HeadConfig("similarity", pairs=True)).eval()
    out = sweep(head, torch.randn(1, 4, 6), torch.ones(1, 4), TAUS)
    assert out.outputs is None
    assert out.pooled.weights.shape == (len(TAUS), 4)
