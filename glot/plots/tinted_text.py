"""The text itself, each token tinted by its weight π."""

from __future__ import annotations

from html import escape

from glot.attributions.explanation import Explanation
from glot.plots.palette import colour, title

# Strongest tint: letters on it keep a contrast of 7:1 on the light and the dark page.
OPACITY = 0.45


def tinted_text_html(explanation: Explanation, tau: float, pooler: str) -> str:
    """The tokens in reading order on tints in proportion to π / max π, as HTML without scripts.

    All that comes from the text is escaped. A token's weight stands in its tooltip.

    Args:
        explanation: of one text.
        tau: a value of its grid.
        pooler: whose weights; it must have some.
    """
    weights = explanation.weights[pooler][explanation.row(tau)]
    red, green, blue = (int(colour(pooler)[i : i + 2], 16) for i in (1, 3, 5))
    highest = float(weights.max())
    parts, reached = [], 0
    for token, (start, end), weight in zip(
        explanation.tokens, explanation.offsets, weights.tolist(), strict=True
    ):
        if end > start:
            # Several tokens may share a letter that takes several bytes: it is shown once.
            shown = explanation.text[max(start, reached) : end]
            parts.append(escape(explanation.text[reached : max(start, reached)]))
            reached = max(end, reached)
        else:
            shown = token
        tint = f"rgba({red}, {green}, {blue}, {OPACITY * weight / highest:.3f})"
        tip = escape(f"{token}: π {weight:.4f}", quote=True)
        style = f"background: {tint}; border-radius: 3px; padding: 2px 1px"
        parts.append(f'<span style="{style}" title="{tip}">{escape(shown)}</span>')
    rest = " …" if explanation.n_cut else ""
    label = escape(f"The text, tinted by the token weights of {title(pooler)}", quote=True)
    style = "line-height: 1.9; white-space: pre-wrap; overflow-wrap: anywhere"
    return f'<div role="group" aria-label="{label}" style="{style}">{"".join(parts)}{rest}</div>'
