"""What a server computes: vectors by one pooler, explanations by the heads of one task."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from glot.attributions.readout import explain_text, trained_similarity
from glot.attributions.report import as_record
from glot.backbones.base import Backbone
from glot.config import check_tau
from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.embed import EmbeddedBatch, embed_batches
from glot.heads.shelf import Shelf
from glot.poolers.base import Pooler


@dataclass(frozen=True)
class Model:
    """Everything loaded that requests are answered with. One thread at a time may call it.

    Attributes:
        backbone: gives the token states.
        pooler: of `/embed`, on the backbone's device, in eval mode.
        card: of the pooler's head; None: the pooler has no weights.
        task: whose heads `/explain` shows.
        shelf: these heads.
        max_tokens: texts are cut to this many; 0: to what the head was trained with, or the
            context.
    """

    backbone: Backbone
    pooler: Pooler
    card: HeadCard | None
    task: str
    shelf: Shelf
    max_tokens: int = 0

    def check_tau(self, tau: float | None) -> None:
        """Check a τ that a request for vectors names.

        Raises:
            GlotError: it is none, or the pooler has no graph.
        """
        if tau is None:
            return
        check_tau(tau)
        if not self.pooler.uses_graph:
            raise GlotError(
                f"tau {tau:g} with the pooler {self.pooler.config.name}, which has no graph.",
                "Accepted: tau with the pooler glot.",
                "Leave tau out.",
            )

    def embed(
        self, texts: Sequence[str], rows: Sequence[int], tau: float | None
    ) -> Generator[EmbeddedBatch, None, None]:
        """Vectors of some rows of texts: see `glot.heads.embed.embed_batches`."""
        card = self.card
        cut = self.max_tokens or (card.max_tokens if card else 0) or None
        layer = card.layer if card else None
        return embed_batches(texts, self.backbone, self.pooler, cut, layer, tau, rows)

    def explain(self, text: str, tau: float, max_tokens: int) -> dict[str, Any]:
        """What `glot explain --json` prints: see `glot.attributions.report.as_record`."""
        explanation = explain_text(
            text,
            self.backbone,
            self.task,
            self.shelf,
            taus=[tau],
            max_tokens=max_tokens,
            similarity=trained_similarity(self.shelf),
        )
        return as_record(explanation, tau)

    def warm_up(self) -> None:
        """Run one text through everything, so that what is broken is told before the start.

        Raises:
            GlotError: backbone, pooler or a head does not work.
        """
        text = "A first text."
        list(self.embed([text], [0], None))
        self.explain(text, 0.6, 8)

    def described(self) -> dict[str, Any]:
        """What every answer says about where its numbers come from, as plain values."""
        return {
            "backbone": self.backbone.name,
            "pooler": self.pooler.config.name,
            "task": self.card.task if self.card else None,
        }
