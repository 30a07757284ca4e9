import numpy as np
import pytest
import torch

from glot.training.batches import evaluation_batches, training_batches


@pytest.mark.parametrize("n", [1, 31, 33, 4000])
def test_every_row_is_in_one_batch(n):
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, 50, n))
    for batches in (training_batches(lengths, 32, 1, 0), evaluation_batches(lengths, 32)):
        assert sorted(row for batch in batches for row in batch) == list(range(n))
        assert max(map(len, batches)) <= 32


def test_rows_of_a_batch_have_similar_lengths():
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, 512, 4000))
    spread = [
        int(lengths[batch].max() - lengths[batch].min())
        for batch in training_batches(lengths, 32, 1, 0)
    ]
    assert np.mean(spread) < 30


def test_order_depends_on_seed_and_epoch_alone():
    lengths = torch.arange(1, 200)
    assert training_batches(lengths, 8, 1, 0) == training_batches(lengths, 8, 1, 0)
    assert training_batches(lengths, 8, 1, 0) != training_batches(lengths, 8, 1, 1)
    assert training_batches(lengths, 8, 1, 0) != training_batches(lengths, 8, 2, 0)
