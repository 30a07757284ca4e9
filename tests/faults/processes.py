"""Processes that kill themselves at a chosen moment of their work with files."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A server process that has imported everything, from which processes are made quickly.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.work"])
# How often what is left to chance is tried; more for a long run.
ROUNDS = int(os.environ.get("GLOT_FAULT_ROUNDS", "4"))
# Of the moments: a seed of one's own makes other ones.
MOMENTS = random.Random(int(os.environ.get("GLOT_FAULT_SEED", "0")))
# What Python tells before it does it; a kill at the n-th is a kill between two of them.
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


def _watched(root: str, number: int, count: Any, target: Callable[..., None], *given: Any) -> None:
    """Do the work; at the given step on files below `root`, SIGKILL."""

    def hear(event: str, values: tuple[Any, ...]) -> None:
        named = event in STEPS and isinstance(values[0], str | os.PathLike)
        if named and os.fspath(values[0]).startswith(root):
            if count.value == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count.value += 1

    sys.addaudithook(hear)
    target(*given)


def killed_at(number: int, root: Path, target: Callable[..., None], *given: Any) -> bool:
    """Whether the work, in a process of its own, was killed before its step of this number."""
    return _run(number, root, target, *given)[0]


def count_steps(root: Path, target: Callable[..., None], *given: Any) -> int:
    """How many steps the work takes when nobody kills it."""
    killed, steps = _run(-1, root, target, *given)
    assert not killed
    return steps


def _run(number: int, root: Path, target: Callable[..., None], *given: Any) -> tuple[bool, int]:
    count = PROCESSES.Value("i", 0)
    process = started(_watched, str(root), number, count, target, *given)
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0, count.value


def started(target: Callable[..., None], *given: Any) -> Any:
    """A process that does the work, begun, with the environment that is set now."""
    process = PROCESSES.Process(target=_here, args=(dict(os.environ), target, *given))
    process.start()
    return process


def _here(environment: dict[str, str], target: Callable[..., None], *given: Any) -> None:
    # The server from which processes are made has that of the first test.
    os.environ.update(environment)
    target(*given)
