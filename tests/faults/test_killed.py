"""SIGKILL at every step of writing a checkpoint, a ledger's rows and a run, and at random moments.

Of the hidden-state store, `tests/unit/training/test_store_disk.py`; of trainings killed by what
they print, `tests/unit/training/test_resume.py` and `test_runs.py`.
"""

import shutil
import time

import pytest
import torch
from safetensors.torch import load_file

from glot.errors import GlotError
from glot.experiments.ledger import read_ledger
from glot.heads.checkpoint import FILES, WEIGHTS, load_head, save_head
from glot.training.runs.folder import list_runs
from tests.conftest import FakeBackbone
from tests.faults import work
from tests.faults.processes import MOMENTS, ROUNDS, count_steps, killed_at, started


def seed_of(folder):
    """Of the head in a folder, whose weights and card must be of one seed."""
    loaded = load_head(folder, FakeBackbone())
    seed = loaded.card.training["seed"]
    expected = work.head_of(seed, loaded.card.pooler.width).head.state_dict()
    found = loaded.head.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    return seed


def test_a_checkpoint_is_the_old_or_the_new_one_whenever_its_writer_is_killed(tmp_path):
    old = tmp_path / "old"
    work.write_head(old, 1)
    found, number = [], 0
    while True:
        folder = shutil.copytree(old, tmp_path / f"killed-{number}")
        if not killed_at(number, folder, work.write_head, folder, 2):
            break
        found.append(seed_of(folder))
        # The next writer is not in the way of what the killed one left.
        work.write_head(folder, 3)
        assert seed_of(folder) == 3
        assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
        number += 1
    assert seed_of(folder) == 2
    assert set(found) == {1, 2}
    # Once it is the new one it stays so.
    assert found == sorted(found)


def seed_or_nothing(folder):
    """As `seed_of`; 0 where the weights have not got their name."""
    if (folder / WEIGHTS).exists():
        return seed_of(folder)
    with pytest.raises(GlotError, match="No checkpoint at"):
        seed_of(folder)
    return 0


def test_a_first_checkpoint_is_there_or_not_whenever_its_writer_is_killed(tmp_path):
    found, number = [], 0
    while True:
        folder = tmp_path / f"killed-{number}" / "head"
        if not killed_at(number, folder, work.write_head, folder, 2):
            break
        found.append(seed_or_nothing(folder))
        number += 1
    assert set(found) == {0, 2}
    assert found == sorted(found)


def test_a_large_checkpoint_survives_kills_in_the_middle_of_its_weights(tmp_path):
    folder = tmp_path / "head"
    # 27 MB: writing them takes longer than it takes to kill.
    work.write_head(folder, 1, 1500)
    for round_ in range(ROUNDS):
        process = started(work.write_head, folder, 2 + round_, 1500)
        while process.is_alive() and not list(folder.glob(".*")):
            time.sleep(0.0005)
        time.sleep(MOMENTS.uniform(0, 0.05))
        process.kill()
        process.join()
        assert seed_of(folder) in (1, *range(2, 3 + round_))
    made = work.head_of(99)
    save_head(folder, made.head, made.card)
    assert seed_of(folder) == 99


def cells(folder):
    """Cells of a ledger with how many rows each has; no line of it is broken."""
    ledger = read_ledger("stress", folder)
    assert ledger.bad == ()
    return {cell: len(ledger.of(cell)) for cell in ledger.cells()}


def test_a_cells_rows_are_all_there_or_none_whenever_the_writer_is_killed(tmp_path, cache):
    work.write_cell(tmp_path / "old", 1)
    seen, number = set(), 0
    while True:
        folder = shutil.copytree(tmp_path / "old", tmp_path / f"killed-{number}")
        if not killed_at(number, folder, work.write_cell, folder, 2):
            break
        found = cells(folder)
        assert found in ({"cell-1": work.ROWS}, {"cell-1": work.ROWS, "cell-2": work.ROWS})
        seen.add(len(found))
        work.write_cell(folder, 3)
        assert cells(folder) == {**found, "cell-3": work.ROWS}
        number += 1
    assert cells(folder) == {"cell-1": work.ROWS, "cell-2": work.ROWS}
    assert number > 1
    assert 1 in seen


def test_a_ledger_that_is_being_written_survives_kills_at_random_moments(tmp_path, cache):
    held = {}
    for round_ in range(ROUNDS):
        process = started(work.write_cells, tmp_path, 1000 * round_)
        while f"cell-{1000 * round_}" not in cells(tmp_path):
            assert process.is_alive()
            time.sleep(0.001)
        time.sleep(MOMENTS.uniform(0, 0.05))
        process.kill()
        process.join()
        found = cells(tmp_path)
        assert held.items() <= found.items()
        assert set(found.values()) == {work.ROWS}
        held = found
    assert len(held) >= ROUNDS


@pytest.fixture
def data(tmp_path):
    return work.write_data(tmp_path / "films.csv")


def assert_trained(whole, cut):
    expected, found = load_file(whole / WEIGHTS), load_file(cut / WEIGHTS)
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert sorted(path.name for path in cut.iterdir()) == sorted(FILES)
    assert [path.name for path in cut.parent.iterdir()] == [cut.name]


def test_a_training_killed_at_any_of_its_saves_ends_as_if_it_had_not_been(data, tmp_path, cache):
    whole = tmp_path / "whole" / "head"
    steps = count_steps(whole.parent, work.train_alone, data, whole)
    # Chance takes some of its saves; the last steps are the checkpoint and the end of its folder.
    early = MOMENTS.sample(range(steps - 12), min(ROUNDS // 4, steps - 12))
    for number in (*early, steps - 8, steps - 1):
        cut = tmp_path / f"cut-{number}" / "head"
        assert killed_at(number, cut.parent, work.train_alone, data, cut)
        # Killed once more on its way, if what is left takes so many steps.
        if killed_at(30, cut.parent, work.train_alone, data, cut):
            assert not killed_at(-1, cut.parent, work.train_alone, data, cut)
        assert_trained(whole, cut)


def test_a_run_is_there_or_not_whenever_its_maker_is_killed(tmp_path, monkeypatch):
    number, listed = 0, set()
    while True:
        cache = tmp_path / f"killed-{number}"
        monkeypatch.setenv("GLOT_CACHE", str(cache))
        monkeypatch.setenv("GLOT_CHECKPOINTS", str(cache / "checkpoints"))
        if not killed_at(number, cache, work.make_run, cache, "first.csv"):
            break
        found = list_runs()
        for run in found:
            run.check_data()
        listed.add(len(found))
        # The next one finds none of the killed one's rows, which nobody could have deleted.
        work.make_run(cache, "second.csv")
        folders = {path.name for path in (cache / "runs").iterdir()}
        assert folders == {run.name for run in list_runs()}
        assert len(folders) == len(found) + 1
        number += 1
    assert listed <= {0, 1}
    assert number > 5
