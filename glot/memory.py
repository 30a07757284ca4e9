"""How much memory there is, asked before work that would not fit; and how it is kept."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path
from typing import TYPE_CHECKING

from glot.errors import GlotError

if TYPE_CHECKING:
    import torch

# What a container may use and uses, where it has a bound (Linux, control groups version 2).
LIMIT, USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")

# `mallopt` of glibc: blocks of its largest kind that are not given back one by one, and how much
# may lie free at the end of the heap.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_FREE = 512 * 2**20
LARGE_BLOCK = 32 * 2**20


def keep_freed_memory() -> bool:
    """Let the C library keep freed blocks for the next ones instead of giving each one back.

    A page that comes anew from the system costs more than a pass over it: the table π(τ) of a
    text takes a fifth longer without this. For programs, not for libraries: the process keeps up
    to `KEPT_FREE` bytes that it does not use.

    Returns:
        Whether the C library knows how (glibc does).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK) and mallopt(M_TRIM_THRESHOLD, KEPT_FREE))


def spare_the_collector() -> None:
    """Take what is loaded now out of the sight of Python's garbage collector.

    Modules and weights stay until the process ends, and looking through them takes 100 ms each
    time. For programs, after they have loaded what they need.
    """
    gc.collect()
    gc.freeze()


def available_bytes(device: torch.device) -> int:
    """Bytes that can still be taken on a device: of the machine, the container, or the GPU."""
    if device.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        # What torch's allocator holds and does not use is free to torch.
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + unused)
    import psutil

    found = int(psutil.virtual_memory().available)
    try:
        return min(found, int(LIMIT.read_text()) - int(USED.read_text()))
    except (OSError, ValueError):
        return found  # no such files, or "max": no bound of the container's own


def check_room(needed: int, device: torch.device, what: str, remedy: str) -> None:
    """Check that a piece of work fits.

    Args:
        needed: bytes, estimated.
        device: where it would run.
        what: what would not fit, for the message.
        remedy: what to do.

    Raises:
        GlotError: it does not fit.
    """
    available = available_bytes(device)
    if needed > available:
        raise GlotError(
            f"{what} would take about {needed / 2**30:,.1f} GiB.",
            f"{max(available, 0) / 2**30:,.1f} GiB are free on {device}.",
            remedy,
        )
