"""Many texts: the same states as one by one, tokenised ahead by a thread that ends."""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from glot.backbones import batching, load_backbone
from glot.backbones.ahead import ahead
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads.embed import embed_texts
from glot.poolers.mean import MeanPooler
from glot.training.store import StateStore
from tests.conftest import FakeBackbone
from tests.unit.backbones.tiny import ARCHITECTURES

WORDS = ["keys", "maps", "file", "nobody", "said", "Wolken", "🙂", "über", "not"]


def texts_of(lengths, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, n)) for n in lengths]


TEXTS = texts_of(np.random.default_rng(1).permutation([30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] * 3))


@pytest.fixture
def small(monkeypatch):
    """Chunks and calls so small that a few texts make many of them."""
    monkeypatch.setattr(batching, "CHUNK", 10)
    monkeypatch.setitem(batching.TOKENS_PER_CALL, "cpu", 60)


@pytest.fixture
def tiny(folders):
    def load(name):
        return load_backbone(str(folders[name]), device="cpu", dtype="float32")

    return load


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("glot-ahead")]


def assert_one_by_one(backbone, batches, texts, wanted, limit=None, layer=None):
    rows = [row for batch in batches for row in batch.rows]
    assert sorted(rows) == sorted(wanted)
    for batch in batches:
        for row, hidden, mask, cut in zip(
            batch.rows, batch.hidden, batch.mask, batch.n_cut, strict=True
        ):
            alone = backbone.encode([texts[row]], limit, layer)
            torch.testing.assert_close(hidden[mask], alone.hidden[0], atol=1e-5, rtol=1e-5)
            assert cut == alone.n_cut[0]
    return rows


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_many_texts_have_the_states_of_each_alone(tiny, small, name):
    backbone = tiny(name)
    for layer in (0, 1, 2, None):
        batches = list(backbone.encode_many(TEXTS, 12, layer))
        rows = assert_one_by_one(backbone, batches, TEXTS, range(len(TEXTS)), 12, layer)
    assert len(batches) > 6
    # One chunk after the other, and in each the longest first.
    assert [row // 10 for row in rows] == sorted(row // 10 for row in rows)
    lengths = [int(mask.sum()) for batch in batches for mask in batch.mask][:10]
    assert lengths == sorted(lengths, reverse=True)
    whole = [len(backbone._tokenizer(text)["input_ids"]) for text in TEXTS]
    cut = {row: n for batch in batches for row, n in zip(batch.rows, batch.n_cut, strict=True)}
    assert [cut[row] for row in range(len(TEXTS))] == [max(0, n - 12) for n in whole]
    assert max(cut.values()) > 12


def test_a_fake_backbone_gives_many_texts_too(small):
    batches = list(FakeBackbone().encode_many(TEXTS, 5, 2))
    assert_one_by_one(FakeBackbone(), batches, TEXTS, range(len(TEXTS)), 5, 2)


@pytest.mark.parametrize("name", ["bert", "fake"])
def test_only_the_rows_that_are_wanted_are_computed(tiny, small, name):
    backbone = FakeBackbone() if name == "fake" else tiny(name)
    wanted = [33, 2, 17, *range(4, 16)]
    batches = list(backbone.encode_many(TEXTS, rows=wanted))
    assert_one_by_one(backbone, batches, TEXTS, wanted)
    assert list(backbone.encode_many(TEXTS, rows=[])) == []


@pytest.mark.parametrize(
    ("name", "masked", "padded"),
    [
        ("bert", False, False),
        ("llama", False, False),
        ("modernbert", True, True),
        ("mistral", False, True),
    ],
)
def test_padding_is_read_and_masked_only_where_it_must_be(tiny, name, masked, padded):
    backbone = tiny(name)
    seen, read = [], []

    def look(_, __, given):
        seen.append(given.get("attention_mask"))
        read.append(given["input_ids"].numel())

    backbone._model.register_forward_pre_hook(look, with_kwargs=True)
    texts = ["keys maps", "maps keys", "keys keys"]
    (batch,) = backbone.encode_many(texts)
    assert seen == [None]
    assert batch.mask.all()
    assert_one_by_one(backbone, [batch], texts, range(3))
    backbone.encode([*texts, "keys"])
    assert (seen[-1] is not None) == masked
    lengths = [len(backbone._tokenizer(text)["input_ids"]) for text in (*texts, "keys")]
    assert read[-1] == (4 * max(lengths) if padded else sum(lengths))


def test_closing_ends_the_thread(tiny, small):
    batches = tiny("bert").encode_many(TEXTS)
    assert threads() == []
    next(batches)
    assert len(threads()) == 1
    batches.close()
    assert threads() == []


def test_the_thread_ends_with_the_last_batch(tiny, small):
    assert len(list(tiny("bert").encode_many(TEXTS))) > 6
    assert threads() == []


def test_an_error_of_the_caller_ends_the_thread(tiny, small, tmp_path, monkeypatch):
    store = StateStore(tiny("bert"), 12, root=tmp_path)

    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr(store, "_write", full)
    with pytest.raises(OSError, match="no room"):
        store.states(TEXTS)
    assert threads() == []


def test_work_is_done_ahead_within_a_bound():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    taken = ahead(items(), 3)
    for number in range(20):
        assert next(taken) == number
        assert len(made) <= number + 5
    assert list(taken) == []
    assert threads() == []


def test_an_error_comes_where_its_item_would_have_come():
    def items():
        yield 1
        yield 2
        raise KeyError("three")

    taken = ahead(items(), 8)
    assert [next(taken), next(taken)] == [1, 2]
    with pytest.raises(KeyError, match="three"):
        next(taken)
    assert threads() == []


def test_a_text_without_words_is_told_by_its_number_when_its_turn_comes(tiny, small):
    texts = [*TEXTS[:24], "[CLS] [SEP]", *TEXTS[24:]]
    done = []

    def keep(batch):
        done.extend(batch.rows)

    with pytest.raises(GlotError, match=r"Text 25 of 37, '\[CLS\] \[SEP\]', holds only special"):
        deque(map(keep, tiny("bert").encode_many(texts)))
    assert sorted(done) == list(range(20))
    assert threads() == []


def test_the_store_tells_the_number_in_the_whole_list(tiny, tmp_path):
    store = StateStore(tiny("bert"), 12, root=tmp_path)
    store.states(TEXTS[:9])
    with pytest.raises(GlotError, match=r"Text 13 of 13, '\[SEP\]', holds only special tokens"):
        store.states([*TEXTS[:9], "keys", "keys", "maps", "[SEP]"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [("", "is empty"), (" \n", "only spaces"), ("\ud800", "not valid Unicode")],
)
def test_bad_texts_are_told_before_anything_is_computed(tiny, bad, message):
    texts = [*TEXTS, bad]
    with pytest.raises(GlotError, match=f"Text 37 of 37 is .*{message.removeprefix('is ')}"):
        tiny("bert").encode_many(texts)
    with pytest.raises(GlotError, match="No text"):
        tiny("bert").encode_many([])


def test_settings_that_do_not_fit_are_told_at_once(tiny):
    backbone = tiny("bert")
    with pytest.raises(GlotError, match="Layer 3"):
        backbone.encode_many(TEXTS, layer=3)
    with pytest.raises(GlotError, match="max_tokens -1"):
        backbone.encode_many(TEXTS, -1)
    with pytest.raises(GlotError, match="3 tokens or more"):
        next(backbone.encode_many(TEXTS, 2))


def test_several_threads_may_ask_at_once(tiny, small):
    """The tokenizer's settings change from call to call, so calls must not meet in it."""
    backbone = tiny("bert")
    expected = {limit: backbone.encode(TEXTS, limit).mask.sum(1).tolist() for limit in (5, 9, 13)}

    def lengths(limit):
        found = [0] * len(TEXTS)
        for batch in backbone.encode_many(TEXTS, limit):
            for row, mask in zip(batch.rows, batch.mask, strict=True):
                found[row] = int(mask.sum())
            assert backbone.encode(TEXTS[:1], limit).mask.sum() == expected[limit][0]
        return found

    with ThreadPoolExecutor(6) as pool:
        for limit, found in zip((5, 9, 13) * 4, pool.map(lengths, (5, 9, 13) * 4), strict=True):
            assert found == expected[limit]


@pytest.mark.parametrize("name", ["bert", "fake"])
def test_vectors_come_in_the_order_of_the_texts(tiny, small, name):
    backbone = FakeBackbone() if name == "fake" else tiny(name)
    chunks = list(
        embed_texts(TEXTS, backbone, MeanPooler(PoolerConfig("mean"), backbone.width), 12)
    )
    assert [len(chunk) for chunk in chunks] == [10, 10, 10, 6]
    alone = [backbone.encode([text], 12).hidden[0].mean(0) for text in TEXTS]
    np.testing.assert_allclose(np.concatenate(chunks), torch.stack(alone).numpy(), atol=1e-5)
    assert threads() == []
