"""What the library says of random token graphs: the numbers that the front end's tests expect.

`python -m tests.front.fixtures` writes them; a test proves that the file is what it writes.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from glot.attributions.explanation import TAU_GRID
from glot.graph.statistics import upper_triangle
from glot.graph.timeline import GraphTimeline
from glot.paths import ROOT

PATH = ROOT / "app/components/frontend/tests/fixtures.json"


def matrices() -> dict[str, np.ndarray]:
    """Similarities of every sort: few and many tokens, ties, all alike, negative ones."""
    random = np.random.default_rng(42)
    return {
        "one token": np.ones((1, 1)),
        "two tokens": _cosines(random.normal(size=(2, 5))),
        "random": _cosines(random.normal(size=(23, 6))),
        "anisotropic": _cosines(random.normal(size=(40, 16)) + 2),
        "ties on the grid": np.round(_cosines(random.normal(size=(17, 3))), 1),
        "all alike": np.ones((9, 9)),
        "opposite": _cosines(np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])),
    }


def fixtures() -> list[dict[str, Any]]:
    """For each matrix its upper triangle and the statistics at every τ of the grid."""
    found = []
    for name, matrix in matrices().items():
        upper = upper_triangle(matrix.astype(np.float32))
        timeline = GraphTimeline.of(upper, len(matrix))
        curves = timeline.at(TAU_GRID, clustering=False)
        found.append(
            {
                "name": name,
                "tokens": len(matrix),
                # A float32 written with all digits of a double is read back exactly.
                "upper": [float(value) for value in upper],
                "strongest": timeline.pairs[:50].tolist(),
                "taus": TAU_GRID.tolist(),
                "edges": curves.edges.tolist(),
                "density": curves.density.tolist(),
                "components": curves.components.tolist(),
                "largest": curves.largest.tolist(),
            }
        )
    return found


def _cosines(states: np.ndarray) -> np.ndarray:
    unit = states / np.linalg.norm(states, axis=1, keepdims=True)
    return np.clip(unit @ unit.T, -1, 1)


def text() -> str:
    """The file's content."""
    return json.dumps(fixtures(), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
