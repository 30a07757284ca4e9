"""What the hidden-state store holds, and that it computes a text once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glot.backbones import batching
from glot.errors import GlotError
from glot.training.store import StateStore, extraction, list_collections
from glot.training.store.catalogue import Catalogue
from glot.training.store.shards import DIGEST, Shard
from tests.conftest import FakeBackbone

TEXTS = [" ".join(f"w{i}{j}" for j in range(i * 7 % 11 + 1)) for i in range(60)]
MAPS = Path("/proc/self/maps")


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


class Counting(FakeBackbone):
    """Remembers every text that it computed, in the order of its calls."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.seen = []
        self.batches = []

    def encode(self, texts, max_tokens=None, layer=None):
        self.seen += texts
        states = super().encode(texts, max_tokens, layer)
        self.batches.append(states.mask)
        return states


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def small_shards(monkeypatch):
    """Shards and chunks so small that a few texts make many of them."""
    monkeypatch.setattr(extraction, "SHARD_TOKENS", 40)
    monkeypatch.setattr(batching, "CHUNK", 25)
    monkeypatch.setitem(batching.TOKENS_PER_CALL, "cpu", 64)


def assert_states(stored, backbone, texts, max_tokens=None, layer=None):
    """Every text's stored states are the backbone's, rounded to float16."""
    found = stored.batch(range(len(texts)))
    direct = backbone.encode(texts, max_tokens, layer)
    assert torch.equal(found.mask, direct.mask)
    expected = direct.hidden.where(direct.mask[:, :, None], torch.tensor(0.0))
    assert found.hidden.dtype is torch.float32
    assert torch.equal(found.hidden, torch.from_numpy(expected.numpy().astype(np.float16)).float())


def test_stored_states_are_the_backbones_own(counting, cache, small_shards):
    stored = StateStore(counting, 9).states(TEXTS)
    assert len(stored) == 60
    assert stored.width == 8
    assert stored.lengths.dtype is torch.int64
    assert stored.lengths.tolist() == [min(9, len(text.split())) for text in TEXTS]
    assert len(stored.shards) > 5
    assert_states(stored, FakeBackbone(), TEXTS, 9)


def test_the_real_backbones_states_are_within_rounding(minilm, tmp_path):
    texts = ["The plot is slow.", "Warm!", "Über den Wolken " * 30, "日本語の文章です。" * 9]
    stored = StateStore(minilm, 64, root=tmp_path).states(texts)
    for row, text in enumerate(texts):
        alone = minilm.encode([text], 64)
        found = stored.batch([row])
        assert torch.equal(found.mask, alone.mask)
        torch.testing.assert_close(found.hidden, alone.hidden, rtol=2**-10, atol=1e-5)


def test_a_text_is_computed_once_in_all_splits(counting, cache, small_shards):
    store = StateStore(counting, 9)
    train = [*TEXTS[:40], TEXTS[3], TEXTS[3], TEXTS[0]]
    assert_states(store.states(train), FakeBackbone(), train, 9)
    assert sorted(counting.seen) == sorted(TEXTS[:40])
    test = [TEXTS[50], *TEXTS[30:60], TEXTS[50]]
    assert_states(store.states(test), FakeBackbone(), test, 9)
    assert_states(StateStore(counting, 9).states(TEXTS[::-1]), FakeBackbone(), TEXTS[::-1], 9)
    assert sorted(counting.seen) == sorted(TEXTS)


def test_pairs_that_repeat_a_text_cost_one_text(counting, cache):
    StateStore(counting, 9).states([word for word in "abc" for _ in range(1000)])
    assert sorted(counting.seen) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        ({}, {"layer": 2}),
        ({}, {"layer": 0}),
        ({}, {"max_tokens": 3}),
        ({"fingerprint": "other"}, {}),
        ({"settings_fingerprint": "other"}, {}),
        ({"tokenizer_fingerprint": "other"}, {}),
        ({"dtype": torch.float16}, {}),
        ({"dtype": torch.bfloat16}, {}),
    ],
    ids=[
        "layer",
        "embeddings",
        "max_tokens",
        "weights",
        "settings",
        "tokenizer",
        "float16",
        "bfloat16",
    ],
)
def test_what_shapes_states_keeps_them_apart(counting, cache, change, settings):
    StateStore(counting, 9).states(TEXTS)
    other = Counting()
    vars(other).update(change)
    StateStore(other, **{"max_tokens": 9, **settings}).states(TEXTS)
    assert sorted(other.seen) == sorted(TEXTS)
    assert len(list_collections()) == 2


