"""All attributions of a text: π, occlusion, gradients, edges, curves of every ranking."""

from __future__ import annotations

from benchmarks.measure import Row, alternate
from benchmarks.text import words
from glot.attributions.attribute import How, attribute_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads

WAYS = {
    "through the head": How(),
    "taken from the text": How(removal="text"),
    "from the embeddings too": How(embeddings=True),
}


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: 30 and, not when quick, 128 tokens on MiniLM, by GLOT's head."""
    backbone = load_backbone("minilm")
    shelf = load_heads(backbone, "sst2")
    rows = []
    lengths = {30: "≤ 1,500", 128: ""}
    for tokens, budget in list(lengths.items())[: 1 if quick else None]:
        for name, how in WAYS.items():

            def work(text: str = words(tokens), how: How = how) -> None:
                attribute_text(text, backbone, shelf, "glot", how=how)

            # The budget is of what the page computes unless it is asked for more.
            bound = budget if how == How() else ""
            title = f"attributions of {min(tokens, how.max_tokens)} tokens, {name}"
            rows += alternate({title: work}, 3 if quick else 5, bound)
    return rows
