"""The score that attributions divide among tokens: one number that a head tells of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from glot.attributions.units import Floats, Kept, shortened
from glot.errors import GlotError
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.similarity import token_similarity
from glot.heads.sweep import PASS_VALUES
from glot.poolers.glot import GlotPooler

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.types import Pooled


class Scored:
    """One text in a head that may read a second text, which stays as it is.

    The score is the probability of one class, or, for heads of numbers, the output in the labels'
    unit. The head runs as it was trained: on its layer, with its τ and its similarity.

    Args:
        text: whose tokens are attributed.
        backbone: the backbone that the head was trained on.
        trained: the head.
        other: the second text, for heads of pairs alone.
        second: whether `text` stands second in the pair and `other` first.
        target: the class; None: the one that the head tells. Heads of numbers have none.
        max_tokens: texts are cut to so many tokens.

    Attributes:
        states: token states of the text, (1, L, d), all valid.
        pooled: vector and token weights π of the whole text.
        target: the class; empty for heads of numbers.
        prediction: the class that the head tells; empty for heads of numbers.
        score: of the whole text.
        same: whether the text and the second one are the same.

    Raises:
        GlotError: a text is empty, the second text is missing or not wanted, the class is none of
            the head's, or the head makes numbers that are not finite.
    """

    def __init__(
        self,
        text: str,
        backbone: Backbone,
        trained: TrainedHead,
        *,
        other: str | None = None,
        second: bool = False,
        target: str | None = None,
        max_tokens: int | None = None,
    ) -> None:
        _check_pair(trained, other)
        self.text, self.backbone, self.card = text, backbone, trained.card
        self.head, self.second, self.max_tokens = trained.head, second, max_tokens
        self.same = text == other
        self.states = backbone.encode([text], max_tokens, self.card.layer)
        with torch.inference_mode(False), torch.no_grad():
            self.pooled = self.head.embed(self.states.hidden, self.states.mask)
            self._other = self._vector(other) if other is not None else None
            outputs = self._outputs(self.pooled.embedding)
            self.classes = self.card.labels if outputs.dim() == 2 else ()
            self.prediction = self.classes[int(outputs[0].argmax())] if self.classes else ""
            self.target = self._check_target(target)
            self.score = float(self.scores(self.pooled.embedding)[0])

    def scores(self, vectors: torch.Tensor) -> torch.Tensor:
        """Sentence vectors (N, D) of the text → (N,) scores; gradients flow."""
        outputs = self._outputs(vectors)
        if not self.classes:
            return outputs
        return outputs.softmax(dim=-1)[:, self.classes.index(self.target)]

    def on_states(self, hidden: torch.Tensor) -> torch.Tensor:
        """Other token states (N, L, d) on the text's own graph → (N,) scores; gradients flow.

        The graph is held: an edge is there or not, which has no gradient.
        """
        pooler = self.head.pooler
        if isinstance(pooler, GlotPooler):
            pooled: Pooled = pooler.pool_on(self.graph, hidden.to(pooler.dtype))
        else:
            pooled = pooler(hidden, self.states.mask.expand(len(hidden), -1))
        return self.scores(pooled.embedding)

    @cached_property
    def graph(self) -> DenseNeighbours:
        """The text's token graph at the head's τ, as one table."""
        config, mask = self.head.pooler.config, self.states.mask
        with torch.no_grad():
            return DenseNeighbours.of(self.similarity, mask, config.tau)

    @cached_property
    def similarity(self) -> torch.Tensor:
        """(1, L, L) of the kind that the head was trained with."""
        kind = self.head.pooler.config.similarity
        return token_similarity(self.states.hidden, self.states.mask, kind)

    def without(self, kept: Kept, removal: str = "pooling") -> Floats:
        """Scores after some tokens are taken away.

        Args:
            kept: (N, L), true at the tokens that stay; each row keeps at least one. Rows that
                are equal are computed once.
            removal: `pooling`: the backbone reads the whole text, and the head pools the states
                that are left, its graph made of them alone; `text`: their characters are taken
                out (`shortened`), and backbone and head read what is left.

        Returns:
            (N,); NaN where nothing is left to read.
        """
        if not len(kept):
            return np.empty(0)
        rows, back = np.unique(kept, axis=0, return_inverse=True)
        scores = self._without_states(rows) if removal == "pooling" else self._without_text(rows)
        return scores[back.reshape(-1)]

    def _without_states(self, kept: Kept) -> Floats:
        hidden, width = self.states.hidden, self.head.pooler.out_width
        length = hidden.shape[1]
        size = max(1, PASS_VALUES // (length * max(length, width)))
        masks = torch.from_numpy(kept).to(hidden.device)
        found = []
        with torch.no_grad():
            for part in torch.split(masks, size):
                found.append(self.scores(self._pool(part).embedding).double().cpu())
        return torch.cat(found).numpy()

    def _pool(self, masks: torch.Tensor) -> Pooled:
        """The text's states under masks (N, L), each of them a graph of its own."""
        pooler, hidden = self.head.pooler, self.states.hidden
        config, states = pooler.config, hidden.expand(len(masks), -1, -1)
        if not isinstance(pooler, GlotPooler) or not pooler.convs:
            return self.head.embed(states, masks)
        if config.similarity == "cosine":
            # A pair's cosine is the same whoever else is there, and the states are shared.
            tables = self.similarity.expand(len(masks), -1, -1)
        else:
            tables = token_similarity(states, masks, config.similarity)
        graphs = DenseNeighbours.of(tables, masks, config.tau)
        return pooler.pool_on(graphs, hidden.to(pooler.dtype))

    def _without_text(self, kept: Kept) -> Floats:
        texts = [shortened(self.text, self.states.offsets[0], row) for row in kept]
        scores = np.full(len(texts), np.nan)
        left = [i for i, text in enumerate(texts) if text.strip()]
        try:
            for rows, values in self._read([texts[i] for i in left]):
                scores[[left[row] for row in rows]] = values
        except GlotError:
            # One of them holds nothing that the backbone can read: each is asked by itself.
            for i in left:
                scores[i] = self._alone(texts[i])
        return scores

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[tuple[int, ...], Floats]]:
        """Scores of texts, in batches as the backbone likes them."""
        if not texts:
            return
        for batch in self.backbone.encode_many(texts, self.max_tokens, self.card.layer):
            with torch.no_grad():
                vectors = self.head.embed(batch.hidden, batch.mask).embedding
                yield batch.rows, self.scores(vectors).double().cpu().numpy()

    def _alone(self, text: str) -> float:
        try:
            return float(next(iter(self._read([text])))[1][0])
        except GlotError:
            return float("nan")

    def _vector(self, text: str) -> torch.Tensor:
        states = self.backbone.encode([text], self.max_tokens, self.card.layer)
        return self.head.embed(states.hidden, states.mask).embedding

    def _outputs(self, vectors: torch.Tensor) -> torch.Tensor:
        """(N, C) logits or (N,) numbers."""
        if self._other is None:
            outputs: torch.Tensor = self.head(vectors)
        else:
            other = self._other.expand(len(vectors), -1)
            outputs = self.head(other, vectors) if self.second else self.head(vectors, other)
        if self.head.config.name == "contrastive":
            # A table of all texts by all others: a text's own pair stands on its diagonal.
            return self.head.predict(outputs)
        return outputs

    def _check_target(self, target: str | None) -> str:
        if target is None:
            return self.prediction
        if target not in self.classes:
            raise GlotError(
                f"target {target!r}.",
                f"Accepted: {', '.join(self.classes) or 'none, for this head tells a number'}.",
                "Choose one of these classes, or leave the target out.",
            )
        return target


def _check_pair(trained: TrainedHead, other: str | None) -> None:
    if trained.head.config.pairs and other is None:
        raise GlotError(
            "One text for a head that compares two.",
            "Accepted: a pair of texts.",
            "Give the second text.",
        )
    if not trained.head.config.pairs and other is not None:
        raise GlotError(
            "Two texts for a head that reads one.",
            "Accepted: one text.",
            "Leave the second text out, or choose a task of pairs (QQP, STS-B).",
        )
