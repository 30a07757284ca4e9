"""What the controls of a graph come to, in plain words. NumPy only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from glot.attributions.explanation import Prediction

if TYPE_CHECKING:
    from glot.attributions.controls import ControlGraph, GraphControls

# Changes of π below this are not told as changes.
LEAST = 1e-4


def largest_change(controls: GraphControls) -> str:
    """The token whose π changes most when the edges are taken away, and what happens to it.

    Args:
        controls: of one text.

    Returns:
        One sentence to three, without markup: tokens stand in them as they are. What is told is
        how π and prediction change, never why.
    """
    this, all_pairs = controls.this, len(controls.tokens) * (len(controls.tokens) - 1) // 2
    if not all_pairs:
        return "The text has one token, so there is no edge to take away: its π is 1 on any graph."
    if not this.edges:
        return (
            f"At τ {controls.tau:g} the graph has no edges: to take them away or to draw them at "
            f"random changes nothing. {_change('With all edges', controls, controls.complete)}"
        )
    told = _change("Without edges", controls, controls.without)
    if this.edges == all_pairs:
        return f"{told} The graph has all edges already, so a random one with as many is the same."
    return f"{told} {_random(controls)}"


def _change(where: str, controls: GraphControls, other: ControlGraph) -> str:
    """One sentence: what another graph makes of π and of the prediction."""
    this = controls.this
    prediction = _prediction(this.prediction, other.prediction)
    end = f"; {prediction}." if prediction else "."
    place = _most_changed(controls, (other,))
    if place is None:
        return f"{where}, no token's π changes by as much as {LEAST}{end}"
    before, after = float(this.weights[place]), float(other.weights[place])
    digits = _digits(after - before)
    return (
        f"{where}, {_token(controls, place)} {'falls' if after < before else 'rises'} from π "
        f"{before:.{digits}f} to {after:.{digits}f}, the largest change of a token{end}"
    )


def _random(controls: GraphControls) -> str:
    """One sentence: the same token, or else the most changed one, on random graphs."""
    draws = len(controls.random)
    where = f"With as many random edges ({draws} draw{'s' if draws > 1 else ''})"
    answers = _random_predictions(controls)
    end = f", and {answers}." if answers else "."
    named = _most_changed(controls, (controls.without,))
    place = _most_changed(controls, controls.random) if named is None else named
    if place is None:
        return f"{where}, no token's π changes by as much as {LEAST}{end}"
    before = float(controls.this.weights[place])
    found = [float(graph.weights[place]) for graph in controls.random]
    # With as many digits as the sentence before, which names the token where it can.
    others = controls.random if named is None else (controls.without,)
    digits = _digits(max(abs(float(each.weights[place]) - before) for each in others))
    instead = f" instead of {before:.{digits}f}" if named is None else ""
    return f"{where}, {_token(controls, place)} has π {_range(found, digits)}{instead}{end}"


def _random_predictions(controls: GraphControls) -> str:
    """A clause on the predictions on random graphs; empty where there is none."""
    before = controls.this.prediction
    found = [graph.prediction for graph in controls.random]
    if not isinstance(before, Prediction):
        numbers = [number for number in found if isinstance(number, float)]
        return f"the prediction is {_range(numbers, 3)}" if numbers else ""
    answers = [answer for answer in found if isinstance(answer, Prediction)]
    same = [answer for answer in answers if answer.label == before.label]
    if len(same) == len(answers):
        shares = [100 * answer.probabilities[before.label] for answer in same]
        return f"the prediction stays {before.label} ({_range(shares, 1)} %)"
    if not same and len(answers) == 1:
        return f"the prediction is no longer {before.label}"
    if not same:
        return f"the prediction is {before.label} in none of them"
    return f"the prediction stays {before.label} in {len(same)} of {len(answers)}"


def _most_changed(controls: GraphControls, others: tuple[ControlGraph, ...]) -> int | None:
    """Place of the token whose π differs most on any of the graphs; None where none does."""
    before = controls.this.weights.astype(np.float64)
    change = np.max([np.abs(other.weights - before) for other in others], axis=0)
    place = int(change.argmax())
    return place if change[place] >= LEAST else None


def _prediction(before: Prediction | float | None, after: Prediction | float | None) -> str:
    """A clause on how the prediction changes; empty where there is none."""
    if isinstance(before, Prediction) and isinstance(after, Prediction):
        share, first = _share(after), _share(before)
        if before.label != after.label:
            return f"the prediction turns from {before.label} ({first}) to {after.label} ({share})"
        change = "as before" if share == first else f"instead of {first}"
        return f"the prediction stays {before.label} ({share} {change})"
    if isinstance(before, float) and isinstance(after, float):
        first, last = f"{before:.3f}", f"{after:.3f}"
        if first == last:
            return f"the prediction stays {last}"
        return f"the prediction is {last} instead of {first}"
    return ""


def _share(answer: Prediction) -> str:
    return f"{100 * answer.probabilities[answer.label]:.1f} %"


def _token(controls: GraphControls, place: int) -> str:
    """A token in quotes; where the text has several of them, with its place."""
    token = controls.tokens[place]
    if controls.tokens.count(token) == 1:
        return f"“{token}”"
    return f"“{token}” (token {place + 1} of {len(controls.tokens)})"


def _range(values: list[float], digits: int) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _digits(change: float) -> int:
    """Digits after the point that show two of the change: from 2 to 4."""
    return min(4, max(2, 1 - math.floor(math.log10(max(abs(change), LEAST)))))
