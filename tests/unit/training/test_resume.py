"""Training that is cut off, by an exception or by SIGKILL, ends where an uncut one does."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from glot.config import TrainConfig
from glot.errors import GlotError
from glot.paths import ROOT
from glot.training import loop
from tests.unit.training.conftest import Stop, steps, stop_after, train


@pytest.mark.parametrize("pooler", ["glot", "adapool"])
@pytest.mark.parametrize("after", [3, 11, 13, 27])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    data, tmp_path, cache, monkeypatch, after, pooler
):
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)
    whole = train(data, tmp_path / "whole", pooler)
    with pytest.raises(Stop):
        train(data, tmp_path / "cut", pooler, report=stop_after(after))
    seen = []
    resumed = train(data, tmp_path / "cut", pooler, report=seen.append)
    for name, weight in whole.head.state_dict().items():
        assert torch.equal(resumed.head.state_dict()[name], weight)
    assert resumed.card.training["search"] == whole.card.training["search"]
    assert 0 < len(steps(seen)) < 3 * 11


KILLED = """
import sys
import time
from pathlib import Path
from glot.training import loop
from tests.unit.training.conftest import train
loop.SAVE_EVERY = 2

def report(event):
    if event["stage"] == "fit":
        print("step", flush=True)
        time.sleep(0.01)

train(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], report=report)
print("done", flush=True)
"""


@pytest.mark.parametrize("pooler", ["glot", "mlp"])
def test_killed_runs_go_on_to_the_same_weights(data, tmp_path, cache, pooler):
    train(data, tmp_path / "whole", pooler)
    command = [sys.executable, "-c", KILLED, str(data), str(tmp_path / "cut"), pooler]
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    kills = 0
    for steps_seen in (5, 9, 14, 10_000):
        running = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
        )
        lines = []
        for line in running.stdout:
            lines.append(line.strip())
            if len(lines) == steps_seen:
                running.send_signal(signal.SIGKILL)
                kills += 1
                break
        running.stdout.close()
        running.wait()
    assert kills == 3
    assert lines[-1] == "done"
    # Three epochs of eleven steps, of which the last process made only what was left.
    assert lines.count("step") < 33
    expected = load_file(tmp_path / "whole" / "model.safetensors")
    found = load_file(tmp_path / "cut" / "model.safetensors")
    assert expected.keys() == found.keys()
    for name, weight in expected.items():
        assert torch.equal(found[name], weight)


def test_random_numbers_go_on_where_they_were(data, tmp_path, cache, monkeypatch):
    """Nothing here draws random numbers after the start, so a loss that does stands in."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 1)
    plain = loop._step

    def noisy(run, head, *rest):
        for weight in head.parameters():
            weight.data += 1e-3 * torch.randn(weight.shape)
        return plain(run, head, *rest)

    monkeypatch.setattr(loop, "_step", noisy)
    whole = train(data, tmp_path / "whole")
    with pytest.raises(Stop):
        train(data, tmp_path / "cut", report=stop_after(17))
    torch.manual_seed(99)
    resumed = train(data, tmp_path / "cut")
    for name, weight in whole.head.state_dict().items():
        assert torch.equal(resumed.head.state_dict()[name], weight)


def test_a_finished_run_of_a_search_is_not_trained_again(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2, 1e-3), epochs=1, n_validation=50)
    with pytest.raises(Stop):
        train(data, tmp_path / "head", config=config, report=stop_after(15))
    seen = []
    train(data, tmp_path / "head", config=config, report=seen.append)
    assert {event["run"] for event in steps(seen)} == {2}


def test_unfinished_work_with_other_settings_is_not_lost(data, tmp_path, cache):
    with pytest.raises(Stop):
        train(data, tmp_path / "head", report=stop_after(13))
    other = TrainConfig(lr=(1e-3,), epochs=1, n_validation=50)
    with pytest.raises(GlotError, match="--fresh"):
        train(data, tmp_path / "head", config=other)
    assert train(data, tmp_path / "head", config=other, fresh=True).card.training["lr"] == 1e-3


@pytest.mark.parametrize("content", ["{", "[]", '{"epoch": 1}', '{"file": "none"}'])
def test_broken_unfinished_work_is_told(data, tmp_path, cache, content):
    with pytest.raises(Stop):
        train(data, tmp_path / "head", report=stop_after(13))
    (path,) = tmp_path.rglob("progress.json")
    path.write_text(content)
    if content == '{"file": "none"}':
        path.with_name("none").write_bytes(b"no tensors")
    with pytest.raises(GlotError, match="is broken"):
        train(data, tmp_path / "head")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_broken_settings_of_unfinished_work_are_told(data, tmp_path, cache, content):
    with pytest.raises(Stop):
        train(data, tmp_path / "head", report=stop_after(13))
    (path,) = tmp_path.rglob("settings.json")
    assert not list(tmp_path.rglob("settings.new"))
    path.write_text(content)
    with pytest.raises(GlotError, match="--fresh"):
        train(data, tmp_path / "head")
    assert train(data, tmp_path / "head", fresh=True).card.metrics["seconds"] > 0


def test_a_checkpoint_is_trained_by_one_process_at_a_time(data, tmp_path, cache):
    told = []

    def report(event):
        if not told:
            with pytest.raises(GlotError, match="Another training writes"):
                train(data, tmp_path / "head")
            told.append(event)

    train(data, tmp_path / "head", report=report)
    assert told


def test_an_output_folder_that_cannot_be_written_is_told(data, tmp_path, cache):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="Training cannot write"):
        train(data, tmp_path / "file" / "head")
