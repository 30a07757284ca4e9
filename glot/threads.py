"""Where torch computes, in a program that has threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

Made = TypeVar("Made")


def in_passing(work: Callable[[], Made]) -> Made:
    """What `work` gives, made in a thread that ends with it.

    torch gives each thread in which it computes helpers that stay as long as the thread does.
    Where a process has more of them than processors, OpenMP puts them to sleep after every
    product, and those of another thread, too: a backbone was a quarter slower beside a main
    thread that had computed once (285 against 383 texts a second on two cores). So what is done
    once, or now and then, in a program whose other threads compute, is done in passing.

    Raises:
        BaseException: what `work` raises.
    """
    made: Future[Made] = Future()

    def run() -> None:
        try:
            made.set_result(work())
        except BaseException as error:
            made.set_exception(error)

    # A program that is told to end does not wait for it.
    thread = threading.Thread(
        target=copy_context().run, args=(run,), name="in passing", daemon=True
    )
    thread.start()
    try:
        return made.result()
    finally:
        if made.done():
            thread.join()
