"""The hidden-state store and what happens to disks and processes. All of it really happens."""

import multiprocessing
import os
import random
import resource
import signal
import time
from pathlib import Path

import pytest
import torch

from glot.backbones import batching
from glot.errors import GlotError
from glot.training.store import StateStore, extraction, list_collections, shards, verify
from glot.training.store.catalogue import digests_of
from glot.training.store.shards import complete_shards
from tests.conftest import FakeBackbone

TEXTS = [" ".join(f"w{i}{j}" for j in range(i * 7 % 11 + 1)) for i in range(90)]
# A server process that has imported everything, from which processes are made quickly.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.unit.training.test_store_disk"])


class Logging(FakeBackbone):
    """Takes its time, and writes every text that it computed into a file."""

    def __init__(self, log, pause=0.0):
        super().__init__(width=512)
        self.log = log
        self.pause = pause

    def encode(self, texts, max_tokens=None, layer=None):
        time.sleep(self.pause)
        states = super().encode(texts, max_tokens, layer)
        with self.log.open("a") as file:
            file.write("".join(f"{text}\n" for text in texts))
        return states


def make_small():
    """Shards of a few texts, in whichever process this is called."""
    extraction.SHARD_TOKENS = 30
    batching.CHUNK = 30
    batching.TOKENS_PER_CALL = {"cpu": 60}


