"""Work on the next items while the caller is busy with this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], depth: int) -> Generator[T, None, None]:
    """The same items in the same order, made by a thread that is up to `depth` items ahead.

    The thread begins with the first item that is asked for. An error in making an item is raised
    where that item would have come. The thread has ended when the generator is exhausted or
    closed; closing waits for the item that is being made.

    Args:
        items: made one after the other, none of them None.
        depth: how many items are made before they are asked for, at least 1.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="glot-ahead")
    try:
        waiting = deque(pool.submit(next, items, None) for _ in range(depth))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
