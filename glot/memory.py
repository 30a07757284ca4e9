"""How much memory there is, asked before a piece of work that would not fit is begun."""

from __future__ import annotations

from pathlib import Path

import torch

from glot.errors import GlotError

# What a container may use and uses, where it has a bound (Linux, control groups version 2).
LIMIT, USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


def available_bytes(device: torch.device) -> int:
    """Bytes that can still be taken on a device: of the machine, the container, or the GPU."""
    if device.type == "cuda":
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
