"""One queue before a device: small calls first and together, large ones in pieces between them.

Everything that runs a backbone in a process waits here, whichever session, page or job asks, and
whichever backbone it is for: calls that ran side by side would only share the same cores.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch

from glot.backbones.batching import SPARED

# Work of one piece by type of device, in tokens times bytes of weights: on a CPU what 4,096 tokens
# of MiniLM in float32 are, half a second on two cores. A call of more texts than that is cut,
# whether others wait or not, so that a long job's numbers do not depend on who else is there.
PIECE = {"cpu": 4096 * 44_000_000, "cuda": 16384 * 1_000_000_000}
# The share of a piece up to which a call is small.
SMALL = 0.25
# Small rounds that a large call lets pass before its own: it comes late, but it comes.
PATIENCE = 4

# Tokens (N,) of texts, one after the other, and how many each text has → states (N, d) of one layer
# of one backbone.
Run = Callable[[torch.Tensor, Sequence[int]], torch.Tensor]


@dataclass(eq=False)
class Call:
    """One call of a model.

    Attributes:
        key: calls with equal keys may be made as one: the same backbone and layer.
        ids: (N,), the texts' tokens, one text after the other.
        lengths: tokens of each text.
        run: makes the call.
        cost: of a token: bytes of the weights that it meets.
        pads: whether the model reads every text as long as the longest.
        joins: whether it may be made with others.
        passed: small rounds that went before it, if it is large.
        states: (N, d), when there are any.
        error: why there are none.
    """

    key: object
    ids: torch.Tensor
    lengths: tuple[int, ...]
    run: Run
    cost: int
    pads: bool = True
    joins: bool = True
    passed: int = 0
    states: torch.Tensor | None = field(default=None, repr=False)
    error: BaseException | None = None

    @property
    def work(self) -> int:
        """Tokens times their cost."""
        return self.tokens(self.lengths) * self.cost

    def tokens(self, lengths: Sequence[int]) -> int:
        """Tokens that the model reads for texts of such lengths."""
        return len(lengths) * max(lengths, default=0) if self.pads else sum(lengths)

    def parts(self, most: int) -> Iterator[Call]:
        """The call in pieces of at most so much work, but of one text at least."""
        begin = at = 0
        for end in range(1, len(self.lengths) + 1):
            texts = self.lengths[begin : end + 1]
            if end < len(self.lengths) and self.tokens(texts) * self.cost <= most:
                continue
            lengths = self.lengths[begin:end]
            ids = self.ids[at : at + sum(lengths)]
            yield replace(self, ids=ids, lengths=lengths)
            begin, at = end, at + sum(lengths)

    @property
    def over(self) -> bool:
        """Whether it was made, with or without success."""
        return self.states is not None or self.error is not None


class Turns:
    """Who runs a model next, and what is run with it.

    The oldest small call is first, with all that wait for the same layer of the same backbone and
    fit beside it; large ones follow in their order, but none waits for more than `PATIENCE` rounds
    of small ones. The calls are made in the threads that ask: there is no thread to end.

    Args:
        piece: see `PIECE`.

    Attributes:
        rounds: calls of a model so far.
        joined: calls that were made in another's round.
    """

    def __init__(self, piece: int = PIECE["cpu"]) -> None:
        self.piece = piece
        self._changed = threading.Condition()
        self._waiting: list[Call] = []
        self._busy = False
        self.rounds = self.joined = 0

    def states(self, call: Call) -> torch.Tensor:
        """The states of a call, in its turn: (N, d).

        More texts than make a piece are run in several calls, between which others have theirs.
        """
        if call.work <= self.piece:
            return self._of(call)
        return torch.cat([self._of(part) for part in call.parts(self.piece)])

    @contextmanager
    def alone(self, cost: int, ids: torch.Tensor) -> Iterator[None]:
        """A turn in the caller's own thread, for what is made of no token ids or keeps gradients.

        Args:
            cost: of a token.
            ids: (B, L), of any kind; how many tokens are read is told by its shape.
        """
        texts, length = ids.shape[:2]
        nothing = torch.empty(0, dtype=torch.long)
        with self._turn(Call(None, nothing, (length,) * texts, _never, cost, joins=False)):
            yield

    @property
    def waiting(self) -> int:
        """Calls that wait."""
        with self._changed:
            return len(self._waiting)

    def _of(self, call: Call) -> torch.Tensor:
        with self._turn(call) as together:
            if together:
                _make(together)
        if call.error is not None:
            raise call.error
        assert call.states is not None
        return call.states

    @contextmanager
    def _turn(self, call: Call) -> Iterator[list[Call]]:
        """Wait until a call is next, or was made in another's round: then nothing is given."""
        with self._changed:
            self._waiting.append(call)
            try:
                self._changed.wait_for(lambda: call.over or self._is_next(call))
                together = [] if call.over else self._take(call)
            finally:
                if call in self._waiting:
                    self._waiting.remove(call)
                    self._changed.notify_all()
        try:
            yield together
        finally:
            if together:
                with self._changed:
                    # A round that was broken off, as by Ctrl+C, is its own thread's alone.
                    left = [each for each in together[1:] if not each.over]
                    self._waiting = left + self._waiting
                    self._busy = False
                    self._changed.notify_all()

    def _is_next(self, call: Call) -> bool:
        if self._busy:
            return False
        late = (each for each in self._waiting if each.passed >= PATIENCE)
        small = (each for each in self._waiting if self._is_small(each))
        return call is next(late, next(small, self._waiting[0]))

    def _take(self, call: Call) -> list[Call]:
        """Begin a round: the call, and those that are made with it."""
        together = [call]
        for each in self._waiting:
            if each is not call and self._fits(each, together):
                together.append(each)
        self._waiting = [each for each in self._waiting if each not in together]
        if self._is_small(call):
            for each in self._waiting:
                each.passed += not self._is_small(each)
        self._busy = True
        self.rounds += 1
        self.joined += len(together) - 1
        return together

    def _is_small(self, call: Call) -> bool:
        return call.work <= SMALL * self.piece

    def _fits(self, call: Call, together: list[Call]) -> bool:
        """Whether a call may be made with others: small ones, if padding costs less than a call."""
        if not all(each.joins and self._is_small(each) for each in (call, together[0])):
            return False
        if call.key != together[0].key:
            return False
        own = [each.tokens(each.lengths) for each in (*together, call)]
        joined = call.tokens([n for each in (*together, call) for n in each.lengths])
        cheap = joined - sum(own) <= SPARED["cpu"] * len(together)
        return cheap and joined * call.cost <= self.piece


