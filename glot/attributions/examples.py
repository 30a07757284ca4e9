"""The example texts that ship with the project, and their stored explanations.

`python -m glot.attributions.examples` (or `make examples`) computes them again; a test proves
that what is stored is what the shipped heads say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glot.attributions.bundle import read_bundle, write_bundle
from glot.attributions.explanation import Explanation
from glot.heads.checkpoint import weights_digests
from glot.paths import assets_folder

BACKBONE, TASK = "minilm", "sst2"


@dataclass(frozen=True)
class Example:
    """An example text: a key for links and files, a title for people."""

    key: str
    title: str
    text: str

    @property
    def path(self) -> Path:
        """Its stored explanation."""
        return assets_folder() / "examples" / f"{self.key}.safetensors"


@cache
def examples() -> tuple[Example, ...]:
    """All examples, in the order in which they are shown."""
    rows = json.loads((assets_folder() / "examples.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


def stored_explanation(text: str, backbone: str, task: str) -> Explanation | None:
    """The stored explanation of an example text, without loading torch.

    None when the text is no example, or when the heads on disk are not those that made it: then
    it must be computed.
    """
    found = next((example for example in examples() if example.text == text), None)
    if found is None or (backbone, task) != (BACKBONE, TASK) or not found.path.is_file():
        return None
    bundle = read_bundle(found.path)
    return bundle.explanation if bundle.heads == weights_digests(BACKBONE, TASK) else None


def build() -> None:
    """Compute and store the explanation of every example."""
    from glot.attributions.readout import explain_text
    from glot.backbones import load_backbone
    from glot.heads.shelf import load_heads

    backbone = load_backbone(BACKBONE, device="cpu", dtype="float32")
    shelf = load_heads(backbone, TASK)
    for example in examples():
        explanation = explain_text(example.text, backbone, TASK, shelf)
        write_bundle(example.path, explanation, weights_digests(BACKBONE, TASK))
        print(f"{example.key}: {len(explanation.tokens)} tokens")


if __name__ == "__main__":
    build()
