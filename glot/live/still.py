"""What a stored notebook shows where no widget runs: numbers in plain HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from glot.attributions.explanation import Explanation
from glot.plots.palette import title

# A longer table is scrolled past, not read.
MAX_ROWS = 40


def still(explanation: Explanation, tau: float, poolers: Sequence[str]) -> str:
    """The graph's numbers, the predictions and the token weights π at one τ, as HTML.

    Args:
        explanation: of one text.
        tau: a value of its grid.
        poolers: whose weights are told; all must have some.
    """
    numbers = explanation.statistics(tau)
    row = explanation.row(tau)
    tables = [explanation.weights[pooler][row] for pooler in poolers]
    head = ["token", *(f"π {title(pooler)}" for pooler in poolers)]
    lines = [
        [escape(token), *(f"{table[place]:.4f}" for table in tables)]
        for place, token in enumerate(explanation.tokens[:MAX_ROWS])
    ]
    left = len(explanation.tokens) - len(lines)
    return "".join(
        [
            f"<p>“{escape(explanation.text[:200])}” on {escape(explanation.backbone)}, "
            f"τ = {tau:.2f}: {numbers.tokens} tokens, {numbers.edges:,} edges, "
            f"density {numbers.density:.1%}, {numbers.components:,} components.</p>",
            f"<p>{escape(_predictions(explanation, tau, poolers))}</p>",
            "<table><thead>",
            _line("th", head),
            "</thead><tbody>",
            *(_line("td", line) for line in lines),
            "</tbody></table>",
            f"<p>{left:,} more tokens.</p>" if left else "",
        ]
    )


def _predictions(explanation: Explanation, tau: float, poolers: Sequence[str]) -> str:
    told = []
    for pooler in poolers:
        answer, value = explanation.prediction(pooler, tau), explanation.value(pooler, tau)
        if answer is not None:
            share = answer.probabilities[answer.label]
            told.append(f"{title(pooler)}: {answer.label} {share:.1%}")
        elif value is not None:
            told.append(f"{title(pooler)}: {value:.3f}")
    return " · ".join(told)


def _line(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
