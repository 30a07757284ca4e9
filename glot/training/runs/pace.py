"""How far a run is and how long it will still take, by the speed that was measured on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Of the whole: computing token states, and training.
STATES, TRAINING = 0.3, 0.65


@dataclass(frozen=True)
class Standing:
    """Where a run stands.

    Attributes:
        share: how much is done, from 0 to 1.
        left: seconds until it is done, or until the states are; None before two steps.
        told: what it is doing.
    """

    share: float
    left: float | None
    told: str


class Pace:
    """Makes of a run's events how far it is.

    Args:
        poolers: names in the order of training.
        epochs: of each.
        rows: texts whose states are needed.
        clock: gives seconds.
    """

    def __init__(
        self,
        poolers: tuple[str, ...],
        epochs: int,
        rows: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.poolers, self.epochs, self.rows, self.clock = poolers, epochs, max(rows, 1), clock
        self._splits: dict[str, int] = {}
        # Moment and amount of the first event of a stage in this process: what was done in an
        # earlier one says nothing of its speed.
        self._began: tuple[float, float] | None = None
        self._fitting = False

    def hear(self, event: dict[str, Any]) -> Standing:
        """Where the run stands after an event of `glot.training.several.train_several`."""
        if event["stage"] == "states":
            if self._fitting:
                return self._fitted(self._place(event["pooler"]), f"Next: {event['pooler']}")
            self._splits[event["split"]] = event["done"]
            done = min(sum(self._splits.values()), self.rows)
            left = self._left(done, self.rows)
            told = f"Token states of {done:,} of {self.rows:,} texts"
            return Standing(STATES * done / self.rows, left, told)
        if not self._fitting:
            self._fitting, self._began = True, None
        place = self._place(event["pooler"])
        told = f"{event['pooler']}, epoch {min(event['epoch'] + 1, self.epochs)} of {self.epochs}"
        if "validation" in event:
            at = place + (event["epoch"] + 1) / self.epochs
            return self._fitted(at, f"{told}: validation {event['validation']:.1f}")
        at = place + (event["epoch"] + event["step"] / event["steps"]) / self.epochs
        return self._fitted(at, f"{told}: loss {event['loss']:.3f}")

    def _place(self, pooler: str) -> int:
        # On a decoder [CLS] is trained as [EOS].
        return self.poolers.index(pooler) if pooler in self.poolers else 0

    def _fitted(self, at: float, told: str) -> Standing:
        whole = len(self.poolers)
        return Standing(STATES + TRAINING * at / whole, self._left(at, whole), told)

    def _left(self, done: float, whole: float) -> float | None:
        now = self.clock()
        if self._began is None:
            self._began = now, done
        began, first = self._began
        if done <= first or now <= began:
            return None
        return (whole - done) * (now - began) / (done - first)


def duration(seconds: float) -> str:
    """Seconds for people: `45 s`, `3 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
