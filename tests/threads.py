"""The same work in many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
# Seconds that one of them may take.
LIMIT = 120


def at_once(work: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
    """What is made of each, all begun in the same moment."""
    gate = threading.Barrier(len(given))

    def one(each: Given) -> Made:
        gate.wait(LIMIT)
        return work(each)

    with ThreadPoolExecutor(len(given)) as pool:
        return list(pool.map(one, given, timeout=LIMIT))
