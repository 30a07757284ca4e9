"""Explanations in files: safetensors for the numbers, JSON in its header for the words.

Reading needs NumPy only. Nothing is unpickled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glot.attributions.explanation import Explanation
from glot.errors import GlotError

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
    from safetensors.numpy import save_file

    words = {name: getattr(explanation, name) for name in WORDS}
    # One key: with several, their order in the file would change from run to run.
    header = json.dumps({"words": words, "heads": heads}, ensure_ascii=False, sort_keys=True)
    arrays = {
        "upper": explanation.upper,
        "positions": explanation.positions,
        "principal": explanation.principal,
        "taus": explanation.taus,
        **{f"weights.{name}": table for name, table in explanation.weights.items()},
        **{f"probabilities.{name}": table for name, table in explanation.probabilities.items()},
        **{f"values.{name}": table for name, table in explanation.values.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        path,
        metadata={"explanation": header},
    )


def read_bundle(path: Path) -> Bundle:
    """Read a stored explanation.

    Raises:
        GlotError: the file is missing, broken or not of this kind.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            header = json.loads(file.metadata()["explanation"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        words = header["words"]
        for name in ("tokens", "labels", "poolers", "notes", "special"):
            words[name] = tuple(words[name])
        words["offsets"] = tuple((start, end) for start, end in words["offsets"])
        explanation = Explanation(
            upper=arrays["upper"],
            positions=arrays["positions"],
            principal=arrays["principal"],
            taus=arrays["taus"],
            weights=_group(arrays, "weights."),
            probabilities=_group(arrays, "probabilities."),
            values=_group(arrays, "values."),
            **words,
        )
        return Bundle(explanation, header["heads"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise GlotError(
            f"The stored explanation {path.name} cannot be read: {error}.",
            "Accepted: a file that `make examples` wrote.",
            "Run `make examples`.",
        ) from error


def _group(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
