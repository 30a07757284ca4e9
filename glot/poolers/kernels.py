"""What a GLOT pooler does between its products, compiled: for short texts on a processor.

There PyTorch spends more time on calling small operations, dozens of them, than on what they do.
Each function here does in one pass what many of those would. Token states are rows (B·L, ·) of
float32 or of the bits of bfloat16 (uint16), which numba does not know; sums are in float32.

Compiled by numba when first called, in seconds, and kept on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from glot.graph.forms.dense import NEGATIVE_SLOPE
from glot.graph.similarity import MODEST
from glot.poolers.float_bits import wide, write

# Sums may be taken in another order, for vector instructions; NaN and infinities stay what they
# are.
_ANY_ORDER = {"reassoc", "contract", "arcp", "nsz"}
_LEAST, _MOST = (np.float32(bound) for bound in MODEST)
_SLOPE = np.float32(NEGATIVE_SLOPE)
_ZERO, _ONE, _TWO = np.float32(0), np.float32(1), np.float32(2)
_LOWEST = np.finfo(np.float32).min
# Pairs whose products are taken at once.
_BLOCK = 4


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, compiled when it is first called, for each kind of its arguments."""
    options = {"nogil": True, "fastmath": _ANY_ORDER, "error_model": "numpy"}
    try:
        made: Callable[..., Any] = njit(cache=True, **options)(function)
    except RuntimeError:
        # No folder that can be written: compiled anew in each process.
        made = njit(**options)(function)
    return made


@_compiled
def find_edges(
    states: np.ndarray[Any, Any],
    mask: np.ndarray[Any, Any],
    tau: np.float32,
    most: int,
    neighbours: np.ndarray[Any, Any],
    degree: np.ndarray[Any, Any],
) -> bool:
    """N(i) ∪ {i} of each token: S_ij > τ (paper, section 3.2, steps 1 and 2).

    As `glot.graph.similarity.token_similarity`, the same for (i, j) as for (j, i), and 0 for a
    state of norm 0.

    Args:
        states: (B·L, d).
        mask: (B, L), 0 at padding.
        tau: the threshold.
        most: edges, with the self-loops, beyond which the rest is not looked for.
        neighbours: (B·L, L) int32, filled: of each token the places, in its text, of its
            neighbours and its own.
        degree: (B·L,) int32, filled: how many these are; 0 at padding.

    Returns:
        Whether these are all: there are no more, and the norms of all valid tokens are such as
        float32 holds the products of.
    """
    batch, length = mask.shape
    edges = 0
    # Of a text's valid tokens alone, and as many rows more as `_BLOCK` may look beyond them.
    own = np.zeros((length + _BLOCK, states.shape[1]), np.float32)
    norm, place = np.empty(length, np.float32), np.empty(length, np.int32)
    product = np.empty(length + _BLOCK, np.float32)
    degree[:] = 0
    for text in range(batch):
        first = text * length
        count = 0
        for i in range(length):
            if mask[text, i] == 0:
                continue
            norm[count] = _widen(states[first + i], own[count])
            if norm[count] != _ZERO and not (_LEAST <= norm[count] <= _MOST):
                return False
            place[count] = i
            count += 1
        for i in range(count):
            row, found = first + place[i], 0
            for j in range(0, i, _BLOCK):
                _products(own[i], own[j], own[j + 1], own[j + 2], own[j + 3], product[j:])
            # Of each pair once: rows fill up in the order of places all the same.
            for j in range(i):
                scale = norm[i] * norm[j]
                similar = max(min(product[j], scale), -scale) > tau * scale
                if similar if scale > _ZERO else tau < _ZERO:
                    other = first + place[j]
                    neighbours[row, found] = place[j]
                    neighbours[other, degree[other]] = place[i]
                    degree[other] += 1
                    found += 1
            neighbours[row, found] = place[i]
            degree[row] = found + 1
            edges += 2 * found + 1
        if edges > most:
            return False
    return True


@_compiled
def _widen(state: np.ndarray[Any, Any], own: np.ndarray[Any, Any]) -> np.float32:
    """Fill `own` with a state's numbers in float32; its norm."""
    square = _ZERO
    for k in range(len(own)):
        number = wide(state[k])
        own[k] = number
        square += number * number
    return np.float32(np.sqrt(square))


@_compiled
def _products(
    state: np.ndarray[Any, Any],
    a: np.ndarray[Any, Any],
    b: np.ndarray[Any, Any],
    c: np.ndarray[Any, Any],
    d: np.ndarray[Any, Any],
    out: np.ndarray[Any, Any],
) -> None:
    """A state's products with `_BLOCK` others: for four of them it is read once."""
    of_a, of_b, of_c, of_d = _ZERO, _ZERO, _ZERO, _ZERO
    for k in range(len(state)):
        number = state[k]
        of_a += number * a[k]
        of_b += number * b[k]
        of_c += number * c[k]
        of_d += number * d[k]
    out[0], out[1], out[2], out[3] = of_a, of_b, of_c, of_d


