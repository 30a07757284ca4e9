"""Reading the weights of a checkpoint: whether they are those of its card, then the head."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from glot.errors import GlotError
from glot.files import digest_of
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.card import CARD, REMEDY, HeadCard


def read_weights(path: Path, card: HeadCard) -> Head:
    """The head of a card with its weights, in eval mode, on the CPU.

    Args:
        path: a safetensors file.
        card: what stands beside it.

    Raises:
        GlotError: the file is missing, truncated, a pickle, not finite, or not as the card says.
    """
    if not path.is_file():
        raise GlotError(
            f"The checkpoint {path.parent} has no {path.name}.",
            "Accepted: safetensors; pickled weights (.bin, .pt, .ckpt) are never loaded.",
            REMEDY,
        )
    try:
        _check_digest(path, card)
        state = load_file(path)
        _check_fit(card, state)
        head = build_head(card.pooler, card.width, card.head_config())
        head.load_state_dict(state)
    except (SafetensorError, OSError) as error:
        raise GlotError(
            f"{path} is broken: {str(error)[:300]}.",
            "Accepted: a complete safetensors file (a pickle under that name is none).",
            REMEDY,
        ) from error
    except RuntimeError as error:
        raise GlotError(
            f"{path} does not fit its config.json: {' '.join(str(error).split())[:300]}",
            "Accepted: weights of the shapes that the settings say.",
            REMEDY,
        ) from error
    broken = [name for name, value in head.state_dict().items() if not value.isfinite().all()]
    if broken:
        raise GlotError(
            f"{path} holds NaN or infinite values, in {broken[0]} for one.",
            "Accepted: finite weights.",
            REMEDY,
        )
    return head.eval().requires_grad_(False)


def _check_digest(path: Path, card: HeadCard) -> None:
    """Compare the file with the card's digest, where the card has one."""
    if card.weights_sha256 and digest_of(path) != card.weights_sha256:
        raise OSError(f"it holds other bytes than {CARD} says, their sha256 differs")


def _check_fit(card: HeadCard, state: Mapping[str, torch.Tensor]) -> None:
    """Compare names and shapes before memory is taken for what the card says.

    Raises:
        RuntimeError: they are not those of the card, or no tensor can have them.
    """
    try:
        with torch.device("meta"):
            head = build_head(card.pooler, card.width, card.head_config())
    except (TypeError, OverflowError) as error:
        raise RuntimeError(str(error)) from error
    expected = {name: tuple(tensor.shape) for name, tensor in head.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    odd = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if odd:
        name = odd[0]
        raise RuntimeError(
            f"{name} is {found.get(name, 'missing')} in place of {expected.get(name, 'nothing')}."
        )
