"""What several classifiers say of many texts, straight from the backbone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from glot.backbones.base import Backbone
from glot.heads.checkpoint import TrainedHead


@dataclass(frozen=True)
class Predicted:
    """Classes that heads tell.

    Attributes:
        classes: head's name → (N,) class numbers.
        n_full: texts that fill the heads' context, so that words at their end may be unread.
    """

    classes: dict[str, npt.NDArray[np.int64]]
    n_full: int


def predict_classes(
    texts: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, TrainedHead],
    told: Callable[[float], None],
) -> Predicted:
    """The class that each head predicts for each text.

    Heads that read the same layer share the backbone's work.

    Args:
        texts: N texts.
        backbone: the heads' own.
        heads: classifiers of single texts, by a name.
        told: hears of the share that is done, from 0 to 1, after every batch.

    Raises:
        GlotError: a text that cannot be encoded.
    """
    by_layer: dict[tuple[int | None, int], list[str]] = defaultdict(list)
    for name, trained in heads.items():
        by_layer[trained.card.layer, trained.card.max_tokens].append(name)
    classes = {name: np.zeros(len(texts), dtype=np.int64) for name in heads}
    full: set[int] = set()
    done = 0
    for (layer, max_tokens), names in by_layer.items():
        limit = min(max_tokens or backbone.context, backbone.context)
        with closing(backbone.encode_many(texts, limit, layer)) as batches:
            for batch in batches:
                rows = np.array(batch.rows)
                for name in names:
                    classes[name][rows] = _classes(heads[name], batch.hidden, batch.mask)
                full |= set(rows[(batch.mask.sum(1) >= limit).cpu().numpy()].tolist())
                done += len(rows)
                told(done / (len(texts) * len(by_layer)))
    return Predicted(classes, len(full))


def _classes(
    trained: TrainedHead, hidden: torch.Tensor, mask: torch.Tensor
) -> npt.NDArray[np.int64]:
    with torch.inference_mode():
        vectors = trained.head.embed(hidden, mask).embedding.float()
        return trained.head.predict(trained.head(vectors)).long().cpu().numpy()
