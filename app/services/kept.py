"""Results that are kept by what was asked: at most so many of each kind, and so many bytes in all.

Streamlit's caches count entries; here results also have a size, for a text of 512 tokens takes a
hundred times the room of a short one. Readers share what is kept, and nobody changes it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from glot.memory import held_bytes
from glot.operation.read import settings

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(eq=False)
class _Entry:
    """A result, or one that is being made: `lock` is held meanwhile."""

    kind: object
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: bool = False
    value: Any = None
    size: int = 0


class Room:
    """What is kept, the least lately used first.

    Args:
        most_bytes: of all results together; None: what the operator says (`cache_mb`). The one that
            was used last stays even if it is larger: the page that asked for it asks again in its
            next run.
        most: results of all kinds together; None: what the operator says (`cache_entries`).
    """

    def __init__(self, most_bytes: int | None = None, most: int | None = None) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def most_bytes(self) -> int:
        """Of all results together."""
        return self._most_bytes or settings().cache_mb * 10**6

    @property
    def most(self) -> int:
        """Results of all kinds together."""
        return self._most or settings().cache_entries

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        with self._lock:
            return sum(entry.size for entry in self._entries.values())

    def count(self, kind: object) -> int:
        """Results of a kind."""
        with self._lock:
            return sum(entry.kind is kind and entry.made for entry in self._entries.values())

    def get(
        self,
        kind: object,
        key: Hashable,
        most: int,
        make: Callable[[], Any],
        growing: Callable[[Any], int] | None = None,
    ) -> Any:
        """The result of a key; who asks while it is made waits for it. Errors are not kept.

        Args:
            kind: what sort of result it is.
            key: tells it from all others, of other kinds too.
            most: results of this kind.
            make: gives it.
            growing: bytes of a result that grows while it is kept, asked at each use.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry(kind))
            self._entries.move_to_end(key)
        with entry.lock:
            fresh = not entry.made
            if fresh:
                try:
                    entry.value = make()
                except BaseException:
                    self._drop(key, entry)
                    raise
                entry.made = True
            if fresh or growing:
                entry.size = (growing or held_bytes)(entry.value)
        if fresh or growing:
            self._settle(key, entry, most)
        return entry.value

    def clear(self, kind: object) -> None:
        """Forget all results of a kind."""
        with self._lock:
            for key in [key for key, entry in self._entries.items() if entry.kind is kind]:
                del self._entries[key]

    def _drop(self, key: Hashable, entry: _Entry) -> None:
        with self._lock:
            if self._entries.get(key) is entry:
                del self._entries[key]

    def _settle(self, key: Hashable, used: _Entry, most: int) -> None:
        """Forget the least lately used until the bounds hold; never the one that was just used."""
        with self._lock:
            others = [
                each for each in self._entries.items() if each[1].made and each[1] is not used
            ]
            n_kind = 1 + sum(entry.kind is used.kind for _, entry in others)
            total = used.size + sum(entry.size for _, entry in others)
            n_all, most_bytes, most_of_all = 1 + len(others), self.most_bytes, self.most
            for other, entry in others:
                full = total > most_bytes or n_all > most_of_all
                if full or (entry.kind is used.kind and n_kind > most):
                    del self._entries[other]
                    n_all -= 1
                    total -= entry.size
                    n_kind -= entry.kind is used.kind
            # One that was forgotten while it was made or used.
            self._entries[key] = used
            self._entries.move_to_end(key)


ROOM = Room()


class Kept(Generic[Given, Result]):
    """A function whose results are kept; see `kept`."""

    def __init__(
        self, make: Callable[Given, Result], most: int, growing: Callable[[Any], int] | None
    ) -> None:
        self._make, self._most, self._growing = make, most, growing
        update_wrapper(self, make)

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """The result for these arguments, which are hashable."""
        key = (self._make, args, tuple(sorted(kwargs.items())))
        found: Result = ROOM.get(
            self, key, self._most, lambda: self._make(*args, **kwargs), self._growing
        )
        return found

    def clear(self) -> None:
        """Forget all results."""
        ROOM.clear(self)


def kept(
    most: int, growing: Callable[[Any], int] | None = None
) -> Callable[[Callable[Given, Result]], Kept[Given, Result]]:
    """Keep a function's results in `ROOM`, by its arguments.

    Args:
        most: results of this function.
        growing: see `Room.get`.
    """
    return lambda make: Kept(make, most, growing)
