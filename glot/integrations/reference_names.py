"""What the published implementation calls its settings and tensors, and what we call them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch

from glot.config import JUMPING_KNOWLEDGE, PoolerConfig
from glot.errors import GlotError

Number = TypeVar("Number", int, float)
Value = str | int | float

SETTINGS = ("conv", "in_dim", "hidden_dim", "num_layers", "jk_mode", "tau")
ADAPOOL = "adapool"
SCORE = "score_layer."
SCORE_WEIGHT = SCORE + "0.weight"

# Of each conv, the matrix (width, in_width) of its first layer.
FIRST_WEIGHTS = {
    "gat": "convs.0.lin.weight",
    "gcn": "convs.0.lin.weight",
    "gin": "convs.0.nn.lins.0.weight",
}
ATTENTION = "convs.0.att_src"
EDGE_TERM = "convs.0.att_edge"
CONVS = (*FIRST_WEIGHTS, ADAPOOL)

# Theirs → ours, within one conv.
RENAMED = {
    "lin_edge.weight": "lin_edge",
    "nn.lins.0.": "first.",
    "nn.norms.0.module.": "norm.",
    "nn.lins.1.": "second.",
}


@dataclass(frozen=True)
class ReferenceHead:
    """What a file of the published implementation holds of one pooler.

    Attributes:
        tensors: by their published names (`convs.0.…`, `score_layer.…`), without any prefix.
        settings: those of `SETTINGS` that the file states, as it states them.
    """

    tensors: dict[str, torch.Tensor]
    settings: dict[str, Value] = field(default_factory=dict)

    @property
    def n_layers(self) -> int:
        """K, the number of conv layers among the tensors."""
        return len({name.split(".")[1] for name in self.tensors if name.startswith("convs.")})

    def stated(self, name: str, kind: Callable[[Value], Number]) -> Number | None:
        """A setting as a number, None where the file does not state it.

        Raises:
            GlotError: it is no such number.
        """
        if name not in self.settings:
            return None
        try:
            return kind(self.settings[name])
        except (ValueError, OverflowError) as error:
            raise GlotError(
                f"{name} {self.settings[name]!r}.", "Accepted: a number, or a string of one."
            ) from error


@dataclass(frozen=True)
class OurHead:
    """The same pooler in our words: settings, width d of the token states, state dict."""

    config: PoolerConfig
    in_width: int
    state: dict[str, torch.Tensor]


def translate(head: ReferenceHead, tau: float | None, jumping_knowledge: str | None) -> OurHead:
    """A published head as ours.

    What shapes tell is taken from the tensors, and must agree with what the file states.

    Args:
        head: the published head.
        tau: τ, before what the file says.
        jumping_knowledge: `cat`, `max`, `mean` or `none`, before what the file says.

    Raises:
        GlotError: the head contradicts itself or the arguments, its conv is not one of `CONVS`,
            or nothing says its τ or how its layers are joined.
    """
    conv = _conv(head)
    state = {our_name(name, conv): _one_axis(name, t) for name, t in head.tensors.items()}
    out_width, joined = _matrix(head, SCORE_WEIGHT)
    if conv == ADAPOOL:
        _agree(head, in_dim=joined, hidden_dim=out_width)
        return OurHead(PoolerConfig(name=ADAPOOL, width=out_width), joined, state)
    layers = head.n_layers
    width, in_width = _matrix(head, FIRST_WEIGHTS[conv]) if layers else (None, joined)
    _agree(head, in_dim=in_width, num_layers=layers, **({"hidden_dim": width} if width else {}))
    config = PoolerConfig.from_dict(
        {
            "name": "glot",
            "width": width or head.stated("hidden_dim", int) or PoolerConfig.width,
            "layers": layers,
            "conv": conv,
            "jumping_knowledge": _joining(head, joined, in_width, width or 0, jumping_knowledge),
            "tau": _tau(head, tau),
            "edge_term": EDGE_TERM in head.tensors,
        }
    )
    return OurHead(config, in_width, state)


def our_name(reference: str, conv: str) -> str:
    """Our parameter name for a name of the published implementation."""
    if reference.startswith(SCORE):
        ours = "score." if conv == ADAPOOL else "readout.score."
        return reference.replace(SCORE, ours, 1)
    for theirs, ours in RENAMED.items():
        reference = reference.replace(f".{theirs}", f".{ours}", 1)
    return reference


def is_ours_to_read(name: str) -> bool:
    """Whether a tensor of this published name belongs to a pooler, and not to what is beside it."""
    return re.match(r"convs\.\d+\.|score_layer\.\d+\.", name) is not None


def _conv(head: ReferenceHead) -> str:
    """The conv as stated, else as its tensors tell; without convs, K = 0, which is AdaPool."""
    stated, told = head.settings.get("conv"), _told_by_names(head.tensors)
    if stated is None or stated == told:
        return told
    if stated not in CONVS:
        raise GlotError(
            f"Unknown conv {stated!r}.",
            f"Known in heads of the published implementation: {', '.join(CONVS)}.",
        )
    if told == ADAPOOL and head.stated("num_layers", int) == 0:
        return str(stated)
    raise GlotError(f"The file states conv {stated!r}.", f"Its tensors are those of {told!r}.")


def _told_by_names(tensors: Mapping[str, torch.Tensor]) -> str:
    first = sorted(name for name in tensors if name.startswith("convs.0."))
    if not first:
        return ADAPOOL
    if ATTENTION in first:
        return "gat"
    for conv in ("gin", "gcn"):
        if FIRST_WEIGHTS[conv] in first:
            return conv
    raise GlotError(
        f"Unknown conv with tensors {', '.join(first)}.",
        f"Known in heads of the published implementation: {', '.join(CONVS)}.",
    )


def _matrix(head: ReferenceHead, name: str) -> tuple[int, int]:
    tensor = head.tensors.get(name)
    if tensor is None or tensor.dim() != 2:
        shape = "missing" if tensor is None else f"of shape {tuple(tensor.shape)}"
        raise GlotError(f"{name} is {shape}.", "Accepted: a matrix (out, in).")
    return tensor.shape[0], tensor.shape[1]


def _agree(head: ReferenceHead, **told: int) -> None:
    """What the file states must be what its shapes tell."""
    for name, value in told.items():
        if head.stated(name, int) not in (None, value):
            raise GlotError(
                f"The file states {name} {head.settings[name]}.",
                f"The shapes of its tensors tell {value}.",
                "Correct its configuration, or leave the entry out.",
            )


def _joining(
    head: ReferenceHead, joined: int, in_width: int, width: int, argument: str | None
) -> str:
    """Jumping knowledge: `cat` shows in the readout's width; the others differ from K = 2 on."""
    asked = argument if argument is not None else head.settings.get("jk_mode")
    layers = head.n_layers
    concatenated = in_width + layers * width
    fitting = [m for m in JUMPING_KNOWLEDGE if joined == (concatenated if m == "cat" else width)]
    if layers == 0:
        fitting = [*JUMPING_KNOWLEDGE]
    if not fitting:
        raise GlotError(
            f"{SCORE_WEIGHT} takes vectors of width {joined}.",
            f"Accepted: {concatenated} for cat, {width} for max, mean and none.",
        )
    if asked is None and len(fitting) > 1 and layers > 1:
        raise GlotError(
            "The file does not say how its layers are joined (jk_mode).",
            f"Its shapes leave {', '.join(fitting)}.",
            "Pass jumping_knowledge= as the head was trained.",
        )
    if asked is not None and asked not in fitting:
        raise GlotError(f"Jumping knowledge {asked!r}.", f"The shapes leave {', '.join(fitting)}.")
    return str(asked or fitting[0])


def _tau(head: ReferenceHead, argument: float | None) -> float:
    """τ; without convs it changes nothing and need not be known."""
    tau = argument if argument is not None else head.stated("tau", float)
    if tau is not None:
        return tau
    if not head.n_layers:
        return PoolerConfig.tau
    raise GlotError(
        "The file does not say, or not in one way, at which threshold τ the head was trained.",
        "Tensors do not tell it.",
        "Pass tau=, for example tau=0.3, the published code's default.",
    )


def _one_axis(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Attention vectors, (1, 1, width) or (width, 1) there, are (width,) here.

    Raises:
        GlotError: the vector is that of several attention heads or edge features.
    """
    if not (name.rsplit(".", 1)[-1].startswith("att_") or ".lin_edge." in name):
        return tensor
    if tensor.numel() != max(tensor.shape, default=1):
        raise GlotError(
            f"{name} is of shape {tuple(tensor.shape)}.",
            "Accepted: one attention head, (1, 1, width), and one edge feature, (width, 1).",
        )
    return tensor.flatten()
