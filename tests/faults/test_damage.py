"""Files that were cut, or in which a bit has changed: named, never used, and the rest goes on."""

import random
import shutil

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from glot.backbones import batching
from glot.errors import GlotError
from glot.experiments.ledger import read_ledger
from glot.heads.checkpoint import CARD, WEIGHTS, load_head
from glot.heads.shelf import load_heads
from glot.training import loop
from glot.training.resume import BrokenProgressError
from glot.training.runs.folder import create_run, list_runs, unreadable_runs
from glot.training.runs.work import carry_out
from glot.training.store import StateStore, extraction, verify
from tests.conftest import FakeBackbone
from tests.faults import work
from tests.faults.processes import ROUNDS
from tests.unit.training.conftest import Stop, stop_after

CASES = settings(max_examples=15 * ROUNDS, deadline=None)


def flipped(content, place):
    """One bit of it changed, by a place from 0 to 1."""
    bit = min(int(place * len(content) * 8), len(content) * 8 - 1)
    found = bytearray(content)
    found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


def cut(content, place):
    return content[: int(place * len(content))]


places = st.floats(0, 1, exclude_max=True)
damages = st.tuples(st.sampled_from([flipped, cut]), places)


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads") / "fake" / "sst2"
    work.write_head(folder / "glot", 1)
    work.write_head(folder / "mean", 2)
    return folder / "glot"


@pytest.mark.parametrize("name", [WEIGHTS, CARD])
@CASES
@given(damage=damages)
def test_a_damaged_checkpoint_is_named_and_the_others_are_used(head, name, damage):
    change, place = damage
    path = head / name
    whole = path.read_bytes()
    # Without its last line's end a card says the same.
    assume(change(whole, place).strip() != whole.strip())
    path.write_bytes(change(whole, place))
    try:
        with pytest.raises(GlotError) as error:
            load_head(head, FakeBackbone())
        assert str(head) in str(error.value)
        shelf = load_heads(FakeBackbone(), "sst2", head.parent.parent.parent)
        assert set(shelf.broken) == {"glot"}
        assert set(shelf.heads) == {"mean"}
    finally:
        path.write_bytes(whole)
    load_head(head, FakeBackbone())


def test_weights_of_another_head_are_refused(head):
    work.write_head(head.parent / "adapool", 3)
    other = head.parent / "adapool" / WEIGHTS
    whole = (head / WEIGHTS).read_bytes()
    shutil.copy(other, head / WEIGHTS)
    with pytest.raises(GlotError, match="their sha256 differs"):
        load_head(head, FakeBackbone())
    (head / WEIGHTS).write_bytes(whole)
    shutil.rmtree(other.parent)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOT_CACHE", str(folder / "cache"))
        for seed in range(3):
            work.write_cell(folder, seed)
    return folder


@CASES
@given(damage=damages)
def test_a_damaged_line_is_named_and_the_other_rows_are_read(ledger, damage):
    change, place = damage
    path = ledger / "stress.jsonl"
    whole = path.read_bytes()
    good = {row.line() for row in read_ledger("stress", ledger).rows}
    changed = change(whole, place)
    path.write_bytes(changed)
    try:
        found = read_ledger("stress", ledger)
    finally:
        path.write_bytes(whole)
    rows = {row.line() for row in found.rows}
    # No row says what was not written.
    assert rows <= good
    assert all("stress.jsonl, line " in str(bad) for bad in found.bad)
    if change is flipped:
        # One line, or two where the end of one was changed, or one came into its middle.
        assert 1 <= len(found.bad) <= 2
        assert 1 <= len(good - rows) <= 2
    else:
        lines = changed.split(b"\n")
        torn = [line for line in lines if line and line not in whole.split(b"\n")]
        assert len(found.bad) == len(torn) <= 1
        assert len(rows) == len(list(filter(None, lines))) - len(torn)


@pytest.fixture
def films(tmp_path):
    return work.write_data(tmp_path / "films.csv")


