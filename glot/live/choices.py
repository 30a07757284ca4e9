"""What can be chosen in the live view: each check gives the value to take, or says what is wrong.

A check takes the explanation that is shown and the value that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glot.attributions.explanation import Explanation
from glot.errors import GlotError
from glot.live.payload import COMPARED, MAX_POOLERS

# How the front end can lay out tokens.
ARRANGEMENTS = ("force", "arc", "circle", "components", "principal")


def first_poolers(explanation: Explanation) -> list[str]:
    """Whose bars are drawn at first: those of `COMPARED` that have weights, or the first ones."""
    compared = [name for name in _usable(explanation) if name in COMPARED]
    return compared or _usable(explanation)[:MAX_POOLERS]


def first_tint(explanation: Explanation) -> str:
    """Who tints the text at first: GLOT, or the last pooler with weights."""
    usable = _usable(explanation)
    return "glot" if "glot" in usable else usable[-1]


def _usable(explanation: Explanation) -> list[str]:
    return [name for name in explanation.poolers if name in explanation.weights]


def _tau(explanation: Explanation, given: float) -> float:
    """The grid's value that is nearest."""
    taus = explanation.taus
    # A value that is not a number fails this too.
    if not taus[0] <= given <= taus[-1]:
        raise GlotError(f"τ = {given}.", f"Accepted: {taus[0]:g} to {taus[-1]:g}.")
    return float(taus[np.abs(taus - given).argmin()])


def _poolers(explanation: Explanation, given: Sequence[str]) -> list[str]:
    """In the explanation's order, each once."""
    usable = _usable(explanation)
    if not 1 <= len(set(given)) <= MAX_POOLERS or not set(given) <= set(usable):
        raise GlotError(
            f"poolers = {list(given)}.", f"Accepted: 1 to {MAX_POOLERS} of {', '.join(usable)}."
        )
    return [name for name in usable if name in given]


def _tint(explanation: Explanation, given: str) -> str:
    return _one_of("tint", given, _usable(explanation))


def _arrangement(explanation: Explanation, given: str) -> str:  # noqa: ARG001 - as all take it
    return _one_of("arrangement", given, ARRANGEMENTS)


def _pinned(explanation: Explanation, given: Sequence[int]) -> list[int]:
    """Each place once."""
    n = len(explanation.tokens)
    if not set(given) <= set(range(n)):
        raise GlotError(f"pinned = {list(given)}.", f"Accepted: places from 0 to {n - 1}.")
    return list(dict.fromkeys(given))


def _one_of(what: str, given: str, accepted: Sequence[str]) -> str:
    if given not in accepted:
        raise GlotError(f"{what} = {given!r}.", f"Accepted: {', '.join(accepted)}.")
    return given


CHECKS: Mapping[str, Callable[[Explanation, Any], Any]] = {
    "tau": _tau,
    "poolers": _poolers,
    "tint": _tint,
    "arrangement": _arrangement,
    "pinned": _pinned,
}
