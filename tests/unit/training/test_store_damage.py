"""Shards that were cut, changed or removed; listing, verifying and removing what is stored."""

import json
import re

import pytest
import torch

from glot.errors import GlotError
from glot.training.store import StateStore, extraction, list_collections, remove, verify
from glot.training.store.collection import lock_of
from tests.conftest import FakeBackbone
from tests.unit.training.test_store import Counting, assert_states

TEXTS = [" ".join(f"w{i}{j}" for j in range(i * 7 % 11 + 1)) for i in range(60)]


@pytest.fixture
def folder(cache, monkeypatch):
    """A collection of many shards, each of a few texts."""
    monkeypatch.setattr(extraction, "SHARD_TOKENS", 40)
    store = StateStore(FakeBackbone(), 9)
    store.states(TEXTS)
    return store.folder


def cut_states(folder):
    path = sorted(folder.glob("*.states"))[2]
    path.write_bytes(path.read_bytes()[:-1])
    return path.stem, r"has \d+ bytes of states where its index tells \d+"


def lengthen_states(folder):
    path = sorted(folder.glob("*.states"))[2]
    path.write_bytes(path.read_bytes() + b"\0\0")
    return path.stem, r"has \d+ bytes of states where its index tells \d+"


def empty_states(folder):
    path = sorted(folder.glob("*.states"))[2]
    path.write_bytes(b"")
    return path.stem, "has 0 bytes of states"


def lose_states(folder):
    path = sorted(folder.glob("*.states"))[2]
    path.unlink()
    return path.stem, "has no file of states"


def cut_index(folder):
    path = sorted(folder.glob("*.index"))[2]
    path.write_bytes(path.read_bytes()[:-20])
    return path.stem, "has an index that was cut or changed"


def flip_a_bit_of_the_index(folder):
    path = sorted(folder.glob("*.index"))[2]
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    return path.stem, "has an index that was cut or changed"


def index_is_a_folder(folder):
    path = sorted(folder.glob("*.index"))[2]
    path.unlink()
    (folder / path.name).symlink_to(folder)
    return path.stem, "has an index that cannot be read"


SEEN_ON_OPENING = [
    cut_states,
    lengthen_states,
    empty_states,
    lose_states,
    cut_index,
    flip_a_bit_of_the_index,
    index_is_a_folder,
]


@pytest.mark.parametrize("damage", SEEN_ON_OPENING, ids=lambda f: f.__name__)
def test_a_damaged_shard_is_computed_again_and_never_served(folder, damage):
    before = list_collections()[0]
    name, reason = damage(folder)
    found = verify()
    assert [shard.name for shard in found.broken] == [name]
    (broken,) = found.broken
    assert (broken.collection, broken.backbone) == (folder.name, "fake")
    assert re.search(reason, broken.reason)
    after = list_collections()[0]
    assert after.shards == before.shards - 1
    backbone = Counting()
    assert_states(StateStore(backbone, 9).states(TEXTS), FakeBackbone(), TEXTS, 9)
    assert len(backbone.seen) == before.texts - after.texts
    assert verify().broken == ()
    assert not list(folder.glob(f"{name}.*"))


def flip_a_bit(folder):
    path = sorted(folder.glob("*.states"))[2]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    return path.stem


def test_verify_finds_a_changed_bit_and_repairs_it(folder):
    total = list_collections()[0]
    name = flip_a_bit(folder)
    found = verify()
    assert (found.shards, found.repaired) == (total.shards, False)
    assert [shard.name for shard in found.broken] == [name]
    assert "sha256 differs" in found.broken[0].reason
    assert list_collections()[0].shards == total.shards
    repaired = verify(repair=True)
    assert repaired.repaired
    assert repaired.broken == found.broken
    again = verify(repair=True)
    assert (again.broken, again.repaired, again.shards) == ((), False, total.shards - 1)
    backbone = Counting()
    assert_states(StateStore(backbone, 9).states(TEXTS), FakeBackbone(), TEXTS, 9)
    assert 0 < len(backbone.seen) < len(TEXTS)
    assert list_collections()[0].texts == total.texts


