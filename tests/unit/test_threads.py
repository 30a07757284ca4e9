"""Work in a thread that ends with it."""

import time
from contextvars import ContextVar

import psutil
import pytest
import torch

from glot.threads import in_passing

SAID = ContextVar("said", default="nothing")


def test_it_gives_what_is_made_and_raises_what_is_raised():
    SAID.set("something")
    assert in_passing(SAID.get) == "something"
    with pytest.raises(ZeroDivisionError):
        in_passing(lambda: 1 // 0)
    with pytest.raises(SystemExit):
        in_passing(lambda: exit(3))


def threads():
    return {thread.id for thread in psutil.Process().threads()}


@pytest.mark.skipif(torch.get_num_threads() < 2, reason="torch has no helpers on one thread")
def test_torchs_helpers_end_with_it():
    before, during = threads(), set()

    def work():
        torch.randn(600, 600).mm(torch.randn(600, 600)).sigmoid_()
        during.update(threads() - before)

    in_passing(work)
    # Its own and one helper at least; they are told to end with it, and do a moment later.
    assert len(during) >= 2
    end = time.monotonic() + 60
    while during & threads():
        assert time.monotonic() < end, "they stay"
        time.sleep(0.01)
