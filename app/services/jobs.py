"""Long work behind the pages: it goes on while its reader looks elsewhere, and can be cancelled.

Jobs live as long as the server. Two readers who ask for the same thing share one job.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from glot.errors import GlotError

State = Literal["waiting", "running", "done", "failed", "cancelled"]
# `short` takes seconds, `long` minutes: no short job waits for the end of a long one.
Lane = Literal["short", "long"]
# In each lane. More at once would only slow each other down; the others wait, and say so.
AT_ONCE = 2
# Jobs that are over, with their results, beyond which the oldest are forgotten.
MAX_OVER = 32
OVER = ("done", "failed", "cancelled")


class CancelledError(Exception):
    """The reader has cancelled the job: its work stops here."""


@dataclass
class Job:
    """One piece of work.

    Attributes:
        key: what it is; two jobs with equal keys do the same.
        title: for people.
        lane: which jobs it waits for.
        state: where it stands.
        share: how much is done, from 0 to 1.
        told: what it is doing, for people.
        points: what it has found on the way, such as losses; only ever added to.
        result: what it was done for; None before the state is `done`.
        error: why it failed; None unless the state is `failed`.
    """

    key: str
    title: str
    lane: Lane = "short"
    state: State = "waiting"
    share: float = 0.0
    told: str = ""
    points: list[Any] = field(default_factory=list)
    result: Any = None
    error: GlotError | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER

    def report(self, share: float, told: str) -> None:
        """Say how far the work is; it is also where a cancelled job stops.

        Args:
            share: from 0 to 1.
            told: what is being done.

        Raises:
            CancelledError: the job was cancelled.
        """
        if self._cancelled.is_set():
            raise CancelledError
        self.share, self.told = min(max(share, 0.0), 1.0), told

    def cancel(self) -> None:
        """Ask the work to stop at its next report; one that still waits never starts."""
        self._cancelled.set()
        if self.state == "waiting":
            self.state = "cancelled"


_jobs: dict[str, Job] = {}
_ending = threading.Event()
_lock = threading.Lock()
_workers = {
    "short": ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job"),
    "long": ThreadPoolExecutor(AT_ONCE, thread_name_prefix="long job"),
}


def start(key: str, title: str, work: Callable[[Job], Any], lane: Lane = "short") -> Job:
    """The job of this key: the one that is there, or a new one in place of one that failed.

    Args:
        key: what it is.
        title: for people.
        work: does it, reports to the job, and returns the result.
        lane: `long` for what may take minutes, such as training.
    """
    with _lock:
        job = _jobs.get(key)
        if job is None or job.state in ("failed", "cancelled"):
            job = Job(key, title, lane)
            # Taken out first: the newest stand last.
            _jobs.pop(key, None)
            _jobs[key] = job
            _forget()
            _workers[lane].submit(_run, job, work)
    return job


def find(key: str) -> Job | None:
    """The job of this key; None if there is none, or it was forgotten."""
    return _jobs.get(key)


def end() -> None:
    """Cancel all jobs, for the server ends: Python would wait for their threads."""
    _ending.set()
    for job in list(_jobs.values()):
        job.cancel()


def ending() -> bool:
    """Whether jobs are cancelled because the server ends, and not by a reader."""
    return _ending.is_set()


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.report(0.0, "Starting")
        job.state = "running"
        job.result = work(job)
        job.share, job.state = 1.0, "done"
    except CancelledError:
        job.state = "cancelled"
    except GlotError as error:
        job.error, job.state = error, "failed"
    except Exception as error:
        # A thread has nobody above it who would tell.
        logging.getLogger(__name__).exception("The job %r failed", job.title)
        job.error = GlotError(
            f"{job.title} failed: {type(error).__name__}.",
            "The server's log says where.",
            "Nothing else was changed; you can start it again.",
        )
        job.state = "failed"


def _forget() -> None:
    over = [key for key, job in _jobs.items() if job.over]
    for key in over[: max(0, len(over) - MAX_OVER)]:
        del _jobs[key]