@pytest.mark.parametrize("name", ["progress.json", "*.safetensors", "settings.json"])
@pytest.mark.parametrize("change", [flipped, cut])
def test_damaged_half_finished_work_is_named(films, tmp_path, cache, name, change):
    with pytest.raises(Stop):
        work.train(films, tmp_path / "out" / "head", stop_after(8))
    (path,) = (tmp_path / "out").rglob(name)
    path.write_bytes(change(path.read_bytes(), 0.6))
    with pytest.raises(BrokenProgressError, match="--fresh") as error:
        work.train(films, tmp_path / "out" / "head")
    assert str(path.parent) in str(error.value)
    work.train(films, tmp_path / "out" / "head", fresh=True)


def test_tensors_that_are_gone_are_no_new_beginning(films, tmp_path, cache):
    with pytest.raises(Stop):
        work.train(films, tmp_path / "out" / "head", stop_after(8))
    (path,) = (tmp_path / "out").rglob("*.safetensors")
    path.unlink()
    with pytest.raises(BrokenProgressError, match=path.name):
        work.train(films, tmp_path / "out" / "head")


def test_a_run_begins_a_head_anew_whose_half_is_damaged_and_keeps_the_finished(
    films, tmp_path, cache, monkeypatch, caplog
):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)
    content = films.read_bytes()
    whole, broken = (create_run(work.request(), {"train": content}) for _ in range(2))
    carry_out(whole, FakeBackbone(width=16), work.nobody)

    def stop_in_glot(standing):
        if standing.told.startswith("glot, epoch 2"):
            raise Stop

    with pytest.raises(Stop):
        carry_out(broken, FakeBackbone(width=16), stop_in_glot)
    mean = (broken.checkpoint("mean") / WEIGHTS).stat().st_mtime_ns
    (path,) = broken.checkpoint("any").parent.rglob("state-*.safetensors")
    path.write_bytes(flipped(path.read_bytes(), 0.7))
    carry_out(broken, FakeBackbone(width=16), work.nobody)
    assert broken.state().stage == "done"
    assert "It starts over" in caplog.text
    assert path.name in caplog.text
    assert (broken.checkpoint("mean") / WEIGHTS).stat().st_mtime_ns == mean
    for name in ("mean", "glot"):
        expected, found = (load_file(run.checkpoint(name) / WEIGHTS) for run in (whole, broken))
        assert all(torch.equal(found[key], value) for key, value in expected.items())


@pytest.mark.parametrize("change", [flipped, cut])
def test_a_run_whose_request_is_damaged_is_named_and_the_others_are_listed(films, cache, change):
    content = films.read_bytes()
    first, second = (create_run(work.request(), {"train": content}) for _ in range(2))
    path = first.folder / "request.json"
    path.write_bytes(b"{" + change(path.read_bytes(), 0.5)[:-3])
    assert [run.name for run in list_runs()] == [second.name]
    assert list(unreadable_runs()) == [first.name]
    assert "cannot be read" in unreadable_runs()[first.name]


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    root = tmp_path_factory.mktemp("states")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "SHARD_TOKENS", 40)
        patch.setattr(batching, "CHUNK", 25)
        store = StateStore(FakeBackbone(), 9, root=root)
        store.states([f"w{i} w{i + 1} w{i + 2}" for i in range(60)])
    return root, store.folder


@CASES
@given(number=st.integers(0, 100), damage=damages, ending=st.sampled_from(["states", "index"]))
def test_verify_names_the_one_shard_that_is_damaged(collection, number, damage, ending):
    root, folder = collection
    change, place = damage
    paths = sorted(folder.glob(f"*.{ending}"))
    path = paths[number % len(paths)]
    whole = path.read_bytes()
    path.write_bytes(change(whole, place))
    try:
        found = verify(root=root)
    finally:
        path.write_bytes(whole)
    assert [shard.name for shard in found.broken] == [path.stem]
    assert found.shards == len(paths)
    assert verify(root=root).broken == ()


def test_damage_is_what_it_says():
    """The tests above rest on it: exactly one bit differs."""
    content = random.Random(0).randbytes(100)
    for place in (0.0, 0.5, 0.999):
        both = zip(content, flipped(content, place), strict=True)
        assert sum((a ^ b).bit_count() for a, b in both) == 1
