import numpy as np
import pytest
import torch

from glot.config import PoolerConfig
from glot.heads import sweep as module
from glot.heads.classifier import ClassifierHead
from glot.heads.sweep import sweep

TAUS = np.round(np.linspace(-0.5, 1.2, 35), 3)


@pytest.mark.parametrize("pooler", ["mean", "adapool", "glot"])
@pytest.mark.parametrize("small_passes", [False, True])
def test_a_sweep_equals_its_thresholds_one_by_one(pooler, small_passes, monkeypatch):
    if small_passes:
        monkeypatch.setattr(module, "PASS_VALUES", 1)
    torch.manual_seed(0)
    head = ClassifierHead(PoolerConfig(pooler, width=5), 6, 3).eval()
    hidden, mask = torch.randn(1, 8, 6), torch.ones(1, 8, dtype=torch.bool)
    together = sweep(head, hidden, mask, TAUS)
    assert together.pooled.weights.shape == (len(TAUS), 8)
    for row, tau in enumerate(TAUS):
        alone = head(hidden, mask, tau=float(tau))
        torch.testing.assert_close(together.logits[row], alone.logits[0])
        torch.testing.assert_close(together.pooled.weights[row], alone.pooled.weights[0])
        torch.testing.assert_close(together.pooled.embedding[row], alone.pooled.embedding[0])


def test_one_token():
    head = ClassifierHead(PoolerConfig("glot", width=5), 6, 2).eval()
    out = sweep(head, torch.ones(1, 1, 6), torch.ones(1, 1), TAUS)
    assert torch.equal(out.pooled.weights, torch.ones(len(TAUS), 1))


def test_parameters_are_counted():
    # Score 6·5 + 5 and 5 + 1, classifier 6·2 + 2.
    assert ClassifierHead(PoolerConfig("adapool", width=5), 6, 2).n_parameters() == 55
    assert ClassifierHead(PoolerConfig("mean"), 6, 2).n_parameters() == 14
