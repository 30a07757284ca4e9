"""Work in a thread that ends with it."""

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


@pytest.mark.skipif(torch.get_num_threads() < 2, reason="torch has no helpers on one thread")
def test_torchs_helpers_end_with_it():
    before = psutil.Process().num_threads()
    seen = []

    def work():
        torch.randn(600, 600).mm(torch.randn(600, 600)).sigmoid_()
        seen.append(psutil.Process().num_threads())

    in_passing(work)
    assert seen[0] >= before + 2
    assert psutil.Process().num_threads() <= before
