"""Where a backbone runs and in which number format."""

from __future__ import annotations

import torch

from glot.errors import GlotError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(device: str) -> torch.device:
    """The torch device for `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        GlotError: the name is unknown, or there is no such GPU.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError:
        chosen = None
    if chosen is None or chosen.type not in ("cpu", "cuda"):
        raise GlotError(f"Unknown device {device!r}.", "Accepted: auto, cpu, cuda, cuda:N.")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise GlotError(
            f"Device {device!r} was asked for, and torch sees {torch.cuda.device_count()} GPUs.",
            "Accepted: auto, cpu, or a GPU that torch sees.",
            "Use --device cpu, or install a CUDA build of torch.",
        )
    return chosen


def choose_dtype(dtype: str, device: torch.device, stored: torch.dtype | None) -> torch.dtype:
    """The number format of the backbone's weights.

    `auto` is bfloat16 on CUDA (float32 on GPUs without it). On a CPU it is the stored format
    when that is float32; narrower or quantised weights run in bfloat16 where the CPU computes
    in it, else in float32. So a float32 model gives the same states on every CPU.

    Args:
        dtype: `auto`, `float32`, `bfloat16` or `float16`.
        device: where the backbone will run.
        stored: the format of the weights on disk; None for quantised ones.

    Raises:
        GlotError: the name is unknown.
    """
    if dtype != "auto":
        if dtype not in DTYPES:
            raise GlotError(f"Unknown dtype {dtype!r}.", f"Accepted: auto, {', '.join(DTYPES)}.")
        return DTYPES[dtype]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if stored is torch.float32 or not cpu_has_bfloat16():
        return torch.float32
    return torch.bfloat16


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 numbers in hardware."""
    capabilities = torch.cpu.get_capabilities()
    return any(value is True and "bf16" in name for name, value in capabilities.items())
