"""How much memory a piece of work asks of torch at most: counted allocations, never the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch._C._profiler import _EventType
from torch.profiler import ProfilerActivity, profile


class Allocation(NamedTuple):
    """One event of torch's allocator: a block taken, or given back where `size` is negative."""

    when: int
    address: int
    size: int


def peak_bytes(work: Callable[[], object], device: str | torch.device = "cpu") -> int:
    """The most bytes that torch held at one time during `work()`, beyond those held before.

    On the CPU every block that torch's allocator hands to this thread is counted, exactly, the
    backward pass included, which runs in the thread that asks for it. Blocks from before the
    call that it gives back make no room: only its own blocks count. Not seen are threads that
    `work` starts, and what MKL, oneDNN or NumPy take for themselves; a Python number in an
    expression is a tensor of a few bytes. On CUDA it is the allocator's own count, in which
    blocks given back do make room.

    Args:
        work: what to measure; its first call may also fill caches, so call it once before.
        device: `cpu` or a CUDA device; allocations elsewhere are not counted.

    Returns:
        Bytes, 0 or more.
    """
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    return peak(_cpu_allocations(work))


def peak(allocations: Iterable[Allocation]) -> int:
    """The highest sum of sizes of the blocks alive at one time, bytes, taking events by time."""
    alive: dict[int, int] = {}
    held = highest = 0
    for event in sorted(allocations, key=lambda event: event.when):
        if event.size > 0:
            alive[event.address] = event.size
            held += event.size
            highest = max(highest, held)
        else:
            held -= alive.pop(event.address, 0)  # 0: a block from before
    return highest


def _cpu_allocations(work: Callable[[], object]) -> list[Allocation]:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        work()
    results = recorded.profiler.kineto_results if recorded.profiler else None
    assert results is not None
    found = []
    # Allocations hang in the tree below the operation that asked for them; the flat list of
    # events leaves out their addresses.
    waiting = list(results.experimental_event_tree())
    while waiting:
        event = waiting.pop()
        waiting.extend(event.children)
        if event.tag == _EventType.Allocation:
            block = event.extra_fields
            if torch.device(block.device).type == "cpu":
                found.append(Allocation(event.start_time_ns, block.ptr, block.alloc_size))
    return found
