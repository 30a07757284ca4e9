"""Long work behind the pages: it goes on while its reader looks elsewhere, and can be cancelled.

Jobs live as long as the server. Two readers who ask for the same thing share one job. How many a
session may have waiting or running at once, and how long each may take, is the operator's matter
(`glot.operation.settings`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from streamlit.runtime.scriptrunner import get_script_run_ctx

from glot.errors import GlotError
from glot.operation import logs
from glot.operation.read import settings
from glot.threads import in_passing

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
        owner: the session that asked for it first; empty: none.
        request: the request that asked for it first (`glot.operation.logs`).
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
    owner: str = ""
    request: str = ""
    _end: float | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER

    def report(self, share: float, told: str) -> None:
        """Say how far the work is; it is also where a job stops that was cancelled or is overdue.

        Args:
            share: from 0 to 1.
            told: what is being done.

        Raises:
            CancelledError: the job was cancelled.
            GlotError: it has run for as long as the server's operator lets it.
        """
        if self._cancelled.is_set():
            raise CancelledError
        if self._end is not None and time.monotonic() > self._end:
            minutes = settings().job_minutes
            raise GlotError(
                f"{self.title} has run for {minutes:,} minutes.",
                f"Accepted: at most {minutes:,} minutes of work at a time (job_minutes).",
                "Ask for less. A training run keeps what was done, and can be resumed.",
            )
        self.share, self.told = min(max(share, 0.0), 1.0), told

    def begin(self) -> None:
        """The work begins now: its time runs."""
        self._end = time.monotonic() + 60 * settings().job_minutes
        self.report(0.0, "Starting")
        self.state = "running"

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

    Returns:
        The job; where the session has too many already, one that has failed and says so.
    """
    with _lock:
        job = _jobs.get(key)
        if job is None or job.state in ("failed", "cancelled"):
            job = Job(key, title, lane, owner=_session(), request=logs.request_id())
            refusal = _refusal(job.owner)
            if refusal is not None:
                # Not kept: the next one who asks may have room.
                job.error, job.state = refusal, "failed"
                return job
            # Taken out first: the newest stand last.
            _jobs.pop(key, None)
            _jobs[key] = job
            _forget()
            _workers[lane].submit(_run, job, work)
    return job


def find(key: str) -> Job | None:
    """The job of this key; None if there is none, or it was forgotten."""
    return _jobs.get(key)


def check_room() -> None:
    """Check that this session may start one more.

    Raises:
        GlotError: it has as many waiting or running as it may have.
    """
    refusal = _refusal(_session())
    if refusal is not None:
        raise refusal


def counts() -> tuple[int, int]:
    """How many wait, and how many run."""
    states = [job.state for job in list(_jobs.values())]
    return states.count("waiting"), states.count("running")


def _session() -> str:
    """The session whose page is being drawn in this thread; empty outside of pages."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _refusal(owner: str) -> GlotError | None:
    """Why this session may start nothing more now; None if it may."""
    most = settings().session_jobs
    busy = sum(job.owner == owner and not job.over for job in list(_jobs.values()))
    if not owner or busy < most:
        return None
    return GlotError(
        f"{busy} pieces of work of yours wait or run already.",
        f"Accepted: at most {most} at once for one reader (session_jobs).",
        "Wait until one has ended, or cancel one.",
    )


def end() -> None:
    """Cancel all jobs, for the server ends: Python would wait for their threads."""
    _ending.set()
    for job in list(_jobs.values()):
        job.cancel()


def ending() -> bool:
    """Whether jobs are cancelled because the server ends, and not by a reader."""
    return _ending.is_set()


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    logs.new_request(job.request)
    try:
        job.begin()
        # The lanes' own threads stay; torch's helpers would stay with them.
        job.result = in_passing(partial(work, job))
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
            f"The server's log says where, under request {job.request}.",
            "Nothing else was changed; you can start it again.",
        )
        job.state = "failed"


def _forget() -> None:
    over = [key for key, job in _jobs.items() if job.over]
    for key in over[: max(0, len(over) - MAX_OVER)]:
        del _jobs[key]
