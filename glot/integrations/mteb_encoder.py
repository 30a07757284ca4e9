"""A trained head as an encoder of the `mteb` library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import normalize

from glot.heads.base import Head
from glot.training.batches import evaluation_batches
from glot.training.store import StateStore
from glot.training.store.state_store import Progress

BATCH = 64


class HeadEncoder:
    """Sentence vectors of a frozen backbone and a head, for mteb's evaluators.

    It has what mteb's `EncoderProtocol` asks of a model that is there already. Token states come
    from the store, so heads on the same backbone share one extraction of each text.

    Args:
        store: of the backbone's token states; says how long texts may be.
        head: in eval mode.
        told: hears how many texts' states are there.
    """

    def __init__(self, store: StateStore, head: Head, told: Progress | None = None) -> None:
        self.store = store
        self.head = head
        self._told = told

    def encode(
        self,
        inputs: Iterable[Mapping[str, Sequence[str]]],
        *,
        task_metadata: Any = None,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: Any = None,
        **others: Any,
    ) -> npt.NDArray[np.float32]:
        """See mteb's `EncoderProtocol.encode`; no task gets a prompt.

        Args:
            inputs: batches with a column `text`, N texts in all.
            task_metadata: not used, like all that follow.
            hf_split: part of the contract.
            hf_subset: part of the contract.
            prompt_type: part of the contract.
            others: part of the contract.

        Returns:
            (N, D), each of length 1.

        Raises:
            GlotError: a text that cannot be encoded.
        """
        return self.vectors([text for batch in inputs for text in batch["text"]])

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Sentence vectors (N, D) of length 1; equal texts are computed once."""
        distinct = list(dict.fromkeys(texts))
        states = self.store.states(distinct, self._told)
        device = self.store.backbone.device
        vectors = np.empty((len(distinct), self.head.pooler.out_width), dtype=np.float32)
        with torch.inference_mode():
            for rows in evaluation_batches(states.lengths, BATCH):
                batch = states.batch(rows)
                pooled = self.head.embed(batch.hidden.to(device), batch.mask.to(device))
                vectors[rows] = normalize(pooled.embedding.float(), dim=-1).cpu().numpy()
        place = {text: number for number, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Cosines of all pairs, (N, M)."""
        from mteb.similarity_functions import cos_sim

        return cos_sim(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Cosines of the vectors in the same place, (N,)."""
        from mteb.similarity_functions import pairwise_cos_sim

        return pairwise_cos_sim(embeddings1, embeddings2)

    @cached_property
    def mteb_model_meta(self) -> Any:
        """What mteb knows of a model: here its name alone."""
        from mteb.models import ModelMeta

        return ModelMeta.create_empty({"name": f"glot/{self.head.pooler.config.name}"})
