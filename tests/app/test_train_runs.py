"""Runs of the training page: cancelled, resumed, cut off by the end of their server, deleted."""

import threading
import time

import pytest

from app.services import jobs, train
from glot.training.reported import Reported
from glot.training.runs.folder import find_run, list_runs
from tests.app.train_page import TrainPage


@pytest.fixture(autouse=True)
def folders(cache, tmp_path, monkeypatch):
    """Runs and heads of the test's own."""
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "checkpoints"))


def test_a_backbone_that_is_not_there_fails_in_words_and_can_be_resumed(monkeypatch):
    monkeypatch.setenv("GLOT_ALLOWED_FOLDERS", "/nowhere")
    page = TrainPage(train_poolers="mean", train_epochs="1", backbone="/nowhere/model").healthy()
    page.click("train")
    run = list_runs()[0]
    page.wait(run)
    assert "Unknown backbone" in page.errors()
    assert run.state().stage == "failed"
    assert page.app.button("train_resume")
    # The copy of the data is there still.
    assert run.data.read_bytes() == train.example().content


def test_cancel_resume_and_delete():
    page = TrainPage(train_poolers="mean,glot", train_epochs="60").healthy()
    page.click("train")
    run = list_runs()[0]
    job = jobs.find(train.PREFIX + run.name)
    while not (job.share > 0.65 and "left" in job.told):
        assert not job.over, job.error
        time.sleep(0.005)
    page.run().click(f"cancel {job.key}")
    page.wait(run)
    assert run.state().stage == "cancelled"
    assert "What was done is kept" in page.told()
    partial = [path.name for path in run.checkpoint("any").parent.iterdir()]
    assert any(name.endswith(".partial") for name in partial)
    before = run.state().seconds
    page.click("train_resume").wait(run, 300).healthy()
    assert run.state().stage == "done"
    assert run.state().seconds > before
    assert Reported.read(run.checkpoint("glot")).score() >= 0
    page.app.toggle("train_delete_heads").set_value(True)
    page.run().click("train_delete").healthy()
    assert find_run(run.name) is None
    assert not run.checkpoint("any").parent.exists()


def test_a_run_that_a_restart_cut_off_is_listed_and_goes_on(monkeypatch):
    page = TrainPage(train_poolers="mean", train_epochs="200").healthy()
    page.click("train")
    run = list_runs()[0]
    job = jobs.find(train.PREFIX + run.name)
    while job.share < 0.4:
        assert not job.over, job.error
        time.sleep(0.005)
    job.cancel()
    page.wait(run)
    # As a process that was killed leaves it, seen by a server that knows no jobs.
    run.write(stage="running")
    monkeypatch.delitem(jobs._jobs, job.key)
    page = TrainPage().healthy()
    assert "The server ended while this run was" in page.told()
    page.click("train_resume").wait(run, 300).healthy()
    assert run.state().stage == "done"


def test_a_run_whose_server_ends_is_interrupted_and_not_cancelled(monkeypatch):
    monkeypatch.setattr(jobs, "_ending", threading.Event())
    page = TrainPage(train_poolers="mean", train_epochs="200").healthy()
    page.click("train")
    run = list_runs()[0]
    job = jobs.find(train.PREFIX + run.name)
    while job.share < 0.4:
        assert not job.over, job.error
        time.sleep(0.005)
    jobs.end()
    page.wait(run)
    assert run.interrupted
    assert "The server ended while this run was" in page.told()


def test_two_runs_of_one_file_keep_both_heads():
    page = TrainPage(train_poolers="mean", train_epochs="1").healthy()
    first = page.train()
    second = page.train()
    assert (first.request.task, second.request.task) == ("trains", "trains-2")
    assert (first.checkpoint("mean") / "model.safetensors").is_file()
    assert page.app.selectbox("train_run").value == second.name
    page.select("train_run", first.name).healthy()
    assert page.link("train_run") == first.name