def _make(together: list[Call]) -> None:
    """Run calls as one; each on its own where that fails, so that none fails for another."""
    if len(together) > 1:
        try:
            _make_joined(together)
            return
        except Exception:  # noqa: S110 - found again below, and told to whom it concerns
            pass
    for call in together:
        try:
            call.states = call.run(call.ids, call.lengths)
        except Exception as error:  # Told to who asked.
            call.error = error


def _make_joined(together: list[Call]) -> None:
    ids = torch.cat([call.ids for call in together])
    states = together[0].run(ids, [n for call in together for n in call.lengths])
    # Another thread's states must not depend on this one's mode.
    with torch.inference_mode(False):
        # Copies: what is kept of one text must not keep the others' states.
        sizes = [len(call.ids) for call in together]
        own = [part.clone() for part in states.split_with_sizes(sizes)]
    # At the end: a call that has states is over.
    for call, found in zip(together, own, strict=True):
        call.states = found


def _never(*_: object) -> torch.Tensor:
    raise AssertionError("a turn of one's own is not run by another")


# Of all backbones of the process, by device.
_TURNS: dict[str, Turns] = {}
_making = threading.Lock()


def turns_of(device: torch.device) -> Turns:
    """The queue before a device; the same for all backbones."""
    with _making:
        return _TURNS.setdefault(str(device), Turns(PIECE.get(device.type, PIECE["cpu"])))