@pytest.mark.parametrize("layer", range(5))
def test_every_layer_has_its_own_states(counting, cache, layer):
    stored = StateStore(counting, 9, layer=layer).states(TEXTS)
    assert_states(stored, FakeBackbone(), TEXTS, 9, layer)
    direct = FakeBackbone().encode(["a"]).hidden[0, 0].numpy()
    found = StateStore(counting, 9, layer=layer).states(["a"]).batch([0]).hidden[0, 0].numpy()
    known = np.roll(direct, 4 - layer) / 2 ** (4 - layer)
    assert np.array_equal(found, known.astype(np.float16).astype(np.float32))


def test_equal_requests_share_a_collection(counting, cache):
    """The last layer is the same as none, and no text is longer than the context."""
    for store in (
        StateStore(counting, 64),
        StateStore(counting, 64, layer=4),
        StateStore(counting, 512),
        StateStore(counting, 0),
    ):
        store.states(TEXTS)
    assert len(counting.seen) == len(TEXTS)
    assert len(list_collections()) == 1


@pytest.mark.parametrize("layer", [-1, 5])
def test_a_layer_that_is_not_there_is_told(fake, cache, layer):
    with pytest.raises(GlotError, match=r"Layer -?\d\. Accepted: 0 .* to 4 "):
        StateStore(fake, 9, layer=layer)


def test_a_negative_number_of_tokens_is_told(fake, cache):
    with pytest.raises(GlotError, match=r"max_tokens -1\. Accepted"):
        StateStore(fake, -1)


@pytest.mark.parametrize("bad", ["", "  \n", "\ud800"])
def test_a_bad_text_is_told_by_its_number_before_anything_is_computed(counting, cache, bad):
    texts = [f"w{i}" for i in range(400)]
    texts[16] = bad
    with pytest.raises(GlotError, match=r"Text 17 of 400 is (empty|not valid)"):
        StateStore(counting, 9).states(texts)
    assert counting.seen == []
    with pytest.raises(GlotError, match="No text"):
        StateStore(counting, 9).states([])


def test_bfloat16_states_are_kept_without_loss(cache):
    torch.manual_seed(0)
    # Far beyond float16's range and precision at both ends.
    rounded = (torch.randn(8) * 10.0 ** torch.arange(-12, 12, 3)).to(torch.bfloat16).float()
    backbone = FakeBackbone({"a": rounded.tolist()})
    backbone.dtype = torch.bfloat16
    stored = StateStore(backbone, 4).states(["a a"])
    assert torch.equal(stored.batch([0]).hidden[0], torch.stack([rounded, rounded]))
    assert stored.shards[0].states.dtype is torch.bfloat16


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_a_state_that_float16_cannot_hold_is_told(cache, dtype):
    backbone = FakeBackbone({"a": [1.0, 70000.0], "b": [65504.0, -65504.0]})
    backbone.dtype = dtype
    store = StateStore(backbone, 4)
    assert store.states(["b"]).batch([0]).hidden.tolist() == [[[65504.0, -65504.0]]]
    with pytest.raises(GlotError, match=r"as large as 70,000.*--dtype bfloat16"):
        store.states(["b", "a"])


def test_take_is_a_view(fake, cache):
    stored = StateStore(fake, 9).states(TEXTS)
    rows = [41, 3, 3, 17]
    taken = stored.take(rows)
    assert len(taken) == 4
    assert taken.width == 8
    assert_states(taken, FakeBackbone(), [TEXTS[i] for i in rows], 9)
    again = taken.take(torch.tensor([3, 0]))
    assert_states(again, FakeBackbone(), [TEXTS[17], TEXTS[41]], 9)
    assert len(stored.take([])) == 0
    assert taken.shards[0].states.data_ptr() == stored.shards[0].states.data_ptr()


@pytest.mark.skipif(not MAPS.exists(), reason="needs /proc, to see what is mapped")
def test_states_are_mapped_when_they_are_read_and_keep_no_file_open(fake, cache, small_shards):
    store = StateStore(fake, 9)
    stored = store.states(TEXTS)
    assert str(store.folder) not in MAPS.read_text()
    before = open_files()
    stored.batch(range(len(TEXTS)))
    mapped = MAPS.read_text()
    assert open_files() == before
    for shard in stored.shards:
        # The tensor's own address lies in the mapping of the file.
        line = next(line for line in mapped.splitlines() if line.endswith(str(shard.path)))
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        assert low <= shard.states.data_ptr() < high
    # They stay mapped when more texts are asked for.
    again = store.states([*TEXTS, "new"])
    addresses = {shard.name: shard.states.data_ptr() for shard in stored.shards}
    kept = {shard.name: shard.states.data_ptr() for shard in again.shards}
    assert addresses.items() <= kept.items()


