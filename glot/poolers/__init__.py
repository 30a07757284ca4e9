"""Poolers: token states → one vector. A new one is a file here and a line in this list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.registry import Registry

if TYPE_CHECKING:
    from glot.config import PoolerConfig
    from glot.poolers.base import Pooler

POOLERS = Registry(
    "pooler",
    {
        "mean": "glot.poolers.mean:MeanPooler",
        "max": "glot.poolers.max:MaxPooler",
        "cls": "glot.poolers.cls:ClsPooler",
        "eos": "glot.poolers.eos:EosPooler",
        "adapool": "glot.poolers.adapool:AdaPooler",
        "mlp": "glot.poolers.mlp:MlpPooler",
        "deepsets": "glot.poolers.deepsets:DeepSetsPooler",
        "glot": "glot.poolers.glot:GlotPooler",
    },
)

# The pooler of one token that makes sense for each kind of backbone (paper, B.2).
ONE_TOKEN = {"encoder": "cls", "decoder": "eos"}


def build_pooler(config: PoolerConfig, in_width: int) -> Pooler:
    """A pooler with fresh weights for token states of width `in_width`.

    Raises:
        GlotError: the pooler or its conv is unknown.
    """
    pooler: Pooler = POOLERS.get(config.name)(config, in_width)
    return pooler


def untrained_pooler(name: str, kind: str, in_width: int) -> Pooler:
    """A pooler that has no weights to train, in eval mode.

    Args:
        name: `mean`, `max`, `cls` or `eos`; the backbone decides between the last two.
        kind: of the backbone, `encoder` or `decoder`.
        in_width: d, the width of the token states.

    Raises:
        GlotError: the pooler is unknown, or has weights.
    """
    from glot.config import PoolerConfig

    pooler = build_pooler(for_backbone(PoolerConfig(name), kind), in_width).eval()
    if pooler.n_parameters():
        raise GlotError(
            f"The pooler {name} has weights, and no trained head was named.",
            "Accepted without one: mean, max, cls, eos.",
            "Use a trained head: --task or --checkpoint here, glot.load_head in Python.",
        )
    return pooler


def poolers_for(kind: str) -> tuple[str, ...]:
    """Names of the poolers that make sense for a kind of backbone, in the order of the list.

    A decoder's first token has seen none of the text, and no encoder is trained to gather it in
    its last: `cls` is for encoders, `eos` for decoders, all others for both.

    Args:
        kind: `encoder` or `decoder`, as `Backbone.kind` says.

    Raises:
        GlotError: the kind is neither.
    """
    fitting = _one_token(kind)
    others = set(ONE_TOKEN.values()) - {fitting}
    return tuple(name for name in POOLERS.names() if name not in others)


def for_backbone(config: PoolerConfig, kind: str) -> PoolerConfig:
    """The settings with `cls` or `eos` replaced by the one of them that fits the backbone.

    Args:
        config: any settings; those of other poolers come back as they are.
        kind: `encoder` or `decoder`, as `Backbone.kind` says.

    Raises:
        GlotError: the kind is neither.
    """
    fitting = _one_token(kind)
    return replace(config, name=fitting) if config.name in ONE_TOKEN.values() else config


def _one_token(kind: str) -> str:
    if kind not in ONE_TOKEN:
        raise GlotError(f"A backbone of kind {kind!r}.", f"Accepted: {', '.join(ONE_TOKEN)}.")
    return ONE_TOKEN[kind]
