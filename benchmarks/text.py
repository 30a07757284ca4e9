"""A new text from string to everything that Explore draws, without the browser."""

from __future__ import annotations

from benchmarks.measure import Row, alternate
from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
from glot.plots.token_graph import token_graph_figure
from glot.plots.token_weights import token_weights_figure

WORDS = ["the", "plot", "is", "slow", "but", "the", "two", "leads", "are", "funny", "and", "warm"]


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: 30, 128 and, not when quick, 512 tokens on MiniLM."""
    backbone = load_backbone("minilm")
    shelf = load_heads(backbone, "sst2")
    rows = []
    lengths = {30: "shown in the browser ≤ 1,000", 128: "≤ 500", 512: ""}
    for tokens, budget in list(lengths.items())[: 2 if quick else None]:
        text = " ".join(WORDS[i % len(WORDS)] for i in range(tokens - 2))

        def work(text: str = text) -> None:
            explanation = explain_text(text, backbone, "sst2", shelf)
            token_graph_figure(explanation, 0.6, "glot").to_json()
            token_weights_figure(explanation, 0.6, list(explanation.weights)).to_json()

        rows += alternate({f"text of {tokens} tokens, all τ": work}, 3 if quick else 10, budget)
    return rows
