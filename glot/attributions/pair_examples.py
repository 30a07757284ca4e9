"""The example pairs that ship with the project, and what is stored of them.

`python -m glot.attributions.pair_examples` (or `make examples`) computes them again; a test proves
that what is stored is what the shipped heads say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glot.attributions.pair import PairExplanation
from glot.attributions.pair_bundle import PAIR, read_pair, write_pair
from glot.heads.checkpoint import weights_digests
from glot.paths import assets_folder

PAIR_BACKBONE, PAIR_TASK = "minilm", "qqp"


@dataclass(frozen=True)
class PairExample:
    """Two texts: a key for links and files, a title for people."""

    key: str
    title: str
    first: str
    second: str

    @property
    def folder(self) -> Path:
        """Where it is stored, explained."""
        return assets_folder() / "pairs" / self.key


@cache
def pair_examples() -> tuple[PairExample, ...]:
    """All example pairs, in the order in which they are shown."""
    rows = json.loads((assets_folder() / "pairs.json").read_text(encoding="utf-8"))
    return tuple(PairExample(**row) for row in rows)


def stored_pair(first: str, second: str, backbone: str, task: str) -> PairExplanation | None:
    """What is stored of an example pair, without loading torch.

    None when the texts are no example, or when the heads on disk are not those that made it: then
    it must be computed.

    Raises:
        GlotError: the files are broken.
    """
    asked = next((e for e in pair_examples() if (e.first, e.second) == (first, second)), None)
    if asked is None or (backbone, task) != (PAIR_BACKBONE, PAIR_TASK):
        return None
    if not (asked.folder / PAIR).is_file():
        return None
    bundle = read_pair(asked.folder)
    return bundle.pair if bundle.heads == weights_digests(PAIR_BACKBONE, PAIR_TASK) else None


def build() -> None:
    """Compute and store every example pair."""
    from glot.attributions.pair_readout import explain_pair
    from glot.attributions.readout import explain_text
    from glot.backbones import load_backbone
    from glot.heads.shelf import load_heads

    backbone = load_backbone(PAIR_BACKBONE, device="cpu", dtype="float32")
    shelf = load_heads(backbone, PAIR_TASK)
    for example in pair_examples():
        first, second = (
            explain_text(text, backbone, PAIR_TASK, shelf)
            for text in (example.first, example.second)
        )
        pair = explain_pair(first, second, backbone, shelf)
        write_pair(example.folder, pair, weights_digests(PAIR_BACKBONE, PAIR_TASK))
        print(f"{example.key}: {len(first.tokens)} and {len(second.tokens)} tokens")


if __name__ == "__main__":
    build()
