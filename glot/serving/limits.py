"""How much a server takes at once, and how it says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from glot.backbones.base import check_texts
from glot.errors import GlotError

# Statuses of HTTP that a client meets here.
TOO_LARGE, BUSY, UNAVAILABLE = 413, 429, 503


class RefusedError(GlotError):
    """A request that is sound in itself and not taken.

    Args:
        status: of HTTP.
        given: see `GlotError`.
        accepted: see `GlotError`.
        remedy: see `GlotError`.
        retry_after: seconds after which to ask again; None: the same request never will be taken.
    """

    def __init__(
        self,
        status: int,
        given: str,
        accepted: str,
        remedy: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(given, accepted, remedy)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limits:
    """Bounds of a server.

    Attributes:
        queue: texts that may wait to be computed.
        texts: texts in one request.
        characters: length of one text.
        body: bytes of one request.
        timeout: seconds that a request may take, waiting included.
        grace: seconds in which a server that is stopped may answer what waits.

    Raises:
        GlotError: a bound is not above zero, or a full request would not fit in the queue.
    """

    queue: int = 2048
    texts: int = 512
    characters: int = 100_000
    body: int = 16 * 2**20
    timeout: float = 60.0
    grace: float = 30.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not value > 0:
                raise GlotError(f"The limit {each.name} {value}.", "Accepted: a number above 0.")
        if self.texts > self.queue:
            raise GlotError(
                f"{self.texts} texts in a request with a queue of {self.queue}.",
                "Accepted: a queue that holds at least one full request.",
                "Raise --queue, or lower --max-texts.",
            )

    def check(self, texts: Sequence[str]) -> None:
        """Check the texts of one request.

        Raises:
            RefusedError: too many of them, or one is too long.
            GlotError: there is none, one is blank, or one is not valid Unicode.
        """
        if len(texts) > self.texts:
            raise RefusedError(
                TOO_LARGE,
                f"{len(texts):,} texts in one request.",
                f"Accepted: at most {self.texts:,}.",
                "Send them in several requests.",
            )
        for number, text in enumerate(texts):
            if len(text) > self.characters:
                raise RefusedError(
                    TOO_LARGE,
                    f"Text {number + 1} of {len(texts)} has {len(text):,} characters.",
                    f"Accepted: at most {self.characters:,}.",
                    "Send a part of it; the backbone reads no more than its context.",
                )
        check_texts(texts)
