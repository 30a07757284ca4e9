"""One thread that computes, a bounded queue before it, and futures that carry the answers."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from typing import Any

from glot.config import check_tau
from glot.serving.jobs import Embedded, EmbedJob, ExplainJob, Part, fail, settle
from glot.serving.limits import BUSY, UNAVAILABLE, Limits, RefusedError
from glot.serving.model import Model

# Texts that are computed together. More of them fill the backbone's batches better; those that
# come meanwhile wait longer.
ROUND = 256
# How long a round may wait for as many texts as the last one had, in seconds and as a share of
# what that one took: clients that were answered together ask again together, a moment later.
COMPANY, COMPANY_SHARE = 0.02, 0.05


class Batcher:
    """Computes what waits, together: the worker takes all that has come while it was busy.

    A text that comes alone does not wait for others. Texts of one round are batched by length, as
    those of a file are; a request that does not fit in a round goes to the end of the queue with
    its rest, so that a small one does not wait for all of a large one.

    Args:
        model: used by the worker alone, once it has begun.
        limits: of the queue.
    """

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model = model
        self.limits = limits
        self._waiting: deque[EmbedJob | ExplainJob] = deque()
        # Of the queue; told when it changes.
        self._changed = threading.Condition()
        self._closing = self._abandoned = False
        self._computing: list[EmbedJob | ExplainJob] = []
        self._last_size, self._last_seconds = 0, 0.0
        self._worker = threading.Thread(target=self._work, name="glot-serving")
        self._worker.start()

    def embed(self, texts: Sequence[str], tau: float | None = None) -> Future[Embedded]:
        """Put texts in the queue.

        Args:
            texts: of one request.
            tau: instead of the pooler's own threshold.

        Raises:
            RefusedError: too many texts or too long ones, a full queue, or a server that stops.
            GlotError: the texts or τ are not what is accepted.
        """
        self.limits.check(texts)
        self.model.check_tau(tau)
        job = EmbedJob(tuple(texts), tau, self.model.pooler.out_width)
        self._put(job)
        return job.future

    def explain(self, text: str, tau: float, max_tokens: int) -> Future[dict[str, Any]]:
        """Put one text in the queue, to be explained: see `Model.explain`.

        Raises:
            RefusedError: a text that is too long, a full queue, or a server that stops.
            GlotError: the text or τ are not what is accepted.
        """
        self.limits.check([text])
        check_tau(tau)
        job = ExplainJob(text, tau, max_tokens)
        self._put(job)
        return job.future

    @property
    def queued(self) -> int:
        """Texts that wait."""
        with self._changed:
            return self._n_waiting()

    @property
    def closing(self) -> bool:
        """Whether nothing new is taken."""
        return self._closing

    @property
    def finished(self) -> bool:
        """Whether nothing new is taken and all that waited is answered."""
        return not self._worker.is_alive()

    def close(self) -> None:
        """Take nothing new; the worker ends when it has answered what waits."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def abandon(self) -> None:
        """Take nothing new, and give up everything; the worker ends after its present batch."""
        self.close()
        with self._changed:
            given_up = [*self._computing, *self._waiting]
            self._abandoned = True
            self._waiting.clear()
        for job in given_up:
            fail(job.future, _stopping())

    def join(self) -> None:
        """Wait for the worker's end."""
        self._worker.join()

    def _put(self, job: EmbedJob | ExplainJob) -> None:
        with self._changed:
            if self._closing:
                raise _stopping()
            waiting = self._n_waiting()
            if waiting + job.n_waiting > self.limits.queue:
                raise RefusedError(
                    BUSY,
                    f"{job.n_waiting:,} more texts, while {waiting:,} wait.",
                    f"Accepted: at most {self.limits.queue:,} that wait.",
                    "Ask again later, as Retry-After says.",
                    max(1, math.ceil(waiting * self._last_seconds / max(1, self._last_size))),
                )
            self._waiting.append(job)
            self._changed.notify()

    def _n_waiting(self) -> int:
        return sum(job.n_waiting for job in self._waiting if not job.future.done())

    def _work(self) -> None:
        while (round_ := self._next_round()) is not None:
            began = time.perf_counter()
            if isinstance(round_, ExplainJob):
                self._explain(round_)
            else:
                self._embed(round_)
                self._last_size = sum(len(part.rows) for part in round_)
                self._last_seconds = time.perf_counter() - began

    def _next_round(self) -> list[Part] | ExplainJob | None:
        """What to compute next, when there is something; None at the end."""
        with self._changed:
            while True:
                if self._is_work():
                    most = min(COMPANY, COMPANY_SHARE * self._last_seconds)
                    self._changed.wait_for(self._is_company, most)
                    # Meanwhile it may have been given up.
                    if self._is_work():
                        break
                elif self._closing:
                    return None
                else:
                    self._changed.wait()
            first = self._waiting[0]
            if isinstance(first, ExplainJob):
                self._computing = [self._waiting.popleft()]
                return first
            parts = self._take_parts(first.tau)
            self._computing = [part.job for part in parts]
            return parts

    def _is_work(self) -> bool:
        self._waiting = deque(job for job in self._waiting if not job.future.done())
        return bool(self._waiting)

    def _is_company(self) -> bool:
        return self._closing or self._n_waiting() >= self._last_size

    def _take_parts(self, tau: float | None) -> list[Part]:
        """Texts of one τ, up to a round of them; what is not taken keeps its order."""
        parts: list[Part] = []
        passed: deque[EmbedJob | ExplainJob] = deque()
        unfinished: list[EmbedJob] = []
        room = ROUND
        while self._waiting and room:
            job = self._waiting.popleft()
            if isinstance(job, ExplainJob) or job.tau != tau:
                passed.append(job)
                continue
            parts.append(job.take(room))
            room -= len(parts[-1].rows)
            if job.n_waiting:
                unfinished.append(job)
        self._waiting = passed + self._waiting
        self._waiting.extend(unfinished)
        return parts

    def _explain(self, job: ExplainJob) -> None:
        try:
            settle(job.future, self.model.explain(job.text, job.tau, job.max_tokens))
        except Exception as error:  # Told to who asked; the worker goes on.
            fail(job.future, error)

    def _embed(self, parts: list[Part]) -> None:
        """Compute parts together; when one of them cannot be computed, each on its own."""
        texts = [part.job.texts[row] for part in parts for row in part.rows]
        places = [(part.job, row) for part in parts for row in part.rows]
        try:
            self._fill(texts, range(len(texts)), parts[0].job.tau, places)
        except Exception:  # Found again below, and told to whom it concerns.
            for part in parts:
                self._embed_alone(part)

    def _embed_alone(self, part: Part) -> None:
        """Compute one request's part; an error tells a text by its number in the request."""
        job = part.job
        if job.future.done():
            return
        try:
            places = [(job, row) for row in range(len(job.texts))]
            self._fill(job.texts, part.rows, job.tau, places)
        except Exception as error:  # Told to who asked; the worker goes on.
            fail(job.future, error)

    def _fill(
        self,
        texts: Sequence[str],
        rows: Sequence[int],
        tau: float | None,
        places: Sequence[tuple[EmbedJob, int]],
    ) -> None:
        """Vectors of some rows of texts, each to its request and its row there."""
        with closing(self.model.embed(texts, rows, tau)) as batches:
            for batch in batches:
                for row, vector, n_cut in zip(batch.rows, batch.vectors, batch.n_cut, strict=True):
                    job, place = places[row]
                    job.put(place, vector, n_cut)
                if self._abandoned:
                    return


def _stopping() -> RefusedError:
    return RefusedError(
        UNAVAILABLE,
        "The server is being stopped.",
        "It answers what it has taken, and takes nothing new.",
        "Ask again when it has been started again.",
        retry_after=10,
    )
