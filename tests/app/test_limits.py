"""What an operator limits, on real pages: backbones, rows, long work, login."""

import logging
import re
import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from app.services import jobs, models, uploads
from glot.errors import GlotError
from tests.app.explore_page import Explore
from tests.app.train_page import TrainPage


@pytest.mark.parametrize(
    "name", ["/etc", "../checkpoints", "~", "/proc/self/root/etc", "somebody/model", "a\0b"]
)
def test_a_link_loads_no_backbone_that_is_not_allowed(name, monkeypatch):
    opened, load = set(), models._backbone
    monkeypatch.setattr(models, "_backbone", lambda place: opened.add(place) or load(place))
    page = Explore(backbone=name)
    assert "this server loads no such one from a page" in page.errors()
    assert "Request " in page.errors()
    # The usual one may be loaded behind the page.
    assert opened <= {"minilm"}


def test_a_task_in_a_link_leads_to_no_folder(tmp_path, monkeypatch):
    (tmp_path / "heads" / "minilm").mkdir(parents=True)
    (tmp_path / "secret" / "glot").mkdir(parents=True)
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "heads"))
    from glot.heads.checkpoint import checkpoint_folder

    for name in ("../../secret", "..", "", "a/../../../secret", "/etc"):
        folder = checkpoint_folder("minilm", name, name)
        assert folder.resolve().is_relative_to(tmp_path / "heads" / "minilm")
        assert not folder.exists()


def test_rows_are_limited(monkeypatch):
    monkeypatch.setenv("GLOT_UPLOAD_ROWS", "20")
    page = TrainPage().open(b"text,label\n" + b"good,1\nbad,0\n" * 11)
    assert "has 22 rows. Accepted: at most 20 rows" in page.errors()
    assert not page.may_train()


def test_bytes_are_limited_whichever_way_they_come(monkeypatch):
    monkeypatch.setenv("GLOT_UPLOAD_MB", "3")
    assert uploads.most_megabytes(50) == 3
    uploads.check_size("fits", b"x" * 3_000_000, 50)
    with pytest.raises(GlotError, match="at most 3,000,000 bytes"):
        uploads.check_size("large", b"x" * 3_000_001, 50)
    assert uploads.most_megabytes(2) == 2


def test_a_session_has_so_much_work_at_once_and_others_have_theirs(monkeypatch, request):
    monkeypatch.setenv("GLOT_SESSION_JOBS", "2")
    held, name = threading.Event(), request.node.name
    who = ["one"]
    monkeypatch.setattr(jobs, "_session", lambda: who[0])
    try:
        for number in range(2):
            assert not jobs.start(f"{name} {number}", "Work", lambda _: held.wait(60)).over
        refused = jobs.start(f"{name} 2", "Work", lambda _: pytest.fail("one too many"))
        assert refused.state == "failed"
        assert "at most 2 at once" in str(refused.error)
        assert jobs.find(refused.key) is None
        with pytest.raises(GlotError, match="at most 2 at once"):
            jobs.check_room()
        # Work that is shared is nobody's second piece.
        assert jobs.start(f"{name} 0", "Work", lambda _: None).state != "failed"
        who[0] = "another"
        jobs.check_room()
        other = jobs.start(f"{name} 3", "Work", lambda _: None)
        assert other.error is None
    finally:
        held.set()


def test_work_that_runs_for_too_long_is_stopped_at_its_next_report(monkeypatch, request):
    going = threading.Event()

    def work(job):
        job._end = time.monotonic() - 1
        going.set()
        job.report(0.5, "Half")
        pytest.fail("it went on")

    job = jobs.start(request.node.name, "The map", work)
    assert going.wait(60)
    while not job.over:
        time.sleep(0.01)
    assert job.state == "failed"
    assert "The map has run for 720 minutes" in str(job.error)


def test_without_login_no_page_is_drawn(monkeypatch):
    monkeypatch.setenv("GLOT_LOGIN", "true")
    page = Explore()
    assert page.app.button("log_in")
    assert not page.app.text_area
    assert "Log in to see its pages." in page.told()


REQUEST = re.compile(r"[Rr]equest ([0-9a-f]{8})")


def shown(raised):
    """What a page shows of an error that nobody foresaw."""
    script = f"""
from app.components.page import tell_unforeseen
from glot.errors import GlotError
try:
    raise {raised}
except Exception as error:
    assert tell_unforeseen(error) is True
"""
    (error,) = AppTest.from_string(script, default_timeout=120).run().error
    return error.value


def test_an_unforeseen_error_is_told_by_its_kind_and_request_and_no_more():
    told = shown("KeyError('what a reader typed')")
    assert "KeyError" in told
    assert REQUEST.search(told)
    assert "typed" not in told


def test_an_error_is_logged_with_the_request_that_the_page_shows_and_without_its_words(caplog):
    with caplog.at_level(logging.INFO, logger="app"):
        told = shown("GlotError('What a reader typed.', 'Accepted: less.')")
    assert "What a reader typed" in told
    (record,) = [each for each in caplog.records if each.name == "app.components.page"]
    assert record.shown_for == REQUEST.search(told)[1]
    assert record.kind == "GlotError"
    assert "typed" not in str(vars(record))
