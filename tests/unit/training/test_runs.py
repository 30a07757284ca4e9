"""Runs on disk: what is asked for, a process that is killed, what is kept and what it says."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.paths import ROOT
from glot.tasks.own import OwnColumns
from glot.training import loop
from glot.training.runs.folder import Run, create_run, find_run, list_runs
from glot.training.runs.pace import Pace, duration
from glot.training.runs.request import Request
from glot.training.runs.result import head_zip, read_result
from glot.training.runs.work import carry_out
from tests.conftest import FakeBackbone
from tests.unit.training.conftest import Stop

POOLERS = ("mean", "adapool", "glot")


def made(content=None, **changed):
    random = np.random.default_rng(0)
    labels = random.choice(["bad", "fine", "good"], 120)
    texts = [f"{label} film w{i} w{i % 7}" for i, label in enumerate(labels)]
    frame = pd.DataFrame({"said": texts, "verdict": labels})
    request = Request(
        task="",
        file="",
        title="my films.csv",
        digests={},
        columns=OwnColumns(text="said", label="verdict"),
        backbone="fake",
        poolers=POOLERS,
        epochs=4,
        lr=1e-2,
    )
    content = frame.to_csv(index=False).encode() if content is None else content
    return create_run(replace(request, **changed), {"train": content})


@pytest.fixture(autouse=True)
def folders(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)


def nobody(standing):
    pass


def weights(run):
    return {name: load_file(run.checkpoint(name) / "model.safetensors") for name in POOLERS}


def test_cancel_is_heard_before_the_first_step():
    run = made()
    heard = []

    def cancel(standing):
        heard.append(standing)
        raise Stop

    with pytest.raises(Stop):
        carry_out(run, FakeBackbone(width=16), cancel)
    assert [standing.told for standing in heard] == ["Reading the file"]
    assert run.state().stage == "cancelled"


def test_a_run_leaves_heads_predictions_and_a_table():
    run = made()
    assert run.request.task == "my_films"
    heard = []
    carry_out(run, FakeBackbone(width=16), heard.append)
    state = run.state()
    assert (state.stage, state.share) == ("done", 1.0)
    assert state.seconds > 0
    shares = [standing.share for standing in heard]
    assert shares == sorted(shares)
    assert any(standing.left for standing in heard)
    result = read_result(run)
    assert [line.pooler for line in result.table] == list(POOLERS)
    assert result.classes == ("bad", "fine", "good")
    for line in result.table:
        own, card = (
            result.reported[line.pooler],
            HeadCard.read(run.checkpoint(line.pooler) / "config.json"),
        )
        told = card.metrics["evaluation"]["test"]
        assert line.value == own.score() == pytest.approx(told["accuracy"])
        assert own.score("macro_f1") == pytest.approx(told["macro_f1"])
        assert (line.low, line.high) == pytest.approx(tuple(told["interval_95"]))
    frame = result.frame("glot")
    assert list(frame) == ["text", "label", "predicted", "probability"]
    # The word that decides stands first in each text.
    assert (frame["text"].str.split().str[0] == frame["label"]).all()
    right = float((frame["label"] == frame["predicted"]).mean() * 100)
    assert right == pytest.approx(result.table[2].value)


def test_a_request_comes_back_from_disk_as_it_was():
    run = made(test_file="", tau=0.3, n_train=50)
    assert find_run(run.name).request == run.request
    assert [each.name for each in list_runs()] == [run.name]
    second = made()
    assert second.request.task == "my_films-2"
    assert [each.name for each in list_runs()] == [second.name, run.name]
    (run.folder / "request.json").write_text("{")
    assert [each.name for each in list_runs()] == [second.name]


def test_heads_of_the_project_are_never_overwritten(tmp_path):
    assert made(title="sst2.csv").request.task == "sst2-2"
    (tmp_path / "checkpoints" / "fake" / "notes").mkdir(parents=True)
    assert made(title="notes.csv").request.task == "notes-2"


KILLED = """
import sys, time
from pathlib import Path
from glot.training import loop
from glot.training.runs.folder import find_run
from glot.training.runs.work import carry_out
from tests.conftest import FakeBackbone
loop.SAVE_EVERY = 2

def report(standing):
    print(standing.told.split(",")[0], flush=True)
    time.sleep(0.005)

