"""Fixed positions for a token graph: laid out once per text, never moved by τ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def force_layout(similarity: npt.NDArray[np.float32], seed: int = 42) -> npt.NDArray[np.float32]:
    """Positions of one sentence's tokens by networkx's force layout on all similarities.

    All pairs pull, in proportion to the square of their positive similarity, so that positions
    do not depend on τ and near tokens stand together. (The cube brings tokens twice as near to
    each other, which hides labels; the first power hardly follows the similarities.)

    Args:
        similarity: (L, L), one sentence, valid tokens only.
        seed: of the first positions.

    Returns:
        (L, 2) float32, centred, in [−1, 1].
    """
    import networkx as nx

    tokens = similarity.shape[0]
    if tokens == 1:
        return np.zeros((1, 2), dtype=np.float32)
    pull = np.clip(similarity.astype(np.float64), 0.0, 1.0) ** 2
    np.fill_diagonal(pull, 0.0)
    graph = nx.from_numpy_array(pull)
    # k, the rest length, at twice its default: token labels need room.
    places = nx.spring_layout(
        graph, k=2.0 / np.sqrt(tokens), iterations=60, seed=seed, method="force"
    )
    return np.array([places[i] for i in range(tokens)], dtype=np.float32)
