"""One text as a backbone's layers see it, with or without the tokens that the backbone adds."""

from __future__ import annotations

from functools import cached_property

import torch

from glot.backbones.base import Backbone, check_layer
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads import build_head
from glot.heads.base import Head
from glot.types import TokenStates

# What a reader may choose; the third kind, `shuffled`, is an experiment's control.
CHOICES = ("cosine", "centred")


class Reading:
    """Token states of one text, layer by layer; each layer is computed once, when first asked for.

    Args:
        text: the text.
        backbone: what reads it, all tokens in any case.
        max_tokens: cut the text to so many tokens (at most the backbone's context).
        special_tokens: whether `states` keeps the tokens that the backbone adds.

    Attributes:
        full: states of the last layer with all tokens.
        added: places of the added tokens among all tokens.
        kept: places of the tokens that `states` keeps.

    Raises:
        GlotError: the text is empty or holds special tokens only.
    """

    def __init__(
        self,
        text: str,
        backbone: Backbone,
        max_tokens: int | None = None,
        special_tokens: bool = True,
    ) -> None:
        self.text = text
        self.backbone = backbone
        self.full = backbone.encode([text], max_tokens)
        # As `TokenStates` marks them. Empty offsets elsewhere are the text's own white space.
        self.added = tuple(i for i, span in enumerate(self.full.offsets[0]) if span == (0, 0))
        left_out = set() if special_tokens else set(self.added)
        self.kept = [i for i in range(len(self.full.tokens[0])) if i not in left_out]
        self._states = {backbone.n_layers: self._of_kept(self.full)}

    def states(self, layer: int | None) -> TokenStates:
        """States of the kept tokens after a layer: (1, L, d), all valid; None: the last layer.

        Raises:
            GlotError: the backbone has no such layer.
        """
        number = check_layer(layer, self.backbone.n_layers)
        if number not in self._states:
            tokens = len(self.full.tokens[0])
            self._states[number] = self._of_kept(self.backbone.encode([self.text], tokens, number))
        return self._states[number]

    def is_last(self, layer: int | None) -> bool:
        """Whether a layer is the last, by its number or by None."""
        return check_layer(layer, self.backbone.n_layers) == self.backbone.n_layers

    @cached_property
    def gone(self) -> tuple[str, ...]:
        """Poolers whose one token is left out, so that they pool nothing."""
        last = len(self.full.tokens[0]) - 1
        whose = {"cls": 0, "eos": last}
        return tuple(name for name, place in whose.items() if place not in self.kept)

    def _of_kept(self, states: TokenStates) -> TokenStates:
        """A left-out token is dropped, which equals a mask over it: padding changes nothing."""
        if len(self.kept) == len(states.tokens[0]):
            return states
        if not self.kept:
            raise GlotError(
                "The text has no token of its own for this backbone.",
                "Accepted: a text with at least one word, when special tokens are left out.",
                "Let special tokens take part, or type another text.",
            )
        return TokenStates(
            hidden=states.hidden[:, self.kept],
            mask=states.mask[:, self.kept],
            tokens=(tuple(states.tokens[0][i] for i in self.kept),),
            offsets=(tuple(states.offsets[0][i] for i in self.kept),),
            n_cut=states.n_cut,
        )


def check_choice(similarity: str) -> None:
    """Refuse a kind of similarity that is not for readers to choose.

    Raises:
        GlotError: it is neither `cosine` nor `centred`.
    """
    if similarity not in CHOICES:
        raise GlotError(f"similarity {similarity!r}.", f"Accepted: {', '.join(CHOICES)}.")


def on_similarity(head: Head, similarity: str) -> Head:
    """The head itself, or, where its pooler has graphs of another kind, a twin with this kind.

    The twin shares the weights.
    """
    config = head.pooler.config
    if not head.pooler.uses_graph or config.similarity == similarity:
        return head
    other = PoolerConfig.from_dict(config.to_dict() | {"similarity": similarity})
    # Without storage: first weights would be drawn, and move the random numbers of the process.
    with torch.device("meta"):
        twin = build_head(other, head.pooler.in_width, head.config)
    twin.load_state_dict(head.state_dict(), assign=True)
    return twin.eval().requires_grad_(False)
