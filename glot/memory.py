"""How much memory there is, asked before work that would not fit; and how it is kept."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

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


def held_bytes(value: Any) -> int:
    """Bytes that a value keeps: arrays, tensors, tables and texts in it, each counted once.

    It goes into containers, the fields of objects and what functions are bound to, not into
    classes, modules and models: for results, which hold data.
    """
    seen: set[int] = set()
    todo, found = [value], 0
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, (type, ModuleType)):
            continue
        seen.add(id(each))
        if callable(each):
            todo += _bound_to(each)
        elif hasattr(each, "__array_interface__") and hasattr(each, "base"):
            # A view keeps all that it looks at.
            todo += [] if each.base is None else [each.base]
            found += int(each.nbytes) if each.base is None else 0
        elif hasattr(each, "memory_usage") and hasattr(each, "columns"):
            found += int(each.memory_usage(deep=True).sum())
        elif hasattr(each, "untyped_storage"):
            storage = each.untyped_storage()
            if storage.data_ptr() not in seen:
                seen.add(storage.data_ptr())
                found += int(storage.nbytes())
        else:
            found += sys.getsizeof(each, 0)
            todo += _inside(each)
    return found


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    slots = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
    return [*getattr(value, "__dict__", {}).values(), *slots]


def _bound_to(function: Any) -> list[Any]:
    """What a method, a partial function or a closure keeps."""
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    owner = getattr(function, "__self__", None)
    arguments = [getattr(function, name, None) for name in ("func", "args", "keywords")]
    return [*cells, owner, *arguments]


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
