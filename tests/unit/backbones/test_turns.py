"""The queue before a device: whose call is next, what is made together, and that none is mixed up.

A first call that is held keeps the queue shut while the others come; then the order in which they
run is the queue's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import torch

from glot.backbones import load_backbone
from glot.backbones.turns import PATIENCE, Call, Turns

PIECE = 100


def table(ids: torch.Tensor) -> torch.Tensor:
    """States that tell their ids: (N, 2)."""
    return torch.stack([ids.float(), ids.float() ** 2], dim=1)


class Desk:
    """A queue with a model that notes the first ids of each call's texts."""

    def __init__(self) -> None:
        self.turns = Turns(PIECE)
        self.made: list[list[int]] = []
        self.threads: list[threading.Thread] = []
        self.found: dict[int, torch.Tensor | BaseException] = {}

    def run(self, ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        self.made.append([int(text[0]) for text in ids.split(list(lengths))])
        if bool((ids == 666).any()):
            raise ValueError("a text that cannot be read")
        return table(ids)

    def call(
        self, first: int, length: int, rows: int = 1, key: object = "layer 6", pads: bool = True
    ) -> Call:
        ids = torch.arange(first, first + rows).repeat_interleave(length)
        return Call(key, ids, (length,) * rows, self.run, cost=1, pads=pads)

    def ask(self, call: Call) -> None:
        """Ask in a thread of its own, and wait until the call waits."""

        def work() -> None:
            try:
                self.found[int(call.ids[0])] = self.turns.states(call)
            except Exception as error:
                self.found[int(call.ids[0])] = error

        before = self.turns.waiting
        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        until(lambda: self.turns.waiting > before)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    @contextmanager
    def shut(self) -> Iterator[None]:
        with self.turns.alone(1, torch.zeros(1, 1)):
            yield
        self.join()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.001)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_small_calls_that_wait_are_made_as_one_and_each_has_its_own_states(desk):
    with desk.shut():
        for first, length in ((10, 3), (20, 5), (30, 4)):
            desk.ask(desk.call(first, length))
    assert desk.made == [[10, 20, 30]]
    assert desk.turns.joined == 2
    for first, length in ((10, 3), (20, 5), (30, 4)):
        assert torch.equal(desk.found[first], table(torch.full((length,), first)))


def test_other_layers_and_backbones_are_not_joined(desk):
    with desk.shut():
        desk.ask(desk.call(10, 3, key="layer 6"))
        desk.ask(desk.call(20, 3, key="layer 5"))
    assert desk.made == [[10], [20]]


def test_what_would_be_mostly_padding_is_not_joined():
    desk = Desk()
    # Small either way; beside one another 199 of 400 tokens would be padding.
    desk.turns.piece = 1000
    with desk.shut():
        desk.ask(desk.call(10, 1))
        desk.ask(desk.call(20, 200))
    assert desk.made == [[10], [20]]


def test_a_model_that_reads_no_padding_takes_texts_of_all_lengths_together():
    desk = Desk()
    desk.turns.piece = 1000
    with desk.shut():
        desk.ask(desk.call(10, 1, pads=False))
        desk.ask(desk.call(20, 200, pads=False))
    assert desk.made == [[10, 20]]
    assert torch.equal(desk.found[20], table(torch.full((200,), 20)))


@pytest.mark.parametrize(("pads", "pieces"), [(True, [2, 1, 2, 1]), (False, [2, 3, 1])])
def test_a_long_call_is_cut_between_texts_by_what_the_model_reads(pads, pieces):
    desk = Desk()
    lengths = (10, 50, 90, 3, 5, 40)
    ids = torch.arange(sum(lengths))
    call = Call("layer 6", ids, lengths, desk.run, cost=1, pads=pads)
    assert torch.equal(desk.turns.states(call), table(ids))
    assert [len(made) for made in desk.made] == pieces


