"""A new text from string to the message that Explore sends the browser, without the browser."""

from __future__ import annotations

from benchmarks.measure import Row, alternate
from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
from glot.heads.summary import head_summaries
from glot.live.payload import MAX_TOKENS, payload

# Each of them is one token of MiniLM's.
WORDS = ["the", "plot", "is", "slow", "but", "the", "two", "leads", "are", "funny", "and", "warm"]


def words(tokens: int) -> str:
    """A text of so many of MiniLM's tokens, [CLS] and [SEP] among them."""
    return " ".join(WORDS[i % len(WORDS)] for i in range(tokens - 2))


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: 30, 128 and, not when quick, 512 tokens on MiniLM."""
    backbone = load_backbone("minilm")
    shelf = load_heads(backbone, "sst2")
    rows = []
    lengths = {30: "shown in the browser ≤ 1,000", 128: "shown in the browser ≤ 500", 512: ""}
    for tokens, budget in list(lengths.items())[: 2 if quick else None]:

        def work(text: str = words(tokens)) -> None:
            explanation = explain_text(text, backbone, "sst2", shelf, max_tokens=MAX_TOKENS)
            summaries = head_summaries("minilm", "sst2", explanation.poolers)
            payload(explanation, {}, summaries, MAX_TOKENS)

        rows += alternate({f"text of {tokens} tokens, all τ": work}, 3 if quick else 10, budget)
    return rows