def test_a_store_that_is_open_sees_what_happens_to_its_folder(folder):
    backbone = Counting()
    store = StateStore(backbone, 9)
    store.states(TEXTS).batch(range(60))
    cut_states(folder)
    assert_states(store.states(TEXTS), FakeBackbone(), TEXTS, 9)
    first = len(backbone.seen)
    assert 0 < first < 60
    remove()
    assert_states(store.states(TEXTS), FakeBackbone(), TEXTS, 9)
    assert len(backbone.seen) == first + 60


@pytest.mark.parametrize("damage", [cut_states, lose_states], ids=lambda f: f.__name__)
def test_states_that_are_gone_when_they_are_read_are_told(folder, damage):
    stored = StateStore(FakeBackbone(), 9).states(TEXTS)
    damage(folder)
    with pytest.raises(GlotError, match=r"cannot be read any more.*Run the same command again"):
        stored.batch(range(60))


def test_states_removed_while_they_are_computed_are_told(fake, cache):
    store = StateStore(fake, 9)

    def meddle(done, total):
        for path in store.folder.glob("*.index"):
            path.unlink()

    with pytest.raises(GlotError, match="60 texts were removed as soon as they were written"):
        store.states(TEXTS, meddle)


def test_collections_are_listed_with_what_they_hold(folder):
    wide = FakeBackbone(width=16, name="wide")
    wide.dtype = torch.bfloat16
    StateStore(wide, 5, layer=1).states(["a b c", "d", "a b c d e f"])
    first, second = list_collections()
    assert (first.key, first.folder) == (folder.name, folder)
    assert (first.texts, first.tokens) == (60, sum(min(9, len(t.split())) for t in TEXTS))
    assert first.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert first.meta.stored == "float16"
    assert (first.meta.layer, first.meta.n_layers, first.meta.max_tokens) == (4, 4, 9)
    assert (second.shards, second.texts, second.tokens) == (1, 3, 9)
    meta = second.meta
    assert (meta.backbone, meta.layer, meta.max_tokens, meta.width) == ("wide", 1, 5, 16)
    assert (meta.dtype, meta.stored, meta.device) == ("bfloat16", "bfloat16", "cpu")
    assert json.loads((second.folder / "meta.json").read_text())["backbone"] == "wide"


def test_an_empty_store_holds_nothing(cache):
    assert list_collections() == ()
    assert verify().shards == 0
    assert remove().collections == ()
    assert not cache.exists()


@pytest.mark.parametrize("content", [None, "{", "[]", '{"backbone": 3, "more": 1}'])
def test_a_collection_without_a_name_is_listed_and_named_again(folder, content):
    (folder / "meta.json").unlink()
    if content is not None:
        (folder / "meta.json").write_text(content)
    (found,) = list_collections()
    assert (found.meta.backbone, found.texts) == ("unknown", 60)
    StateStore(FakeBackbone(), 9).states(["new"])
    assert list_collections()[0].meta.backbone == "fake"


def test_collections_are_removed_by_key_by_its_beginning_and_by_backbone(folder):
    other = FakeBackbone(name="other")
    for layer in (0, 1):
        StateStore(other, 9, layer=layer).states(TEXTS)
    (first,) = [c for c in list_collections() if c.meta.backbone == "fake"]
    done = remove(folder.name[:9])
    assert done.collections == (first,)
    assert done.bytes == first.bytes
    assert not folder.exists()
    assert [c.meta.layer for c in remove("other").collections] == [0, 1]
    assert list_collections() == ()


@pytest.mark.parametrize("act", [remove, verify])
@pytest.mark.parametrize("name", ["", "minilm", "../states", "zz"])
def test_a_collection_that_is_not_there_is_told(folder, act, name):
    with pytest.raises(GlotError, match=rf"No stored states .*{folder.name} \(fake\)"):
        act(name)
    assert list_collections()[0].texts == 60


def test_what_is_being_written_is_neither_removed_nor_repaired(folder):
    flip_a_bit(folder)
    with lock_of(folder):
        for act in (remove, lambda: verify(repair=True)):
            with pytest.raises(GlotError, match="Another process is writing"):
                act()
        assert len(verify().broken) == 1
    assert list_collections()[0].texts == 60
    assert len(remove().collections) == 1
