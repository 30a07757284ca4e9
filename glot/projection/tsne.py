"""t-SNE in a process of its own: scikit-learn's tells how far it is in print alone.

So it can be stopped at any moment, and its lines are its progress.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from glot.errors import GlotError
from glot.paths import ROOT
from glot.projection.rows import SEED
from glot.projection.vectors import Floats, Told

PERPLEXITY = 30.0
# scikit-learn's default, said here because progress is measured by it.
ITERATIONS = 1000
VECTORS, COORDINATES = "vectors.npy", "coordinates.npy"
_ITERATION = re.compile(r"Iteration (\d+)")


def tsne(values: Floats, dimensions: int, told: Told) -> Floats:
    """Coordinates (N, dimensions) by scikit-learn's t-SNE (Barnes–Hut, start from PCA).

    Args:
        values: (N, D), five rows or more.
        dimensions: 2 or 3.
        told: hears of progress.

    Raises:
        GlotError: the process ended without a result.
    """
    told(0.02, "Starting t-SNE")
    with TemporaryDirectory(prefix="glot-tsne-") as place:
        folder = Path(place)
        np.save(folder / VECTORS, values)
        errors = folder / "errors.txt"
        command = [sys.executable, "-u", "-m", __name__, place, str(dimensions)]
        with errors.open("w") as trouble:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=trouble, text=True, cwd=ROOT
            )
            try:
                assert process.stdout is not None
                done = 0
                for line in process.stdout:
                    found = _ITERATION.search(line)
                    done = max(done, int(found[1]) if found else 0)
                    _tell(done, told)
            finally:
                # Whoever cancels raises out of `told`.
                process.kill()
                process.communicate()
        result = folder / COORDINATES
        if not result.is_file():
            last = (errors.read_text().strip().splitlines() or ["it was ended"])[-1]
            raise GlotError(
                f"t-SNE of {len(values):,} vectors failed: {last[:200]}.",
                "Accepted: vectors that scikit-learn's t-SNE takes.",
                "Choose fewer rows, or take UMAP or PCA.",
            )
        coordinates: Floats = np.load(result, allow_pickle=False)
        return coordinates


def _tell(done: int, told: Told) -> None:
    words = f"t-SNE: {done:,} of {ITERATIONS:,} iterations" if done else "Comparing neighbours"
    told(0.05 + 0.9 * done / ITERATIONS, words)


def main(folder: Path, dimensions: int) -> None:
    """Map the vectors in a folder, in the process of its own."""
    from sklearn.manifold import TSNE

    values = np.load(folder / VECTORS, allow_pickle=False)
    coordinates = TSNE(
        dimensions,
        perplexity=min(PERPLEXITY, (len(values) - 1) / 3),
        max_iter=ITERATIONS,
        init="pca",
        random_state=SEED,
        verbose=2,
    ).fit_transform(values)
    # Under another name first: the file appears when it is whole.
    np.save(folder / "partial.npy", coordinates.astype(np.float32))
    (folder / "partial.npy").rename(folder / COORDINATES)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
