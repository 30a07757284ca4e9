"""Which texts a backbone is given at once."""

import numpy as np
import pytest

from glot.backbones import batching


@pytest.mark.parametrize("text", ["字" * 600, "x" * 600, "word " * 300, "!?" * 300])
def test_long_texts_are_not_computed_all_at_once(minilm, text):
    """Words tell the length of some texts, and say nothing of others."""
    numbers = next(batching.length_batches([text] * 100, 512, "cpu"))
    assert (
        len(numbers) * int(minilm.encode([text]).mask.sum()) <= 3 * batching.TOKENS_PER_CALL["cpu"]
    )


def test_every_text_is_in_one_batch_with_texts_of_its_length(monkeypatch):
    monkeypatch.setattr(batching, "CHUNK", 100)
    random = np.random.default_rng(0)
    texts = ["word " * int(n) for n in random.integers(1, 60, 250)]
    batches = list(batching.length_batches(texts, 512, "cpu"))
    assert sorted(number for batch in batches for number in batch) == list(range(250))
    for batch in batches:
        # Sorted within a chunk, so that no batch holds texts of two.
        assert len({number // 100 for number in batch}) == 1
        longest = batching.estimated_tokens(texts[batch[0]])
        assert len(batch) * longest <= batching.TOKENS_PER_CALL["cpu"]
