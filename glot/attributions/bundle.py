"""Explanations in files (`glot.arrays`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glot.arrays import Arrays, load_arrays, of_prefix, reading, save_arrays, with_prefix
from glot.attributions.explanation import Explanation

KIND = "explanation"
WORDS = (
    "text",
    "tokens",
    "offsets",
    "backbone",
    "task",
    "labels",
    "poolers",
    "training_tau",
    "n_cut",
    "notes",
    "layer",
    "n_layers",
    "similarity",
    "special_tokens",
    "trained_similarity",
    "special",
)


@dataclass(frozen=True)
class Bundle:
    """A stored explanation, with the heads that made it.

    Attributes:
        explanation: what was computed.
        heads: pooler → sha256 of the weights file of its head.
    """

    explanation: Explanation
    heads: dict[str, str]


def write_bundle(path: Path, explanation: Explanation, heads: dict[str, str]) -> None:
    """Store an explanation; `heads` maps poolers to the sha256 of their weights files."""
    words = {name: getattr(explanation, name) for name in WORDS}
    arrays: Arrays = {
        "upper": explanation.upper,
        "positions": explanation.positions,
        "principal": explanation.principal,
        "taus": explanation.taus,
        **with_prefix("weights", explanation.weights),
        **with_prefix("probabilities", explanation.probabilities),
        **with_prefix("values", explanation.values),
    }
    save_arrays(path, KIND, {"words": words, "heads": heads}, arrays)


def read_bundle(path: Path) -> Bundle:
    """Read a stored explanation.

    Raises:
        GlotError: the file is missing, broken or not of this kind.
    """
    with reading(f"The stored explanation {path.name}", "make examples"):
        found = load_arrays(path, KIND)
        words, arrays = found.words["words"], found.arrays
        for name in ("tokens", "labels", "poolers", "notes", "special"):
            words[name] = tuple(words[name])
        words["offsets"] = tuple((start, end) for start, end in words["offsets"])
        explanation = Explanation(
            upper=arrays["upper"],
            positions=arrays["positions"],
            principal=arrays["principal"],
            taus=arrays["taus"],
            weights=of_prefix("weights", arrays),
            probabilities=of_prefix("probabilities", arrays),
            values=of_prefix("values", arrays),
            **words,
        )
        return Bundle(explanation, found.words["heads"])
