"""Long work behind the pages."""

import threading
import time

import pytest

from app.services import jobs
from glot.errors import GlotError


def ended(job):
    for _ in range(500):
        if job.over:
            return job
        time.sleep(0.01)
    raise AssertionError(f"still {job.state}")


@pytest.fixture
def key(request):
    return request.node.name


def test_a_job_reports_and_ends_with_its_result(key):
    def work(job):
        job.report(0.5, "Half")
        job.points.append(3)
        return "found"

    job = ended(jobs.start(key, "Work", work))
    assert (job.state, job.result, job.share, job.points) == ("done", "found", 1.0, [3])
    assert jobs.find(key) is job


def test_the_same_work_is_done_once(key):
    held = threading.Event()
    first = jobs.start(key, "Work", lambda _: held.wait(5))
    assert jobs.start(key, "Work", lambda _: pytest.fail("done twice")) is first
    held.set()
    assert jobs.start(key, "Work", lambda _: pytest.fail("done twice")) is ended(first)


def test_a_cancelled_job_stops_and_can_be_started_again(key):
    going = threading.Event()

    def work(job):
        going.set()
        while True:
            job.report(0.1, "Going on")
            time.sleep(0.001)

    job = jobs.start(key, "Work", work)
    assert going.wait(5)
    job.cancel()
    assert ended(job).state == "cancelled"
    again = ended(jobs.start(key, "Work", lambda _: 1))
    assert (again is job, again.result) == (False, 1)


def test_one_that_waits_is_cancelled_at_once(key):
    held = threading.Event()
    busy = [jobs.start(f"{key} {i}", "Busy", lambda _: held.wait(5)) for i in range(jobs.AT_ONCE)]
    waiting = jobs.start(key, "Waiting", lambda _: pytest.fail("it was cancelled"))
    assert waiting.state == "waiting"
    waiting.cancel()
    assert waiting.state == "cancelled"
    held.set()
    assert [ended(job).state for job in busy] == ["done"] * jobs.AT_ONCE
    assert waiting.state == "cancelled"


def test_what_goes_wrong_is_told(key):
    def refuse(job):
        raise GlotError("One row.", "Accepted: two.")

    assert "One row." in str(ended(jobs.start(f"{key} a", "Work", refuse)).error)
    broken = ended(jobs.start(f"{key} b", "The map", lambda _: 1 / 0))
    assert broken.state == "failed"
    assert "The map failed: ZeroDivisionError." in str(broken.error)


def test_only_the_newest_are_kept(key):
    made = [ended(jobs.start(f"{key} {i}", "Work", lambda _: 1)) for i in range(jobs.MAX_OVER + 2)]
    assert jobs.find(made[0].key) is None
    assert jobs.find(made[-1].key) is made[-1]


def test_a_short_job_does_not_wait_for_long_ones(key):
    held = threading.Event()
    long = [
        jobs.start(f"{key} {i}", "Training", lambda _: held.wait(60), "long")
        for i in range(jobs.AT_ONCE + 1)
    ]
    try:
        assert ended(jobs.start(key, "A sentence", lambda _: "placed")).result == "placed"
        assert not any(job.over for job in long)
        assert long[-1].state == "waiting"
    finally:
        held.set()
    assert [ended(job).state for job in long] == ["done"] * len(long)
