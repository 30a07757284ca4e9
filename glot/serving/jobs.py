"""What waits in a server's queue, and how it is answered."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")


@dataclass(frozen=True)
class Embedded:
    """Answer to a request for vectors.

    Attributes:
        vectors: (N, D), in the order of the texts.
        n_cut: per text, how many tokens were cut off.
    """

    vectors: npt.NDArray[np.float32]
    n_cut: tuple[int, ...]


@dataclass(eq=False)
class EmbedJob:
    """A request for vectors, which may be computed in parts.

    Args:
        texts: N of them.
        tau: instead of the pooler's own; None: that one.
        width: D.
    """

    texts: tuple[str, ...]
    tau: float | None
    width: int
    future: Future[Embedded] = field(default_factory=Future, init=False)

    def __post_init__(self) -> None:
        n = len(self.texts)
        self._vectors = np.empty((n, self.width), dtype=np.float32)
        self._n_cut = [0] * n
        self._missing = set(range(n))
        self._taken = 0

    @property
    def n_waiting(self) -> int:
        """Texts that nobody has taken yet."""
        return len(self.texts) - self._taken

    def take(self, most: int) -> Part:
        """The next texts that are to be computed, at most so many."""
        rows = range(self._taken, min(len(self.texts), self._taken + most))
        self._taken = rows.stop
        return Part(self, rows)

    def put(self, row: int, vector: npt.NDArray[np.float32], n_cut: int) -> None:
        """Keep one text's vector (D,); the last one that was missing answers the request."""
        self._vectors[row] = vector
        self._n_cut[row] = n_cut
        self._missing.discard(row)
        if not self._missing:
            settle(self.future, Embedded(self._vectors, tuple(self._n_cut)))


@dataclass(frozen=True)
class Part:
    """Some rows of a request for vectors, computed together with parts of others."""

    job: EmbedJob
    rows: range


@dataclass(eq=False)
class ExplainJob:
    """A request to explain one text."""

    text: str
    tau: float
    max_tokens: int
    future: Future[dict[str, Any]] = field(default_factory=Future, init=False)

    @property
    def n_waiting(self) -> int:
        """Texts that nobody has taken yet: the one."""
        return 1


def settle(future: Future[T], value: T) -> None:
    """Tell a result, unless nobody waits for it any more."""
    with suppress(InvalidStateError):
        future.set_result(value)


def fail(future: Future[Any], error: BaseException) -> None:
    """Tell why there is no result, unless nobody waits for it any more."""
    with suppress(InvalidStateError):
        future.set_exception(error)
