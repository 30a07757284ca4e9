"""Fixed positions for a token graph: laid out once per text, never moved by τ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# From so many tokens on, networkx's energy method is the faster one.
MANY = 500
# Up to so many tokens or widths, all principal components cost less than an approximation of two.
FEW = 64
# Share of the greatest state below which a difference is rounding: equal states do not part.
ROUNDING = 1e-6


def force_layout(similarity: npt.NDArray[np.float32], seed: int = 42) -> npt.NDArray[np.float32]:
    """Positions of one sentence's tokens by networkx's force layout on all similarities.

    All pairs pull, in proportion to the square of their positive similarity, so that positions
    do not depend on τ and near tokens stand together. (The cube brings tokens twice as near to
    each other, which hides labels; the first power hardly follows the similarities.) The forces
    start from the two main axes of the similarities, from where a third of the steps is enough.

    Args:
        similarity: (L, L), one sentence, valid tokens only.
        seed: of the small shifts that part tokens with equal states.

    Returns:
        (L, 2) float32, centred, in [−1, 1].
    """
    import networkx as nx

    tokens = similarity.shape[0]
    if tokens == 1:
        return np.zeros((1, 2), dtype=np.float32)
    pull = np.clip(similarity.astype(np.float64), 0.0, 1.0) ** 2
    np.fill_diagonal(pull, 0.0)
    places = nx.spring_layout(
        nx.from_numpy_array(pull),
        # The rest length, at twice its default: token labels need room.
        k=2.0 / np.sqrt(tokens),
        pos=dict(enumerate(_main_axes(similarity, seed))),
        iterations=20,
        seed=seed,
        method="force" if tokens < MANY else "energy",
    )
    return np.array([places[i] for i in range(tokens)], dtype=np.float32)


def principal_layout(states: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Tokens on the first two principal components of their states (scikit-learn's PCA).

    Args:
        states: (L, d) finite token states.

    Returns:
        (L, 2) float32, both components on one scale, in [−1, 1]; the farthest token of a
        component stands on its positive side; zeros for a component that the states lack.
    """
    from sklearn.decomposition import PCA

    places = np.zeros((len(states), 2))
    # In float64: the mean of equal states is rounded in float32, and would part from them.
    centred = states.astype(np.float64) - states.mean(axis=0, dtype=np.float64)
    if np.abs(centred).max() <= ROUNDING * np.abs(states).max():
        return places.astype(np.float32)
    components = min(2, *states.shape)
    exact = min(states.shape) <= FEW
    # The solver of the many starts at random: from the same numbers every time.
    pca = PCA(components, svd_solver="full" if exact else "randomized", random_state=0)
    places[:, :components] = pca.fit_transform(centred)
    farthest = np.abs(places).argmax(axis=0)
    places *= np.where(places[farthest, [0, 1]] < 0, -1.0, 1.0)
    scaled: npt.NDArray[np.float32] = (places / np.abs(places).max()).astype(np.float32)
    return scaled


def _main_axes(similarity: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float64]:
    """Classical scaling: the tokens on the two main axes of their centred similarities."""
    tokens = similarity.shape[0]
    centred = similarity.astype(np.float64)
    centred = centred - centred.mean(axis=0) - centred.mean(axis=1)[:, None] + centred.mean()
    values, vectors = np.linalg.eigh(centred)
    axes = vectors[:, -2:] * np.sqrt(np.clip(values[-2:], 0.0, None))
    # An axis has no direction of its own: the farthest token is put on its positive side.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]] + 1e-300)
    axes += np.random.default_rng(seed).normal(scale=1e-3, size=(tokens, 2))
    scaled: npt.NDArray[np.float64] = axes / np.abs(axes).max()
    return scaled
