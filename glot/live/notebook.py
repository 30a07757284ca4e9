"""The live view of a text in a notebook. Nothing heavy is loaded until it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from glot.extras import need
from glot.live.payload import MAX_TOKENS

if TYPE_CHECKING:
    from glot.attributions.explanation import Explanation
    from glot.backbones.base import Backbone
    from glot.live.widget import TokenGraphWidget


def show(
    text: str | Explanation,
    backbone: str | Backbone = "minilm",
    task: str = "sst2",
    *,
    tau: float = 0.6,
    poolers: Sequence[str] | None = None,
    tint: str | None = None,
    layer: int | None = None,
    similarity: str = "cosine",
    special_tokens: bool = True,
    max_tokens: int = MAX_TOKENS,
) -> TokenGraphWidget:
    """The token graph of a text, its token weights and predictions, live in τ.

    As the last line of a cell it draws itself: the dashboard's own view. Everything that follows τ
    is sent once, so a drag asks the kernel for nothing. Example:

        view = show("The film is not bad at all.")
        view            # drag τ
        view.tau        # where the slider was released
        view.tau = 0.3  # moves it

    Args:
        text: the text; or an explanation that is there already, which all but `tau`, `poolers`
            and `tint` is taken from.
        backbone: a backbone, or its name; the last one named stays loaded.
        task: whose trained heads read the text.
        tau: where the slider begins, from 0 to 1.
        poolers: up to four whose token weights are drawn as bars; None: Mean, AdaPool, DeepSets
            and GLOT, as far as they have weights.
        tint: the pooler whose token weights tint the text; None: GLOT, or the last with weights.
        layer: whose graph is shown; None: the last. See `explain_text`.
        similarity: `cosine` or `centred`.
        special_tokens: whether tokens that the backbone adds take part.
        max_tokens: longer texts are cut, and the view says so.

    Raises:
        GlotError: anywidget is not installed, or something that was given is not accepted.
    """
    need("anywidget", "Notebooks draw the live view with it.")
    from glot.live.widget import TokenGraphWidget

    if isinstance(text, str):
        text = _explained(text, backbone, task, layer, similarity, special_tokens, max_tokens)
    return TokenGraphWidget(text, tau, poolers, tint, max_tokens)


def _explained(
    text: str,
    backbone: str | Backbone,
    task: str,
    layer: int | None,
    similarity: str,
    special_tokens: bool,
    max_tokens: int,
) -> Explanation:
    from glot.attributions.readout import explain_text
    from glot.heads.shelf import load_heads

    model = _backbone(backbone) if isinstance(backbone, str) else backbone
    return explain_text(
        text,
        model,
        task,
        load_heads(model, task),
        max_tokens=max_tokens,
        layer=layer,
        similarity=similarity,
        special_tokens=special_tokens,
    )


@lru_cache(maxsize=1)
def _backbone(name: str) -> Backbone:
    from glot.backbones import load_backbone

    return load_backbone(name)
