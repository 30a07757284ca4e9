"""A collection that several processes fill: each block counts once, and nothing is left aside."""

import numpy as np
import pytest
import torch

from glot.backbones import batching
from glot.errors import GlotError
from glot.training.store import StateStore, verify
from glot.training.store.collection import CollectionMeta
from glot.training.store.filling import filling, write_block
from glot.training.store.shards import ASIDE, INDEX, complete_shards
from tests.conftest import FakeBackbone

TEXTS = [" ".join(f"w{i}{j}" for j in range(i * 7 % 11 + 1)) for i in range(50)]
SIZE = 20


@pytest.fixture
def store(fake, tmp_path):
    return StateStore(fake, 9, root=tmp_path)


def meta(backbone):
    return CollectionMeta.of(backbone, 9, backbone.n_layers)


def write(work, number, backbone=None):
    block = work.block(number)
    return write_block(backbone or FakeBackbone(), block, 9, 4, work.aside)


def fill(store, texts=TEXTS):
    with filling(store.folder, meta(store.backbone), texts, SIZE) as work:
        for number in range(work.blocks):
            work.keep(number, write(work, number))
        return work


def stored_digests(folder):
    return np.concatenate([shard.digests for shard in complete_shards(folder).values()])


def test_a_filled_collection_is_what_one_process_makes(store, tmp_path, monkeypatch):
    work = fill(store, [*TEXTS, *TEXTS[:5]])
    assert (work.blocks, work.distinct, work.done) == (3, 50, 50)
    monkeypatch.setattr(batching, "CHUNK", SIZE)
    local = StateStore(FakeBackbone(), 9, root=tmp_path / "local")
    rows = range(len(TEXTS))
    expected = local.states(TEXTS).batch(rows)
    found = store.states(TEXTS).batch(rows)
    assert torch.equal(found.hidden, expected.hidden)
    assert torch.equal(found.mask, expected.mask)
    assert store.backbone.calls == 0
    assert local.folder.name == store.folder.name
    assert not verify(root=tmp_path / "local").broken


def test_a_block_that_was_done_twice_counts_once(store):
    with filling(store.folder, meta(store.backbone), TEXTS, SIZE) as work:
        for number in (2, 0, 1):
            first, second = write(work, number), write(work, number)
            assert set(first).isdisjoint(second)
            work.keep(number, second)
            work.keep(number, first)
        assert work.done == 50
    found = stored_digests(store.folder)
    assert len(found) == len(set(found.tolist())) == 50


def test_only_what_is_missing_is_asked_for(store):
    store.states(TEXTS[:30])
    with filling(store.folder, meta(store.backbone), TEXTS, SIZE) as work:
        assert work.texts == TEXTS[30:]
        assert (work.blocks, work.distinct, work.done) == (1, 50, 30)
    assert fill(store).texts == TEXTS[30:]
    assert fill(store).blocks == 0


def interrupted(store):
    with filling(store.folder, meta(store.backbone), TEXTS, SIZE) as work:
        work.keep(0, write(work, 0))
        write(work, 1)
        raise KeyboardInterrupt


def test_nothing_is_left_aside_whatever_happens(store):
    with pytest.raises(KeyboardInterrupt):
        interrupted(store)
    assert not list(store.folder.glob(f"*{ASIDE}"))
    assert len(stored_digests(store.folder)) == SIZE
    # What a keeper that was killed left goes with the next one's beginning.
    left = store.folder / f"left{ASIDE}"
    left.mkdir()
    write_block(FakeBackbone(), TEXTS, 9, 4, left)
    fill(store)
    assert not left.exists()
    assert len(stored_digests(store.folder)) == 50


def test_shards_that_are_not_there_are_told(store):
    with filling(store.folder, meta(store.backbone), TEXTS, SIZE) as work:
        names = write(work, 0)
        (work.aside / (names[0] + INDEX)).unlink()
        with pytest.raises(GlotError, match="GLOT_CACHE"):
            work.keep(0, names)
        assert work.done == 0
        with pytest.raises(GlotError, match=r"Block 0 .* not its own 20"):
            work.keep(0, write(work, 2))
    assert not complete_shards(store.folder)


def test_a_blank_text_is_told_before_anything_is_made(store):
    with (
        pytest.raises(GlotError, match="Text 2 of 2 is empty"),
        filling(store.folder, meta(store.backbone), ["a", " "], SIZE),
    ):
        pass
    assert not store.folder.exists()
