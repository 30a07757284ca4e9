"""A full disk, at each point of a write: what was there stays, and the rest goes on later."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from glot.arrays import load_arrays, save_arrays
from glot.errors import GlotError
from glot.experiments.ledger import read_ledger
from glot.heads.checkpoint import FILES, WEIGHTS
from glot.training.reported import Reported
from glot.training.runs.folder import create_run, list_runs
from glot.training.runs.work import carry_out
from glot.training.store import StateStore, shards, verify
from tests.conftest import FakeBackbone
from tests.faults import work
from tests.faults.test_killed import cells, seed_of

# From no room at all to nearly enough.
ROOMS = (0, 4096, 20_480)


def told(error):
    text = str(error.value)
    assert "Free space" in text
    assert "space left" in text or "too large" in text.lower(), text


@pytest.mark.parametrize("room", [*ROOMS, 10_000_000])
def test_a_checkpoint_stays_when_there_is_no_room_for_the_next(disk, room):
    folder = disk.folder / "head"
    # 12 MB: two of them are more than the disk.
    work.write_head(folder, 1, 1000)
    with disk.left(room), pytest.raises(GlotError, match="could not be written") as error:
        work.write_head(folder, 2, 1000)
    told(error)
    assert seed_of(folder) == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    work.write_head(folder, 3)
    assert seed_of(folder) == 3


@pytest.mark.parametrize("room", ROOMS)
def test_a_cells_rows_are_all_there_or_none(disk, cache, room):
    for seed in range(8):
        work.write_cell(disk.folder, seed)
    before = (disk.folder / "stress.jsonl").read_bytes()
    with disk.left(room), pytest.raises(GlotError, match="could not be written") as error:
        work.write_cell(disk.folder, 8)
    told(error)
    assert (disk.folder / "stress.jsonl").read_bytes() == before
    work.write_cell(disk.folder, 8)
    assert cells(disk.folder) == {f"cell-{seed}": work.ROWS for seed in range(9)}
    assert read_ledger("stress", disk.folder).bad == ()


@pytest.mark.parametrize("room", ROOMS[:2])
def test_a_training_goes_on_from_its_last_save(disk, cache, tmp_path, room):
    data = work.write_data(tmp_path / "films.csv")
    whole, cut = tmp_path / "whole", disk.folder / "heads" / "head"
    work.train(data, whole)
    steps = []

    def full_after_eight(event):
        steps.append(event)
        if len([e for e in steps if "loss" in e]) == 8:
            full.__enter__()

    full = disk.left(room)
    try:
        with pytest.raises(GlotError, match="could not be saved") as error:
            work.train(data, cut, full_after_eight)
    finally:
        full.__exit__(None, None, None)
    told(error)
    resumed = []
    work.train(data, cut, resumed.append)
    made = [event for event in resumed if "loss" in event]
    assert (made[0]["epoch"], made[0]["step"]) == (0, 7)
    expected, found = load_file(whole / WEIGHTS), load_file(cut / WEIGHTS)
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert [path.name for path in cut.parent.iterdir()] == ["head"]


def test_a_training_that_cannot_begin_is_told(disk, cache, tmp_path):
    data, out = work.write_data(tmp_path / "films.csv"), disk.folder / "heads" / "head"
    with disk.left(0), pytest.raises(GlotError, match="cannot write to"):
        work.train(data, out)
    work.train(data, out)
    assert [path.name for path in out.parent.iterdir()] == ["head"]


@pytest.mark.parametrize("room", ROOMS)
def test_the_store_keeps_its_shards(disk, monkeypatch, room):
    # Else the store would see before it writes that there is no room.
    monkeypatch.setattr(shards, "MARGIN", -(2**40))
    texts = [f"w{i} w{i + 1} w{i + 2}" for i in range(40)]
    store = StateStore(FakeBackbone(width=512), 9, root=disk.folder)
    held = store.states(texts[:10]).batch(range(10)).hidden
    with disk.left(room), pytest.raises(GlotError, match="could not be written") as error:
        store.states(texts)
    told(error)
    assert verify(root=disk.folder).broken == ()
    assert torch.equal(store.states(texts[:10]).batch(range(10)).hidden, held)
    assert len(store.states(texts).lengths) == 40


@pytest.mark.parametrize("room", ROOMS[:2])
def test_a_run_is_not_made_by_half(disk, monkeypatch, room):
    monkeypatch.setenv("GLOT_CACHE", str(disk.folder))
    rows = b"said,verdict\n" + b"a b,c\nd e,f\n" * 5000
    with disk.left(room), pytest.raises(GlotError, match="could not be written") as error:
        create_run(work.request(), {"train": rows})
    told(error)
    assert list_runs() == ()
    run = create_run(work.request(), {"train": rows})
    assert [each.name for each in list_runs()] == [run.name]
    # What the first had written of the rows is gone.
    assert [path.name for path in (disk.folder / "runs").iterdir()] == [run.name]


def test_a_run_goes_on_when_there_is_room_again(disk, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(disk.folder))
    data = work.write_data(tmp_path / "films.csv").read_bytes()
    run = create_run(work.request(), {"train": data})
    with disk.left(0), pytest.raises(GlotError):
        carry_out(run, FakeBackbone(width=16), work.nobody)
    if disk.everywhere:
        # Not even where it stands could be written.
        assert run.state().stage == "waiting"
    else:
        assert run.state().stage == "failed"
        assert "space left" in run.state().told
    carry_out(run, FakeBackbone(width=16), work.nobody)
    assert run.state().stage == "done"
    assert len(Reported.read(run.checkpoint("glot")).labels) > 0


@pytest.mark.parametrize("room", ROOMS[:2])
def test_stored_arrays_stay(disk, room):
    path = disk.folder / "map.safetensors"
    save_arrays(path, "kind", {"n": 1}, {"a": np.arange(10_000)})
    with disk.left(room), pytest.raises(OSError, match=r"space left|too large"):
        save_arrays(path, "kind", {"n": 2}, {"a": np.arange(10_000)})
    assert load_arrays(path, "kind").words == {"n": 1}
    assert [each.name for each in disk.folder.iterdir()] == [path.name]