@_compiled
def attend(
    states: np.ndarray[Any, Any],
    to_source: np.ndarray[Any, Any],
    to_target: np.ndarray[Any, Any],
    edge: np.float32,
    bias: np.ndarray[Any, Any],
    neighbours: np.ndarray[Any, Any],
    degree: np.ndarray[Any, Any],
    out: np.ndarray[Any, Any],
    column: int,
) -> None:
    """ReLU(Σ_j α_ij h_j + b), as `glot.convs.gat.GATConv` after its product.

    Args:
        states: (B·L, width), h.
        to_source: (width,) float32, a_src.
        to_target: (width,) float32, a_dst.
        edge: the scalar c.
        bias: (width,) float32.
        neighbours: (B·L, L), from `find_edges`.
        degree: (B·L,), from `find_edges`.
        out: (B·L, ≥ column + width), filled from the column on; 0 at padding.
        column: where in `out` the layer stands.
    """
    length, width = neighbours.shape[1], len(bias)
    own = np.empty((length, width), np.float32)
    source, target = np.empty(length, np.float32), np.empty(length, np.float32)
    total = np.empty(width, np.float32)
    for first in range(0, len(neighbours), length):
        for i in range(length):
            if not degree[first + i]:
                continue
            of_source, of_target = _ZERO, edge
            state = states[first + i]
            for k in range(width):
                number = wide(state[k])
                own[i, k] = number
                of_source += number * to_source[k]
                of_target += number * to_target[k]
            source[i], target[i] = of_source, of_target
        for i in range(length):
            row = first + i
            count = degree[row]
            total[:] = _ZERO
            if not count:
                write(total, out[row, column : column + width])
                continue
            highest = _LOWEST
            for edge_number in range(count):
                score = source[neighbours[row, edge_number]]
                highest = max(highest, score)
            # Leaky ReLU rises: the highest score is that of the highest source.
            highest = _leaky(highest + target[i])
            mass = _ZERO
            for edge_number in range(count):
                j = neighbours[row, edge_number]
                weight = np.exp(_leaky(source[j] + target[i]) - highest)
                mass += weight
                for k in range(width):
                    total[k] += weight * own[j, k]
            share = _ONE / mass
            for k in range(width):
                value = total[k] * share + bias[k]
                # NaN stays what it is, to be found at the end.
                total[k] = _ZERO if value < _ZERO else value
            write(total, out[row, column : column + width])


@_compiled
def read_out(
    inner: np.ndarray[Any, Any],
    last: np.ndarray[Any, Any],
    degree: np.ndarray[Any, Any],
    first: np.ndarray[Any, Any],
    others: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any],
    vectors: np.ndarray[Any, Any],
) -> bool:
    """π = softmax of 2vᵀσ over the valid tokens, z = Σ_i π_i u_i (paper, equation 3).

    Args:
        inner: (B·L, V), σ.
        last: (V,) float32, v.
        degree: (B·L,), from `find_edges`.
        first: (B·L, d), u_i's first d columns.
        others: (B·L, r), the rest of them.
        weights: (B, L) float32, filled with π.
        vectors: (B, d + r), filled with z.

    Returns:
        Whether every text has a valid token, and all of z is finite.
    """
    batch, length = weights.shape
    start, end = first.shape[1], first.shape[1] + others.shape[1]
    vector = np.empty(end, np.float32)
    # With an index of its own: one from `start` on might count from the end, for all that the
    # compiler knows, and would keep it from vector instructions.
    tail = vector[start:]
    rubbish = 0
    for text in range(batch):
        highest = _LOWEST
        for i in range(length):
            weights[text, i] = _LOWEST
            if degree[text * length + i]:
                score, token = _ZERO, inner[text * length + i]
                for k in range(len(last)):
                    score += wide(token[k]) * last[k]
                score *= _TWO
                weights[text, i] = score
                highest = max(highest, score)
        mass = _ZERO
        for i in range(length):
            counts = degree[text * length + i] != 0
            weights[text, i] = np.exp(weights[text, i] - highest) if counts else _ZERO
            mass += weights[text, i]
        if not mass > _ZERO:
            return False
        vector[:] = _ZERO
        for i in range(length):
            if degree[text * length + i]:
                weight = weights[text, i] / mass
                weights[text, i] = weight
                token, rest = first[text * length + i], others[text * length + i]
                for k in range(start):
                    vector[k] += weight * wide(token[k])
                for k in range(len(rest)):
                    tail[k] += weight * wide(rest[k])
        for k in range(end):
            rubbish += not np.isfinite(vector[k])
        write(vector, vectors[text])
    return rubbish == 0


@_compiled
def _leaky(score: np.float32) -> np.float32:
    return score if score > _ZERO else _SLOPE * score
