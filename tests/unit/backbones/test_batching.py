"""Which texts a backbone is given at once."""

from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glot.backbones import batching


@pytest.mark.parametrize("text", ["字" * 600, "x" * 600, "word " * 300, "!?" * 300])
def test_long_texts_are_not_computed_all_at_once(minilm, text):
    """Words tell the length of some texts, and say nothing of others."""
    numbers = next(batching.length_batches([text] * 100, range(100), 512, "cpu"))
    assert (
        len(numbers) * int(minilm.encode([text]).mask.sum()) <= 3 * batching.TOKENS_PER_CALL["cpu"]
    )


def test_every_text_is_in_one_batch_with_texts_of_its_length(monkeypatch):
    monkeypatch.setattr(batching, "CHUNK", 100)
    random = np.random.default_rng(0)
    texts = ["word " * int(n) for n in random.integers(1, 60, 250)]
    batches = list(batching.length_batches(texts, range(250), 512, "cpu"))
    assert sorted(number for batch in batches for number in batch) == list(range(250))
    for batch in batches:
        # Sorted within a chunk, so that no batch holds texts of two.
        assert len({number // 100 for number in batch}) == 1
        longest = batching.estimated_tokens(texts[batch[0]])
        assert len(batch) * longest <= batching.TOKENS_PER_CALL["cpu"]


def test_only_the_rows_that_are_wanted_are_in_batches(monkeypatch):
    monkeypatch.setattr(batching, "CHUNK", 3)
    texts = ["word " * n for n in range(1, 9)]
    batches = list(batching.length_batches(texts, [6, 1, 4, 0], 512, "cpu"))
    assert batches == [[6, 4, 1], [0]]


@given(
    lengths=st.lists(st.integers(1, 600), max_size=80),
    bound=st.integers(1, 2000),
    padding=st.floats(0, 0.5),
    spared=st.integers(0, 200),
)
def test_counted_texts_waste_little(lengths, bound, padding, spared):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(batching.TOKENS_PER_CALL, "cpu", bound)
        patch.setitem(batching.PADDING, "cpu", padding)
        patch.setitem(batching.SPARED, "cpu", spared)
        batches = list(batching.exact_batches(lengths, "cpu"))
    order = [number for batch in batches for number in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[i] for i in order] == sorted(lengths, reverse=True)
    for batch, following in zip_longest(batches, batches[1:]):
        padded = len(batch) * lengths[batch[0]]
        tokens = sum(lengths[i] for i in batch)
        assert len(batch) == 1 or padded <= bound
        assert padded - tokens <= max(padding * padded + 1e-6, spared)
        # No batch ends before it must.
        if following:
            more = padded + lengths[batch[0]]
            waste = more - tokens - lengths[following[0]]
            assert more > bound or waste > max(padding * more - 1e-6, spared)


def test_few_short_texts_are_one_call():
    # By its share alone, the padding would make three batches of these.
    lengths = [6, 9, 14]
    assert list(batching.exact_batches(lengths, "cpu")) == [[2, 1, 0]]
    assert list(batching.exact_batches(lengths, "cuda")) == [[2], [1], [0]]
