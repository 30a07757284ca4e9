"""Two processes and one folder: one of them works there, the other is told."""

import time

import torch
from safetensors.torch import load_file

from glot.errors import GlotError
from glot.experiments.ledger import read_ledger
from glot.heads.checkpoint import FILES, WEIGHTS
from glot.training.claim import claimed
from tests.faults import work
from tests.faults.processes import PROCESSES, started


def slowly(event):
    time.sleep(0.01)


def train_and_tell(data, out, told, go):
    """Train as soon as all may, slowly, and write down how it ended."""
    torch.set_num_threads(1)
    go.wait()
    try:
        work.train(data, out, slowly)
    except GlotError as error:
        told.write_text(str(error), encoding="utf-8")
    else:
        told.write_text("done", encoding="utf-8")


def test_of_trainings_into_one_folder_one_is_done_and_the_others_are_told(tmp_path, cache):
    data, out = work.write_data(tmp_path / "films.csv"), tmp_path / "heads" / "head"
    alone = tmp_path / "alone"
    work.train(data, alone)
    go, told = PROCESSES.Event(), [tmp_path / f"told-{n}" for n in range(3)]
    processes = [started(train_and_tell, data, out, path, go) for path in told]
    go.set()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    endings = sorted(path.read_text(encoding="utf-8") for path in told)
    refused = [ending for ending in endings if ending != "done"]
    assert len(refused) < 3
    for ending in refused:
        assert "Another training writes to" in ending
        assert "--out" in ending
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert [path.name for path in out.parent.iterdir()] == ["head"]
    expected, found = load_file(alone / WEIGHTS), load_file(out / WEIGHTS)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)


def claim_often(partial, seen, times):
    """Claim a folder again and again; never while somebody else has it."""
    entered = 0
    while entered < times:
        try:
            with claimed(partial, {"a": 1}, fresh=False):
                # Fails where somebody else is inside, and where the folder is taken from under us.
                (seen / "inside").mkdir()
                (partial / "seed-1").mkdir(exist_ok=True)
                (partial / "seed-1" / "state").write_text("x")
                time.sleep(0.0005)
                assert (partial / "seed-1" / "state").read_text() == "x"
                (seen / "inside").rmdir()
                entered += 1
        except GlotError as error:
            if "Another training" not in str(error):
                raise


def test_a_folder_is_claimed_by_one_at_a_time_also_while_it_is_being_removed(tmp_path):
    partial = tmp_path / ".head.partial"
    processes = [started(claim_often, partial, tmp_path, 60) for _ in range(4)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert list(tmp_path.iterdir()) == []


def write_many(folder, first):
    for seed in range(first, first + 30):
        work.write_cell(folder, seed)


def test_two_users_add_to_one_ledger_and_no_row_is_lost(tmp_path, monkeypatch):
    ledger, processes = tmp_path / "ledger", []
    for number in range(2):
        monkeypatch.setenv("GLOT_CACHE", str(tmp_path / f"cache-{number}"))
        processes.append(started(write_many, ledger, 100 * number))
    for process in processes:
        process.join()
        assert process.exitcode == 0
    found = read_ledger("stress", ledger)
    assert found.bad == ()
    assert len(found.rows) == 60 * work.ROWS
    assert found.cells() == {f"cell-{seed}" for seed in (*range(30), *range(100, 130))}
    assert [path.name for path in ledger.iterdir()] == ["stress.jsonl"]
