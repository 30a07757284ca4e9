"""The memory meter against sums worked out by hand, to the byte."""

import pytest
import torch

from benchmarks.memory import Allocation, peak, peak_bytes

MB = 10**6


def block(size: int) -> torch.Tensor:
    return torch.empty(size, dtype=torch.uint8)


def test_a_block_given_back_makes_room_for_the_next():
    def work() -> None:
        first = block(10 * MB)
        del first
        block(20 * MB)

    assert peak_bytes(work) == 20 * MB


def test_blocks_held_together_add_up_wherever_the_peak_lies():
    def work() -> torch.Tensor:
        first = block(10 * MB)
        both = [first, block(5 * MB)]
        del both
        return block(2 * MB)

    assert peak_bytes(work) == 15 * MB


def test_work_that_allocates_nothing():
    given = torch.ones(1000)
    assert peak_bytes(lambda: given.add_(given)[3:].view(-1, 1)) == 0
    assert peak_bytes(lambda: None) == 0


def test_a_chain_of_products_holds_one_result_and_makes_the_next():
    given = torch.randn(100, 100)
    matrix = 100 * 100 * 4

    def work() -> torch.Tensor:
        state = given
        for _ in range(7):
            state = state @ given
        return state

    assert peak_bytes(work) == 2 * matrix


def test_temporaries_of_a_call_within_stack_on_what_the_caller_holds():
    def inner() -> torch.Tensor:
        temporary = block(8 * MB)
        kept = block(1 * MB)
        del temporary
        return kept

    def work() -> None:
        kept = [inner() for _ in range(3)]
        del kept

    assert peak_bytes(work) == (2 + 8 + 1) * MB


def test_the_backward_counts_and_what_autograd_keeps_for_it():
    vector = 1000 * 4
    given = torch.randn(1000)
    weight = torch.randn(1000, requires_grad=True)
    # d exp(u) = exp(u) du: the forward keeps both results; the backward, at its last product,
    # holds the gradient that came in and the one that goes out.
    assert peak_bytes(lambda: weight.exp().exp().backward(given)) == 4 * vector
    weight.grad = None
    result = weight.exp().exp()
    assert peak_bytes(lambda: result.backward(given)) == 2 * vector


def test_without_autograd_nothing_is_kept():
    weight = torch.randn(1000, requires_grad=True)
    with torch.no_grad():
        assert peak_bytes(lambda: weight.exp().exp().exp().exp()) == 2 * 1000 * 4


def test_blocks_from_before_make_no_room_even_those_that_an_earlier_measurement_saw():
    kept: list[torch.Tensor] = []
    assert peak_bytes(lambda: kept.append(block(10 * MB))) == 10 * MB

    def work() -> None:
        kept.clear()
        block(3 * MB)

    assert peak_bytes(work) == 3 * MB


def test_thousands_of_operations():
    def work() -> None:
        for i in range(1, 5001):
            block(i)

    assert peak_bytes(work) == 5000


def test_an_address_used_again_is_another_block():
    events = [
        Allocation(when=4, address=1, size=-30),
        Allocation(when=1, address=1, size=10),
        Allocation(when=2, address=1, size=-10),
        Allocation(when=3, address=1, size=30),
        Allocation(when=5, address=2, size=25),
        Allocation(when=6, address=9, size=-100),
        Allocation(when=7, address=3, size=10),
    ]
    assert peak(events) == 35


def test_an_error_of_the_work_comes_through():
    with pytest.raises(ZeroDivisionError):
        peak_bytes(lambda: 1 // 0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_counts_beyond_what_was_held():
    held = torch.empty(3 * MB, dtype=torch.uint8, device="cuda")

    def work() -> None:
        first = torch.empty(10 * 2**20, dtype=torch.uint8, device="cuda")
        del first
        torch.empty(20 * 2**20, dtype=torch.uint8, device="cuda")

    assert peak_bytes(work, "cuda") == 20 * 2**20
    assert held.numel() == 3 * MB
