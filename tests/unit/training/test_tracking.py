"""Curves for TensorBoard, read back by TensorBoard's own reader."""

import os
import subprocess
import sys

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from glot import extras
from glot.cli.options import chosen_task
from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.paths import ROOT
from glot.tasks.own import OwnColumns
from glot.training.run import Job, train_head
from glot.training.tracking import check_tracking, several, train_tracked
from tests.conftest import FakeBackbone
from tests.unit.training.conftest import Stop, steps, stop_after

CONFIG = TrainConfig(lr=(1e-2, 1e-3), tau=(0.1, 0.5), epochs=2, n_validation=50)


def job_of(data, out, **more):
    settings = PoolerConfig("glot", width=8)
    task = chosen_task("sst2", OwnColumns())
    return Job(task, FakeBackbone(width=16), settings, CONFIG, out, data, **more)


def read(folder):
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    found.Reload()
    return found


def curve(found, name):
    return [(each.step, each.value) for each in found.Scalars(name)]


def test_every_run_has_its_curves_settings_and_scores(data, tmp_path, cache):
    events = []
    job = job_of(data, tmp_path / "head", seeds=2)
    trained = train_tracked(job, events.append, tmp_path / "runs")
    root = tmp_path / "runs" / "fake" / "sst2" / "glot"
    best = f"lr-{trained.card.training['lr']:g},tau-{trained.card.pooler.tau:g}"
    searched = {f"seed-42,lr-{lr:g},tau-{tau:g}" for lr in CONFIG.lr for tau in CONFIG.tau}
    assert {each.name for each in root.iterdir()} == searched | {f"seed-43,{best}"}
    for folder in root.iterdir():
        found = read(folder)
        own = [
            event
            for event in events
            if event["stage"] == "fit"
            and folder.name == f"seed-{event['seed']},lr-{event['lr']:g},tau-{event['tau']:g}"
        ]
        losses = [event["loss"] for event in steps(own)]
        assert [step for step, _ in curve(found, "loss")] == list(range(1, len(losses) + 1))
        assert [loss for _, loss in curve(found, "loss")] == pytest.approx(losses)
        validation = [event["validation"] for event in own if "validation" in event]
        expected = list(enumerate(validation, start=1))
        assert curve(found, "validation") == [pytest.approx(each) for each in expected]
        [(_, highest)] = curve(found, "best validation")
        assert highest == pytest.approx(max(validation))
        started = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        assert b"lr" in started
        assert b"fake" in started
    numbers = trained.card.metrics["seeds"]["dev"]["values"]
    for seed, value in zip((42, 43), numbers, strict=True):
        [(_, reported)] = curve(read(root / f"seed-{seed},{best}"), "dev accuracy")
        assert reported == pytest.approx(value)
    others = searched - {f"seed-42,{best}"}
    # A reported split is looked at with the chosen settings alone.
    assert not any("dev accuracy" in read(root / name).Tags()["scalars"] for name in others)


def test_training_is_the_same_with_and_without(data, tmp_path, cache):
    plain = train_head(job_of(data, tmp_path / "plain"))
    tracked = train_tracked(job_of(data, tmp_path / "tracked"), lambda _: None, tmp_path / "runs")
    weights = tracked.head.state_dict()
    assert all(torch.equal(each, weights[name]) for name, each in plain.head.state_dict().items())
    assert plain.card.training == tracked.card.training
    timed = {"seconds": 0.0}
    assert plain.card.metrics | timed == tracked.card.metrics | timed


def test_a_resumed_training_goes_on_with_its_curves(data, tmp_path, cache):
    job = job_of(data, tmp_path / "head")
    with pytest.raises(Stop):
        train_tracked(job, stop_after(15), tmp_path / "runs")
    train_tracked(job, lambda _: None, tmp_path / "runs")
    whole = job_of(data, tmp_path / "whole")
    train_tracked(whole, lambda _: None, tmp_path / "at once")
    for folder in sorted((tmp_path / "at once").glob("*/*/*/*")):
        expected = read(folder)
        found = read(tmp_path / "runs" / folder.relative_to(tmp_path / "at once"))
        for name in ("loss", "validation", "best validation"):
            assert curve(found, name) == curve(expected, name)


def test_a_head_without_weights_has_no_curve_but_its_scores(pairs, tmp_path, cache):
    # Mean pooling and cosine similarity: nothing is trained, and τ plays no part.
    task, backbone = chosen_task("stsb", OwnColumns()), FakeBackbone(width=16)
    job = Job(task, backbone, PoolerConfig("mean"), CONFIG, tmp_path / "head", pairs)
    trained = train_tracked(job, lambda _: None, tmp_path / "runs")
    root = tmp_path / "runs" / "fake" / "stsb" / "mean"
    assert {each.name for each in root.iterdir()} == {"seed-42,lr-0.01", "seed-42,lr-0.001"}
    found = read(root / f"seed-42,lr-{trained.card.training['lr']:g}")
    assert set(found.Tags()["scalars"]) == {"best validation", "dev spearman"}
    [(_, score)] = curve(found, "best validation")
    assert score == pytest.approx(trained.card.metrics["validation"])


def test_all_listeners_hear_in_their_order():
    heard = []
    several(lambda event: heard.append((1, event)), lambda event: heard.append((2, event)))({})
    assert heard == [(1, {}), (2, {})]


def test_what_is_missing_is_told_before_anything_is_loaded(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="cannot be written to"):
        check_tracking(tmp_path / "file" / "runs")
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(GlotError, match="tensorboard is not installed"):
        check_tracking(tmp_path)


def test_without_the_option_tensorboard_is_not_imported():
    code = """
import sys
import glot.training.tracking, glot.cli
assert not any(name.startswith("tensorboard") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, check=True)
