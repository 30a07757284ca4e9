"""Heads of the published GLOT implementation; its names appear in this file alone."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.poolers import build_pooler
from glot.poolers.base import Pooler

STATE = "state."


def load_pooler(path: str | Path) -> Pooler:
    """Read a pooler of the published implementation.

    Args:
        path: a safetensors file: tensors named `state.*` as the published modules name them,
            the configuration (`conv`, `in_dim`, `hidden_dim`, `num_layers`, `jk_mode`, `tau`)
            in its metadata.

    Returns:
        Our pooler with the same outputs, in eval mode.

    Raises:
        GlotError: the file is not of this kind, or names a conv that we do not have.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            state = {
                key.removeprefix(STATE): file.get_tensor(key)
                for key in file.keys()  # noqa: SIM118 - not a dict
                if key.startswith(STATE)
            }
    except (SafetensorError, OSError) as error:
        raise GlotError(
            f"Cannot read {path}: {error}.", "Accepted: a safetensors file of a reference head."
        ) from error
    missing = {"conv", "in_dim", "hidden_dim", "num_layers", "jk_mode", "tau"} - set(metadata)
    if missing or not state:
        raise GlotError(
            f"{path} lacks {', '.join(sorted(missing)) or 'tensors named state.*'}.",
            "Accepted: a reference head with its configuration in the metadata.",
        )
    pooler = build_pooler(_config(metadata), int(metadata["in_dim"]))
    renamed = {
        our_name(key, metadata["conv"]): _squeeze(key, value) for key, value in state.items()
    }
    try:
        pooler.load_state_dict(renamed)
    except RuntimeError as error:
        raise GlotError(
            f"{path} does not fit its own metadata {json.dumps(metadata)}: {error}",
            "Accepted: tensors of the shapes that the metadata says.",
        ) from error
    return pooler.eval()


def our_name(reference: str, conv: str) -> str:
    """Our parameter name for a name of the published implementation."""
    if reference.startswith("score_layer."):
        ours = "score." if conv == "adapool" else "readout.score."
        return reference.replace("score_layer.", ours, 1)
    return reference.replace(".lin_edge.weight", ".lin_edge")


def _config(metadata: dict[str, str]) -> PoolerConfig:
    """The reference's metadata as our settings; its attention convs carry an edge term."""
    if metadata["conv"] == "adapool":
        return PoolerConfig(name="adapool", width=int(metadata["hidden_dim"]))
    return PoolerConfig.from_dict(
        {
            "name": "glot",
            "width": int(metadata["hidden_dim"]),
            "layers": int(metadata["num_layers"]),
            "conv": metadata["conv"],
            "jumping_knowledge": metadata["jk_mode"],
            "tau": float(metadata["tau"]),
            "edge_term": metadata["conv"] == "gat",
        }
    )


def _squeeze(key: str, value: torch.Tensor) -> torch.Tensor:
    """Attention vectors, (1, 1, width) or (width, 1) there, are (width,) here."""
    attention = key.rsplit(".", 1)[-1].startswith("att_") or ".lin_edge." in key
    return value.flatten() if attention else value
