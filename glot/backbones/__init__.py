"""Backbones: frozen language models that turn texts into token states."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glot.backbones.base import Backbone

# Re-exported for pages and the command line, which list them without loading torch.
from glot.backbones.bundled import BUNDLED as BUNDLED


def load_backbone(name: str, device: str = "auto", dtype: str = "auto") -> Backbone:
    """Load a backbone, frozen and in eval mode.

    Args:
        name: `minilm` or `smollm2`, a local folder, a `.gguf` file, or a hub id.
        device: `auto` (CUDA when there, else the CPU), `cpu`, `cuda` or `cuda:N`.
        dtype: `auto` (bfloat16 where the device computes in it; float32 weights only if their
            states survive it: `glot.backbones.precision`), `float32`, `bfloat16` or `float16`.

    Raises:
        GlotError: there is no such model, it needs remote code, it holds no safetensors
            weights, or the device is not there.
    """
    from glot.backbones.huggingface import HuggingFaceBackbone

    return HuggingFaceBackbone.load(name, device=device, dtype=dtype)
