"""Occlusion: leave one token out and see how far the score falls (Zeiler and Fergus, 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glot.attributions.units import Floats, Units

if TYPE_CHECKING:
    from glot.attributions.scored import Scored


def occlusion(scored: Scored, units: Units, removal: str = "pooling") -> Floats:
    """a_i = f(x) − f(x without unit i): above 0, the unit speaks for the target.

    What leaving out means is `glot.attributions.scored.Scored.without`'s matter: the states of
    the unit's tokens dropped from the pooling, or its characters taken out of the text.

    Args:
        scored: the text in its head.
        units: its tokens or words.
        removal: `pooling` or `text`.

    Returns:
        (U,), in the score's unit; NaN where a unit cannot be taken away, or nothing would be left.
    """
    values = np.full(len(units.names), np.nan)
    places = np.flatnonzero(units.removable)
    if len(units.names) > 1:
        kept = units.kept([[place] for place in places.tolist()])
        values[places] = scored.score - scored.without(kept, removal)
    return values
