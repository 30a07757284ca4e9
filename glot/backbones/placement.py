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


def choose_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """The number format that the backbone's weights should have.

    `auto` is bfloat16 where the GPU or CPU computes in it, else float32. Weights stored in
    float32 are narrowed so only after a check (`glot.backbones.precision`); a format that is
    named is taken as it is.

    Args:
        dtype: `auto`, `float32`, `bfloat16` or `float16`.
        device: where the backbone will run.

    Raises:
        GlotError: the name is unknown.
    """
    if dtype != "auto":
        if dtype not in DTYPES:
            raise GlotError(f"Unknown dtype {dtype!r}.", f"Accepted: auto, {', '.join(DTYPES)}.")
        return DTYPES[dtype]
    cuda = device.type == "cuda"
    narrow = torch.cuda.is_bf16_supported() if cuda else cpu_has_bfloat16()
    return torch.bfloat16 if narrow else torch.float32


def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 numbers in hardware."""
    capabilities = torch.cpu.get_capabilities()
    return any(value is True and "bf16" in name for name, value in capabilities.items())