@pytest.fixture
def small_shards(monkeypatch):
    for module, name in (
        (extraction, "SHARD_TOKENS"),
        (batching, "CHUNK"),
        (batching, "TOKENS_PER_CALL"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    make_small()


def fill(root, log, pause):
    make_small()
    StateStore(Logging(log, pause), 9, root=root).states(TEXTS)


def fill_until_sync(root, log, number):
    """Killed when so many files and folders were forced to disk."""
    left = [number]
    real = os.fsync

    def fsync(descriptor):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        real(descriptor)

    os.fsync = fsync
    fill(root, log, 0.0)


def fill_with_a_limit(root, log, limit):
    """Writing really fails when a file would grow beyond the limit."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        fill(root, log, 0.0)
    except GlotError as error:
        log.with_suffix(".told").write_text(str(error))


def run(target, *arguments):
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    return process


def computed(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def texts_held(root) -> set[str]:
    """The texts of all finished shards, found by their digests."""
    (collection,) = list_collections(root)
    digests = set()
    for shard in complete_shards(collection.folder).values():
        digests |= set(shard.digests.tolist())
    return {
        text
        for text, digest in zip(TEXTS, digests_of(TEXTS).tolist(), strict=True)
        if digest in digests
    }


def leftovers(root) -> list[Path]:
    """Files that belong to no finished shard."""
    (collection,) = list_collections(root)
    finished = complete_shards(collection.folder)
    files = [path for path in collection.folder.iterdir() if path.name != "meta.json"]
    return [path for path in files if path.suffix == ".partial" or path.stem not in finished]


def assert_all_there(root, log):
    """A fresh reader finds all states, equal to a fresh computation, and computes nothing."""
    before = computed(log)
    stored = StateStore(Logging(log), 9, root=root).states(TEXTS)
    assert computed(log) == before
    direct = FakeBackbone(width=512).encode(TEXTS, 9)
    found = stored.batch(range(len(TEXTS)))
    assert torch.equal(found.mask, direct.mask)
    assert torch.equal(found.hidden[found.mask], direct.hidden[direct.mask].half().float())


def test_a_process_killed_at_random_moments_loses_no_finished_shard(tmp_path):
    root, log = tmp_path / "states", tmp_path / "log"
    moments = random.Random(0)
    held = set()
    for _ in range(8):
        process = run(fill, root, log, 0.02)
        seen = len(computed(log))
        while len(computed(log)) == seen and process.is_alive():
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.06))
        process.kill()
        process.join()
        assert verify(root=root).broken == ()
        again = set(computed(log)) & held
        assert not again
        assert held <= texts_held(root)
        held = texts_held(root)
        log.write_text("")
    assert held
    process = run(fill, root, log, 0.0)
    process.join()
    assert process.exitcode == 0
    assert not held & set(computed(log))
    assert_all_there(root, log)


@pytest.mark.parametrize("syncs", range(11))
def test_a_process_killed_at_any_step_of_writing_goes_on(tmp_path, syncs):
    """Two steps for meta.json, then four for each shard: file and folder, states and index."""
    root, log = tmp_path / "states", tmp_path / "log"
    process = run(fill_until_sync, root, log, syncs)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert verify(root=root).broken == ()
    held = texts_held(root)
    # The shard is there as soon as its index has its name.
    assert bool(held) == (syncs >= 5)
    assert len(leftovers(root)) == [1, 0, 1, 1, 2, 0, 1, 1, 2, 0, 1][syncs]
    log.write_text("")
    process = run(fill, root, log, 0.0)
    process.join()
    assert not held & set(computed(log))
    assert sorted(computed(log)) == sorted(set(TEXTS) - held)
    assert leftovers(root) == []
    assert_all_there(root, log)


def test_two_processes_compute_every_text_once(tmp_path):
    root, log = tmp_path / "states", tmp_path / "log"
    both = [run(fill, root, log, 0.005) for _ in range(2)]
    for process in both:
        process.join()
        assert process.exitcode == 0
    assert sorted(computed(log)) == sorted(TEXTS)
    assert_all_there(root, log)


def test_a_reader_needs_no_lock(tmp_path, small_shards):
    root, log = tmp_path / "states", tmp_path / "log"
    StateStore(Logging(log), 9, root=root).states(TEXTS[:20])
    process = run(fill, root, log, 0.5)
    while len(computed(log)) < 21:
        time.sleep(0.001)
    stored = StateStore(Logging(log), 9, root=root).states(TEXTS[:20])
    assert process.is_alive()
    assert int(stored.batch([3]).mask.sum()) == int(stored.lengths[3])
    process.kill()
    process.join()


def test_a_disk_that_refuses_to_write_is_told_and_leaves_the_store_whole(tmp_path):
    root, log = tmp_path / "states", tmp_path / "log"
    # A shard of 30 tokens takes 30 KB: two thirds of it are written, then the write fails.
    process = run(fill_with_a_limit, root, log, 20_000)
    process.join()
    assert process.exitcode == 0
    told = log.with_suffix(".told").read_text()
    assert "could not be written" in told
    assert str(root) in told
    assert "GLOT_CACHE" in told
    assert "glot store rm" in told
    assert verify(root=root).broken == ()
    assert leftovers(root) == []
    process = run(fill, root, log, 0.0)
    process.join()
    assert_all_there(root, log)


def test_shards_written_before_the_disk_was_full_stay(tmp_path, small_shards):
    root, log = tmp_path / "states", tmp_path / "log"
    StateStore(Logging(log), 9, root=root).states(TEXTS[:30])
    held = texts_held(root)
    process = run(fill_with_a_limit, root, log, 2_000)
    process.join()
    assert "could not be written" in log.with_suffix(".told").read_text()
    assert texts_held(root) == held == set(TEXTS[:30])
    log.write_text("")
    run(fill, root, log, 0.0).join()
    assert sorted(computed(log)) == sorted(TEXTS[30:])
    assert_all_there(root, log)


def test_a_disk_without_room_is_told_before_anything_is_written(fake, cache, monkeypatch):
    monkeypatch.setattr(shards, "MARGIN", 2**62)
    store = StateStore(fake, 9)
    with pytest.raises(GlotError, match=r"MiB are free.*GLOT_CACHE"):
        store.states(TEXTS)
    assert leftovers(cache / "states") == []


def test_a_folder_that_cannot_be_is_told(fake, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="could not be written"):
        StateStore(fake, 9, root=tmp_path / "file").states(TEXTS)


def test_an_error_of_the_backbone_is_not_the_disks(cache):
    class Failing(FakeBackbone):
        def encode(self, texts, max_tokens=None, layer=None):
            raise OSError("the hub is away")

    with pytest.raises(OSError, match="the hub is away"):
        StateStore(Failing(), 9).states(TEXTS)
