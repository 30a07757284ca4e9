"""Heads as encoders of the `mteb` library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import normalize

from glot.backbones.base import Backbone, check_layer, cut_length
from glot.heads.base import Head
from glot.heads.embed import embed_texts
from glot.integrations.revision import model_name, revision
from glot.training.batches import evaluation_batches
from glot.training.store import StateStore
from glot.training.store.state_store import Progress

BATCH = 64
Vectors = npt.NDArray[np.float32]


class Encoder(ABC):
    """Sentence vectors of a frozen backbone and a head, for `mteb.evaluate` and its tasks.

    It has what mteb's `EncoderProtocol` asks of a model that is there already. Every vector has
    length 1, but that of a blank text, which is zero: mteb's own tasks hold some, and one of them
    should not end an evaluation of hours.

    Args:
        backbone: gives the token states.
        head: in eval mode.
        max_tokens: texts are cut to this many tokens; 0: to the backbone's context.
        layer: 0 for the embeddings, k for the states after block k; None for the last.

    Raises:
        GlotError: the backbone has no such layer, or `max_tokens` is negative.
    """

    def __init__(
        self, backbone: Backbone, head: Head, max_tokens: int = 0, layer: int | None = None
    ) -> None:
        self.backbone = backbone
        self.head = head
        self.max_tokens = cut_length(max_tokens, backbone.context)
        self.layer = check_layer(layer, backbone.n_layers)

    def encode(
        self,
        inputs: Iterable[Mapping[str, Sequence[str]]],
        *,
        task_metadata: Any = None,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: Any = None,
        **others: Any,
    ) -> Vectors:
        """See mteb's `EncoderProtocol.encode`; no task gets a prompt.

        Args:
            inputs: batches with a column `text`, N texts in all.
            task_metadata: not used, like all that follow.
            hf_split: part of the contract.
            hf_subset: part of the contract.
            prompt_type: part of the contract.
            others: part of the contract.

        Returns:
            (N, D).

        Raises:
            GlotError: a text that cannot be encoded.
        """
        return self.vectors([text for batch in inputs for text in batch["text"]])

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Sentence vectors (N, D); equal texts are computed once."""
        place: dict[str, int] = {}
        for text in texts:
            if text.strip():
                place.setdefault(text, len(place))
        # The last row is for blank texts.
        found = np.zeros((len(place) + 1, self.head.pooler.out_width), dtype=np.float32)
        if place:
            found[:-1] = self._vectors(list(place))
        return found[[place.get(text, -1) for text in texts]]

    @abstractmethod
    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """Sentence vectors (N, D) of length 1, of texts that differ and are not blank."""

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
        """What mteb knows of a model.

        Its cache of results goes by name and revision, so the revision stands for all that the
        vectors depend on.
        """
        from mteb.models import ModelMeta
        from mteb.models.model_meta import ScoringFunction

        pooler, backbone = self.head.pooler, self.backbone
        told = (
            backbone.fingerprint,
            backbone.settings_fingerprint,
            backbone.tokenizer_fingerprint,
            backbone.dtype,
            self.max_tokens,
            self.layer,
        )
        return ModelMeta.create_empty(
            {
                "name": model_name(backbone.name, pooler.config.name),
                "revision": revision(pooler, *told),
                "max_tokens": self.max_tokens,
                "embed_dim": pooler.out_width,
                "similarity_fn_name": ScoringFunction.COSINE,
                "framework": ["PyTorch"],
            }
        )


class HeadEncoder(Encoder):
    """An encoder that takes token states from a store, where heads share them.

    Args:
        store: of the backbone's token states; says how long texts may be, and which layer.
        head: in eval mode.
        told: hears how many texts' states are there.
    """

    def __init__(self, store: StateStore, head: Head, told: Progress | None = None) -> None:
        super().__init__(store.backbone, head, store.max_tokens, store.layer)
        self.store = store
        self._told = told

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        states = self.store.states(texts, self._told)
        device = self.backbone.device
        vectors = np.empty((len(texts), self.head.pooler.out_width), dtype=np.float32)
        with torch.inference_mode():
            for rows in evaluation_batches(states.lengths, BATCH):
                batch = states.batch(rows)
                pooled = self.head.embed(batch.hidden.to(device), batch.mask.to(device))
                vectors[rows] = normalize(pooled.embedding.float(), dim=-1).cpu().numpy()
        return vectors


class DirectEncoder(Encoder):
    """An encoder that computes every text anew, and leaves nothing on the disk.

    Some of mteb's tasks have millions of texts, whose states would fill it.
    """

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        chunks = embed_texts(texts, self.backbone, self.head.pooler, self.max_tokens, self.layer)
        vectors = np.concatenate(list(chunks))
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(length, np.finfo(np.float32).tiny)
        return vectors
