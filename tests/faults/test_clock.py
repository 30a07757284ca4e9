"""The clock set back: in the middle of a run, and between two writes of a head."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.services import models
from glot.heads.checkpoint import WEIGHTS
from glot.paths import ROOT
from glot.training.runs import folder as runs_folder
from glot.training.runs.folder import create_run, list_runs
from tests.conftest import FakeBackbone
from tests.faults import work

SOURCE = Path(__file__).with_name("clock.c")
RUNS = """
import json, os, sys, time
from datetime import datetime
from pathlib import Path
from glot.training.runs.folder import create_run, list_runs
from glot.training.runs.work import carry_out
from tests.conftest import FakeBackbone
from tests.faults import work
content, back = Path(sys.argv[1]).read_bytes(), Path(os.environ["CLOCK_BACK"])
clocks, heard = [datetime.now().timestamp()], []

def report(standing):
    heard.append(standing)
    if len(heard) == 12:
        back.touch()
        clocks.append(time.time())

first = create_run(work.request(), {"train": content})
carry_out(first, FakeBackbone(width=16), report)
second = create_run(work.request(), {"train": content})
carry_out(second, FakeBackbone(width=16), work.nobody)
work.write_cell(Path(sys.argv[2]), 1)
clocks.append(datetime.now().timestamp())
print(json.dumps({
    "clocks": clocks,
    "made": [first.name, second.name],
    "listed": [run.name for run in list_runs()],
    "stages": [run.state().stage for run in (first, second)],
    "seconds": [run.state().seconds for run in (first, second)],
    "left": [standing.left for standing in heard if standing.left is not None],
}))
"""


@pytest.fixture
def preload(tmp_path):
    """A library that sets a process's own clock back."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("setting one process's clock back takes a C compiler and Linux")
    library = tmp_path / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_BACK": str(tmp_path / "back")}


def test_a_run_goes_on_when_the_clock_is_set_back_under_it(preload, tmp_path, cache):
    data, ledger = work.write_data(tmp_path / "films.csv"), tmp_path / "ledger"
    environment = {"GLOT_CHECKPOINTS": str(tmp_path / "heads"), **preload}
    done = subprocess.run(
        [sys.executable, "-c", RUNS, str(data), str(ledger)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    began, jumped, ended = found["clocks"]
    # It did go back, by 400 days.
    assert began - jumped > 399 * 86_400
    assert ended < began
    assert found["stages"] == ["done", "done"]
    # Times are taken by another clock.
    assert all(0 < seconds < 3_600 for seconds in found["seconds"])
    assert all(0 <= left < 3_600 for left in found["left"])
    # The newest stands first, by the order in which they were made.
    assert found["listed"] == found["made"][::-1]
    assert len((ledger / "stress.jsonl").read_text().splitlines()) == work.ROWS


class SetBack(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(days=400)


def test_the_newest_run_stands_first_whatever_the_clock_says(cache, monkeypatch):
    content = {"train": b"said,verdict\na b,c\n"}
    first = create_run(work.request(), content)
    monkeypatch.setattr(runs_folder, "datetime", SetBack)
    second, third = (create_run(work.request(), content) for _ in range(2))
    assert [run.name for run in list_runs()] == [third.name, second.name, first.name]


def test_a_head_that_is_written_with_an_older_date_is_taken_up(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(models, "backbone", lambda _: FakeBackbone())
    folder = tmp_path / "fake" / "sst2"

    def seeds():
        shelf = models.heads("fake", "sst2")
        return {name: head.card.training["seed"] for name, head in shelf.heads.items()}

    work.write_head(folder / "mean", 1)
    work.write_head(folder / "glot", 2)
    assert seeds() == {"mean": 1, "glot": 2}
    date = (folder / "mean" / WEIGHTS).stat().st_mtime - 400 * 86_400
    work.write_head(folder / "glot", 3)
    for path in (folder / "glot").iterdir():
        os.utime(path, (date, date))
    assert seeds() == {"mean": 1, "glot": 3}
    shutil.rmtree(folder / "glot")
    assert seeds() == {"mean": 1}