def test_a_long_job_runs_in_pieces_and_short_ones_between_them(desk):
    with desk.shut():
        # Eight texts of 40 tokens, two to a piece.
        desk.ask(desk.call(100, 40, rows=8))
        desk.ask(desk.call(10, 3))
        gate = threading.Event()
        run, begun = desk.run, threading.Event()

        def held(ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
            states = run(ids, lengths)
            if len(desk.made) == 2:
                begun.set()
                gate.wait(60)
            return states

        desk.run = held
        desk.threads.clear()
        # Asked anew with the held model: what was asked above keeps the plain one.
        desk.ask(desk.call(200, 40, rows=4))
    desk.join()
    assert desk.made[0] == [10], "the short one came second and goes first"
    assert [100, 101] in desk.made
    assert all(len(made) <= 2 for made in desk.made), "a piece has two texts"
    long = torch.cat([table(torch.full((40,), 100 + row)) for row in range(8)])
    until(lambda: 100 in desk.found)
    assert torch.equal(desk.found[100], long)


def test_a_short_call_that_comes_during_a_piece_is_next(desk):
    begun, gate = threading.Event(), threading.Event()
    plain = desk.run

    def held(ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        begun.set()
        assert gate.wait(60)
        return plain(ids, lengths)

    long = desk.call(100, 40, rows=6)
    desk.threads.append(
        threading.Thread(
            target=lambda: desk.turns.states(Call(long.key, long.ids, long.lengths, held, cost=1))
        )
    )
    desk.threads[0].start()
    assert begun.wait(60)
    desk.ask(desk.call(10, 3))
    gate.set()
    desk.join()
    assert desk.made == [[100, 101], [10], [102, 103], [104, 105]]


def test_a_long_call_is_not_put_off_for_ever(desk):
    with desk.shut():
        desk.ask(desk.call(100, 40))
        for number in range(PATIENCE + 3):
            # Of a layer each, so that none is joined to another.
            desk.ask(desk.call(10 + number, 3, key=number))
    assert desk.made.index([100]) == PATIENCE


def test_a_call_that_fails_fails_alone(desk):
    with desk.shut():
        for first in (10, 666, 20):
            desk.ask(desk.call(first, 3))
    assert isinstance(desk.found[666], ValueError)
    for first in (10, 20):
        assert torch.equal(desk.found[first], table(torch.full((3,), first)))


def test_a_round_that_is_broken_off_leaves_the_others_their_turn(desk):
    class Interrupted(BaseException):
        pass

    def interrupted(*_: object) -> torch.Tensor:
        raise Interrupted

    def work() -> None:
        with pytest.raises(Interrupted):
            desk.turns.states(Call("layer 6", torch.ones(3).long(), (3,), interrupted, cost=1))

    with desk.shut():
        desk.threads.append(threading.Thread(target=work))
        desk.threads[0].start()
        until(lambda: desk.turns.waiting == 1)
        desk.ask(desk.call(10, 3))
    assert torch.equal(desk.found[10], table(torch.full((3,), 10)))
    assert desk.turns.waiting == 0


def test_states_for_a_thread_that_trains_are_not_made_in_anothers_inference_mode(desk):
    def reader() -> None:
        with torch.inference_mode():
            desk.turns.states(desk.call(10, 3))

    with desk.shut():
        desk.threads.append(threading.Thread(target=reader))
        desk.threads[0].start()
        until(lambda: desk.turns.waiting == 1)
        desk.ask(desk.call(20, 3))
    assert desk.made == [[10, 20]]
    assert not desk.found[20].is_inference()


def test_in_bfloat16_who_else_is_there_changes_no_bit():
    backbone = load_backbone("minilm", device="cpu", dtype="bfloat16")
    texts = [f"The plot of film number {n} is thin, but it is a warm one." for n in range(4)]
    alone = [backbone.encode([text]).hidden for text in texts]
    found: dict[int, torch.Tensor] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: backbone.encode([texts[n]]).hidden}))
        for n in range(4)
    ]
    with backbone._turns.alone(1, torch.zeros(1, 1)):
        for thread in threads:
            thread.start()
        until(lambda: backbone._turns.waiting == 4)
    for thread in threads:
        thread.join(120)
    for number, expected in enumerate(alone):
        assert torch.equal(found[number], expected)


def test_thirty_threads_on_a_real_backbone_each_get_the_states_of_their_own_text(minilm):
    texts = [f"The plot of film number {n} is thin, but it is a warm one." for n in range(30)]
    alone = [minilm.encode([text]).hidden for text in texts]
    found: dict[int, torch.Tensor] = {}
    turns = minilm._turns
    before = turns.joined, turns.rounds
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: minilm.encode([texts[n]]).hidden}))
        for n in range(30)
    ]
    with turns.alone(1, torch.zeros(1, 1)):
        for thread in threads:
            thread.start()
        until(lambda: turns.waiting == 30)
    for thread in threads:
        thread.join(120)
    # All have nearly the same length: they fit into one call, and one turn was the test's own.
    assert turns.rounds - before[1] <= 5
    assert turns.joined - before[0] >= 26
    for number, expected in enumerate(alone):
        assert found[number].shape == expected.shape
        assert torch.allclose(found[number], expected, atol=1e-5)
