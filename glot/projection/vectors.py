"""Sentence vectors of a map's rows by several poolers, with one pass of the backbone for a layer.

`glot.heads.embed` serves one pooler; a map compares up to four of the same texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.poolers import ONE_TOKEN, build_pooler, poolers_for
from glot.projection.rows import MapRows

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.poolers.base import Pooler

Floats = npt.NDArray[np.float32]
# Hears of progress, from 0 to 1 and in words; it may raise to stop the work.
Told = Callable[[float, str], None]
# Poolers without weights of their own.
UNTRAINED = ("mean", "max", *ONE_TOKEN.values())
# Rows per pass of a task layer.
BATCH = 1024


@dataclass(frozen=True, eq=False)
class Vectors:
    """What one pooler makes of N rows.

    Attributes:
        pooler: its name.
        values: (N, D) sentence vectors z; of pairs [z_a ‖ z_b], what the task layer sees.
        trained: whether a trained head gave them; else a pooler without weights.
        predictions: (N,) class numbers or numbers of the head; None where it cannot predict.
        classes: names of the predicted classes; empty for numbers.
        lengths: (N,) tokens that were read; of pairs, of both texts.
        n_cut: (N,) tokens that were cut off.
        limit: to how many tokens texts were cut.
    """

    pooler: str
    values: Floats
    trained: bool
    predictions: npt.NDArray[np.float64] | None
    classes: tuple[str, ...]
    lengths: npt.NDArray[np.int32]
    n_cut: npt.NDArray[np.int32]
    limit: int

    def __post_init__(self) -> None:
        check_finite(self.values, self.pooler)

    @property
    def cut_rows(self) -> int:
        """Rows of which something was cut off."""
        return int((self.n_cut > 0).sum())


def check_finite(values: Floats, what: str) -> None:
    """Refuse vectors (N, D) with NaN or infinite values.

    Raises:
        GlotError: naming how many rows have them.
    """
    broken = int((~np.isfinite(values)).any(axis=1).sum())
    if broken:
        raise GlotError(
            f"{broken:,} of {len(values):,} vectors of {what} hold NaN or infinite values.",
            "Accepted: finite vectors.",
            "Check the head's weights, or load the backbone in float32.",
        )


@dataclass(frozen=True)
class Way:
    """One way of pooling, ready to use.

    Attributes:
        name: the pooler's.
        pooler: in eval mode, on the backbone's device.
        head: the trained head; None for a pooler without weights.
        layer: of the backbone.
        limit: texts are cut to so many tokens.
    """

    name: str
    pooler: Pooler
    head: TrainedHead | None
    layer: int
    limit: int


def ways(
    poolers: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, TrainedHead],
    max_tokens: int = 0,
) -> tuple[Way, ...]:
    """Those of the poolers that can be used: with a trained head, or without weights.

    Args:
        poolers: names.
        backbone: gives the token states.
        heads: trained on it, by pooler.
        max_tokens: for poolers without a head; 0: the context.

    Raises:
        GlotError: none of them can be used.
    """
    found = []
    for name in poolers:
        trained = heads.get(name)
        if trained is not None:
            tokens, layer, pooler = trained.card.max_tokens, trained.card.layer, trained.head.pooler
        elif name in UNTRAINED and name in poolers_for(backbone.kind):
            tokens, layer = max_tokens, None
            pooler = build_pooler(PoolerConfig(name), backbone.width).eval()
        else:
            continue
        limit = min(tokens or backbone.context, backbone.context)
        found.append(
            Way(name, pooler, trained, backbone.n_layers if layer is None else layer, limit)
        )
    if not found:
        fitting = [name for name in UNTRAINED if name in poolers_for(backbone.kind)]
        raise GlotError(
            f"No trained head for {', '.join(poolers)} on {backbone.name}.",
            f"Accepted without one: {', '.join(fitting)}.",
            "Choose one of these beside it, or train a head with `glot train`.",
        )
    return tuple(found)


def embed_rows(
    rows: MapRows, backbone: Backbone, chosen: Sequence[Way], told: Told
) -> dict[str, Vectors]:
    """Vectors of all rows by each way, by its name.

    Ways that read the same layer, cut to the same length, share the backbone's passes.

    Args:
        rows: N rows.
        backbone: gives the token states.
        chosen: from `ways`.
        told: hears of progress.

    Raises:
        GlotError: a text that cannot be encoded, or a vector that is not finite.
    """
    passes: dict[tuple[int, int], list[Way]] = {}
    for way in chosen:
        passes.setdefault((way.layer, way.limit), []).append(way)
    found: dict[str, Vectors] = {}
    for number, ((layer, limit), group) in enumerate(passes.items()):

        def report(share: float, text: str, done: int = number) -> None:
            told((done + share) / len(passes), text)

        found |= _one_pass(rows, backbone, layer, limit, group, report)
    return {way.name: found[way.name] for way in chosen}


def _one_pass(
    rows: MapRows, backbone: Backbone, layer: int, limit: int, group: list[Way], told: Told
) -> dict[str, Vectors]:
    import torch

    texts = [*rows.texts, *rows.others]
    room = {way.name: np.empty((len(texts), way.pooler.out_width), np.float32) for way in group}
    lengths, n_cut = np.zeros(len(texts), np.int32), np.zeros(len(texts), np.int32)
    done = 0
    with closing(backbone.encode_many(texts, limit, layer)) as batches:
        for batch in batches:
            at = list(batch.rows)
            with torch.inference_mode():
                for way in group:
                    pooled = way.pooler(batch.hidden, batch.mask)
                    room[way.name][at] = pooled.embedding.float().cpu().numpy()
            lengths[at] = batch.mask.sum(dim=1).cpu().numpy()
            n_cut[at] = batch.n_cut
            done += len(at)
            told(done / len(texts), f"{done:,} of {len(texts):,} texts read by layer {layer}")
    n = len(rows)
    if rows.others:
        lengths, n_cut = lengths[:n] + lengths[n:], n_cut[:n] + n_cut[n:]
    return {way.name: _vectors(way, rows, room[way.name], lengths, n_cut) for way in group}


def _vectors(
    way: Way,
    rows: MapRows,
    values: Floats,
    lengths: npt.NDArray[np.int32],
    n_cut: npt.NDArray[np.int32],
) -> Vectors:
    n, card = len(rows), None if way.head is None else way.head.card
    second = values[n:] if rows.others else None
    predictions = None
    # A task layer for pairs takes no single text, and the other way round.
    if way.head is not None and way.head.card.pairs == bool(rows.others):
        predictions = _predict(way.head, values[:n], second)
    return Vectors(
        pooler=way.name,
        values=values if second is None else np.concatenate([values[:n], second], axis=1),
        trained=card is not None,
        predictions=predictions,
        classes=() if card is None or card.head != "classifier" else card.labels,
        lengths=lengths,
        n_cut=n_cut,
        limit=way.limit,
    )


def _predict(
    trained: TrainedHead, first: Floats, second: Floats | None
) -> npt.NDArray[np.float64] | None:
    import torch

    # Pairs that are searched for are not predicted.
    if trained.card.head == "contrastive":
        return None
    head, found = trained.head, []
    place = next((weight for weight in head.parameters()), torch.zeros(0)).device
    with torch.inference_mode():
        for start in range(0, len(first), BATCH):
            a, b = (
                None if part is None else torch.from_numpy(part[start : start + BATCH]).to(place)
                for part in (first, second)
            )
            assert a is not None
            found.append(head.predict(head(a, b)).double().cpu().numpy())
    return np.concatenate(found)