carry_out(find_run(sys.argv[1]), FakeBackbone(width=16), report)
print("done", flush=True)
"""


def test_a_killed_run_goes_on_with_the_pooler_that_it_was_at():
    whole, cut = made(), made()
    carry_out(whole, FakeBackbone(width=16), nobody)
    command = [sys.executable, "-c", KILLED, cut.name]
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    seen = []
    # Killed in the first pooler's training, and in the second's.
    for until in ("mean", "adapool", ""):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
        )
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if until and lines.count(until) == 7:
                assert cut.working
                assert not cut.interrupted
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        process.wait()
        seen.append(lines)
        assert cut.interrupted == bool(until)
    assert seen[2][-1] == "done"
    # What was finished is not trained again.
    assert "mean" not in seen[2]
    steps = [line for line in seen[2] if line == "adapool"]
    assert 0 < len(steps) < seen[2].count("glot")
    assert cut.state().stage == "done"
    for name, expected in weights(whole).items():
        for key, value in weights(cut)[name].items():
            assert torch.equal(value, expected[key])
    assert not list(cut.checkpoint("any").parent.glob(".*"))


def test_a_stopped_run_keeps_what_is_done():
    run, left = made(), [12]

    def stop(standing):
        left[0] -= 1
        if left[0] < 0:
            raise Stop

    with pytest.raises(Stop):
        carry_out(run, FakeBackbone(width=16), stop)
    assert run.state().stage == "cancelled"
    assert not run.interrupted
    before = run.state().seconds
    carry_out(run, FakeBackbone(width=16), nobody)
    assert run.state().stage == "done"
    assert run.state().seconds > before


def test_a_run_is_worked_on_once_at_a_time():
    run = made()
    with run.held():
        assert run.working
        with pytest.raises(GlotError, match="being worked on"):
            carry_out(run, FakeBackbone(width=16), nobody)
        with pytest.raises(GlotError, match="being worked on"):
            run.delete(heads=True)
    assert not run.working


def test_delete_removes_data_and_heads_only_where_asked():
    run = made(poolers=("mean",), epochs=1)
    carry_out(run, FakeBackbone(width=16), nobody)
    run.delete(heads=False)
    assert not run.folder.exists()
    assert run.checkpoint("mean").is_dir()
    other = made(poolers=("mean",), epochs=1)
    carry_out(other, FakeBackbone(width=16), nobody)
    other.delete(heads=True)
    assert not other.checkpoint("mean").parent.exists()
    assert run.checkpoint("mean").is_dir()


def test_data_that_was_changed_is_told():
    run = made()
    run.data.write_text("said,verdict\na b,c\n")
    with pytest.raises(GlotError, match="gone, or was changed"):
        carry_out(run, FakeBackbone(width=16), nobody)
    assert run.state().stage == "failed"
    assert "was changed" in run.state().told


def test_a_file_that_cannot_be_learnt_fails_in_words():
    run = made(content=b"said,verdict\n" + b"a b,c\n" * 20)
    with pytest.raises(GlotError, match="All rows have the label"):
        carry_out(run, FakeBackbone(width=16), nobody)
    assert "All rows have the label 'c'" in run.state().told


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"poolers": ()}, "Poolers none"),
        ({"poolers": ("mean", "mean")}, "each once"),
        ({"poolers": ("median",)}, "Unknown pooler"),
        ({"epochs": 0}, "0 epochs"),
        ({"lr": 2.0}, "lr"),
        ({"tau": 3.0}, "tau 3.0"),
    ],
)
def test_a_request_that_cannot_run_is_refused(changed, message):
    with pytest.raises(GlotError, match=message):
        made(**changed)
    assert list_runs() == ()


def test_a_broken_head_or_missing_predictions_are_told():
    run = made(poolers=("mean",), epochs=1)
    carry_out(run, FakeBackbone(width=16), nobody)
    (run.checkpoint("mean") / "README.md").unlink()
    with pytest.raises(GlotError, match="cannot be read"):
        head_zip(run.checkpoint("mean"))
    (run.checkpoint("mean") / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(GlotError, match="no readable predictions"):
        read_result(run)


def test_time_left_follows_the_measured_speed():
    now = [0.0]
    pace = Pace(("mean", "glot"), 2, 100, lambda: now[0])
    assert pace.hear({"stage": "states", "split": "test", "done": 0, "of": 100}).left is None
    now[0] = 10.0
    standing = pace.hear({"stage": "states", "split": "test", "done": 50, "of": 100})
    assert standing.left == pytest.approx(10.0)
    assert standing.share == pytest.approx(0.15)
    fit = {"stage": "fit", "steps": 10, "loss": 1.0, "run": 1, "runs": 1}
    # Resumed at the second epoch: what was done before says nothing of the speed.
    assert pace.hear({**fit, "pooler": "mean", "epoch": 1, "step": 5}).left is None
    now[0] = 11.0
    standing = pace.hear({**fit, "pooler": "mean", "epoch": 1, "step": 10})
    assert standing.left == pytest.approx(4.0)
    assert "mean, epoch 2 of 2: loss 1.000" in standing.told
    assert pace.hear({**fit, "pooler": "glot", "epoch": 1, "step": 10}).left == pytest.approx(0)
    assert [duration(x) for x in (0.2, 61, 600, 7500)] == ["1 s", "61 s", "10 min", "2 h 5 min"]


def test_a_folder_that_cannot_be_written_is_told(cache):
    cache.mkdir(parents=True)
    (cache / "runs").write_text("")
    with pytest.raises(GlotError, match="could not be written"):
        made()


def test_state_of_a_broken_file_is_that_of_a_run_that_never_began():
    run = made()
    (run.folder / "state.json").write_text("{")
    assert run.state().stage == "waiting"
    assert isinstance(run, Run)