def test_writing_to_a_batch_or_a_mapping_never_reaches_the_disk(fake, cache):
    store = StateStore(fake, 9)
    stored = store.states(TEXTS)
    stored.batch([0]).hidden.zero_()
    stored.shards[0].states.zero_()
    assert_states(StateStore(fake, 9).states(TEXTS), FakeBackbone(), TEXTS, 9)


def test_a_store_takes_little_more_than_its_numbers(cache):
    backbone = FakeBackbone({"a": [0.5] * 384})
    texts = [" ".join("a" for _ in range(n)) + f"{' ' * n}." for n in range(8, 48)] * 2
    texts += [f"{text} {i}" for i, text in enumerate(texts)]
    store = StateStore(backbone, 64)
    stored = store.states(texts)
    distinct = dict(zip(texts, stored.lengths.tolist(), strict=True))
    on_disk = sum(path.stat().st_size for path in store.folder.rglob("*"))
    numbers = sum(distinct.values()) * 384 * 2
    assert numbers < on_disk <= 1.05 * numbers


def test_shards_are_bounded(fake, cache, monkeypatch):
    monkeypatch.setattr(extraction, "SHARD_TOKENS", 40)
    texts = [*TEXTS, " ".join(["long"] * 60)]
    stored = StateStore(fake, 64).states(texts)
    # A text beyond the bound has a shard of its own; the others are filled.
    alone = [shard for shard in stored.shards if shard.tokens > 40]
    assert [(len(shard.lengths), shard.tokens) for shard in alone] == [(1, 60)]
    others = [shard.tokens for shard in stored.shards if shard.tokens <= 40]
    assert len(others) <= 1 + sum(others) / 30
    monkeypatch.setattr(extraction, "SHARD_TOKENS", 10**6)
    monkeypatch.setattr(extraction, "SHARD_BYTES", 20 * 8 * 2)
    in_bytes = StateStore(fake, 63).states(TEXTS)
    assert max(shard.path.stat().st_size for shard in in_bytes.shards) <= 20 * 8 * 2


def test_calls_are_bounded_and_hold_texts_of_similar_length(counting, cache, monkeypatch):
    monkeypatch.setitem(batching.TOKENS_PER_CALL, "cpu", 256)
    random = np.random.default_rng(0)
    texts = [f"t{i} " + "word " * int(random.integers(0, 60)) for i in range(2000)]
    StateStore(counting, 64).states(texts)
    padded = sum(mask.numel() for mask in counting.batches)
    assert max(mask.numel() for mask in counting.batches) <= 256
    assert padded <= 1.05 * sum(int(mask.sum()) for mask in counting.batches)
    assert len(counting.seen) == 2000


def test_progress_is_told_in_distinct_texts(fake, cache, small_shards):
    told = []
    store = StateStore(fake, 9)
    store.states([*TEXTS[:30], *TEXTS[:30]], lambda *event: told.append(event))
    assert told[0] == (0, 30)
    assert told[-1] == (30, 30)
    assert told == sorted(told)
    assert len(told) > 3
    told.clear()
    store.states(TEXTS, lambda *event: told.append(event))
    assert (told[0], told[-1]) == ((30, 60), (60, 60))
    told.clear()
    store.states(TEXTS, lambda *event: told.append(event))
    assert told == [(60, 60)]


def test_another_folder_may_hold_the_store(fake, cache, tmp_path):
    StateStore(fake, 9, root=tmp_path / "elsewhere").states(TEXTS)
    assert not cache.exists()
    assert len(list_collections(tmp_path / "elsewhere")) == 1


@given(st.lists(st.lists(st.sampled_from([0, 1, 255]), min_size=16, max_size=16), max_size=20))
def test_digests_are_compared_as_a_whole(rows):
    """Zeros at the end count, and each text is found where it lies."""
    keys = [bytes(row) for row in rows]
    held = sorted(set(keys[: len(keys) // 2]))
    shard = Shard(
        Path(), "", np.frombuffer(b"".join(held), DIGEST), np.ones(len(held), int), 1, "float16", ""
    )
    catalogue = Catalogue([shard], 1)
    asked = np.frombuffer(b"".join(keys), DIGEST)
    expected = [held.index(key) if key in held else -1 for key in keys]
    assert catalogue.find(asked).tolist() == expected
    first = [i for i, key in enumerate(keys) if key not in held and key not in keys[:i]]
    assert catalogue.missing(asked).tolist() == first
