"""The live view as a Jupyter widget. It needs anywidget; `glot.live.show` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

from glot.attributions.explanation import Explanation
from glot.heads.summary import head_summaries
from glot.live.bundle import TOKEN_GRAPH, bundle_text
from glot.live.choices import CHECKS, first_poolers, first_tint
from glot.live.payload import MAX_TOKENS, payload
from glot.live.still import still


class TokenGraphWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """The dashboard's token graph in a notebook: the same front end, the same message.

    What the reader does is told to Python once it is done (τ when the slider is released), and
    whatever Python sets moves the view. `observe` calls a function on each change.

    Args:
        explanation: of one text.
        tau: where the slider begins.
        poolers: whose bars are drawn; None: `first_poolers`.
        tint: the pooler that tints the text; None: `first_tint`.
        max_tokens: to which the text was cut, for the code that computes the view again.

    Attributes:
        explanation: of the text, with all numbers.
        tau: the threshold, a value of the explanation's grid; others become the nearest one.
        poolers: up to four whose token weights are drawn as bars, in the order in which
            the explanation has them.
        tint: the pooler whose token weights tint the text and size the nodes.
        arrangement: how tokens are laid out, one of `glot.live.choices.ARRANGEMENTS`.
        words: whether tokens are joined to words.
        pinned: places of the pinned tokens in `explanation.tokens`.

    Raises:
        GlotError: a value that is not accepted, at the beginning or set later.
    """

    _message = traitlets.Dict().tag(sync=True)
    tau = traitlets.Float().tag(sync=True)
    poolers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tint = traitlets.Unicode().tag(sync=True)
    arrangement = traitlets.Unicode("force").tag(sync=True)
    words = traitlets.Bool(False).tag(sync=True)
    pinned = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(
        self,
        explanation: Explanation,
        tau: float = 0.6,
        poolers: Sequence[str] | None = None,
        tint: str | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        self.explanation = explanation
        # Read here: a bundle that was built anew is taken up by the next view.
        self._esm = bundle_text(TOKEN_GRAPH)
        super().__init__(
            _message=message(explanation, max_tokens),
            tau=tau,
            poolers=first_poolers(explanation) if poolers is None else list(poolers),
            tint=tint or first_tint(explanation),
        )

    @traitlets.validate(*CHECKS)  # type: ignore[untyped-decorator]
    def _accepted(self, proposal: dict[str, Any]) -> Any:
        return CHECKS[proposal["trait"].name](self.explanation, proposal["value"])

    def __repr__(self) -> str:
        """Short, and the same in every run: it is stored with notebooks."""
        return f"TokenGraphWidget({self.explanation.text[:60]!r}, tau={self.tau:g})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and for places that run none, such as a website, a table in its stead."""
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, "text/html": still(self.explanation, self.tau, self.poolers)}, metadata


def message(explanation: Explanation, max_tokens: int) -> dict[str, str | bytes]:
    """What the browser is sent: `payload`, its arrays as little-endian float32.

    What the view begins with are the widget's traits, so that a reloaded page goes on from there.
    """
    told = head_summaries(explanation.backbone, explanation.task, explanation.poolers)
    sent = payload(explanation, {}, told, max_tokens)
    return {
        name: value if isinstance(value, str) else value.astype("<f4").tobytes()
        for name, value in sent.items()
    }
