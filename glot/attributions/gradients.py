"""Gradient × input and integrated gradients, by captum, through the head or backbone and head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from glot.attributions.units import Floats
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.attributions.scored import Scored

BASELINES = ("zero", "mean")
STEPS = 32
MOST_STEPS = 256
# Steps that are computed in one pass, at most: so many token states.
PASS_TOKENS = 4096

Forward = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Integrated:
    """Integrated gradients of one text.

    Attributes:
        values: (L,) one number a token: the sum over the width of its state.
        steps: points of the integral.
        baseline: where the path begins: `zero` or `mean`.
        total: sum of the values.
        difference: f(x) − f(baseline), which the sum of the exact integral equals (completeness,
            Sundararajan et al., 2017, Proposition 1).
    """

    values: Floats
    steps: int
    baseline: str
    total: float
    difference: float

    @property
    def error(self) -> float:
        """Completeness error: total − difference; 0 for an exact integral."""
        return self.total - self.difference


def gradient_times_input(scored: Scored) -> Floats:
    """Σ_k x_ik ∂f/∂x_ik through the head, its graph held (Shrikumar et al., 2016).

    Returns:
        (L,), in the score's unit.
    """
    from captum.attr import InputXGradient

    states = _free(scored.states.hidden)
    with torch.inference_mode(False), torch.enable_grad():
        found = InputXGradient(scored.on_states).attribute(states)
    return _of_tokens(found)


def integrated_gradients(scored: Scored, baseline: str = "zero", steps: int = STEPS) -> Integrated:
    """Integrated gradients from the token states through the head (Sundararajan et al., 2017).

    a_i = Σ_k (x_ik − x̄_ik) ∫₀¹ ∂f/∂x_ik (x̄ + α (x − x̄)) dα, by Gauss-Legendre. The graph is
    that of the text all along the path: an edge is there or not, which has no gradient, and a
    graph that jumps on the way would break completeness.

    Args:
        scored: the text in its head.
        baseline: `zero`: all states 0; `mean`: each the mean of the text's states.
        steps: points of the integral, from 1 to `MOST_STEPS`.

    Raises:
        GlotError: baseline or steps are not accepted.
    """
    return _integrated(scored.on_states, _free(scored.states.hidden), baseline, steps)


def integrated_through_backbone(
    scored: Scored, baseline: str = "zero", steps: int = STEPS
) -> Integrated:
    """Integrated gradients from the backbone's input embeddings, through all of its blocks.

    As `integrated_gradients`, with the embeddings of the words for x; positions stay. Where the
    backbone computes in bfloat16, its rounding adds to the completeness error.

    Raises:
        GlotError: baseline or steps are not accepted, or the backbone is none whose embeddings
            can be given (those by transformers can).
    """
    from glot.attributions.embedded import Embedded

    embedded = Embedded(scored)
    with embedded.score() as score:
        return _integrated(score, embedded.inputs, baseline, steps)


def _integrated(forward: Forward, inputs: torch.Tensor, baseline: str, steps: int) -> Integrated:
    from captum.attr import IntegratedGradients

    if baseline not in BASELINES:
        raise GlotError(f"baseline {baseline!r}.", f"Accepted: {', '.join(BASELINES)}.")
    if not 1 <= steps <= MOST_STEPS:
        raise GlotError(f"{steps} steps.", f"Accepted: from 1 to {MOST_STEPS}.")
    start = torch.zeros_like(inputs)
    if baseline == "mean":
        start = inputs.mean(dim=1, keepdim=True).expand_as(inputs).contiguous()
    with torch.inference_mode(False), torch.enable_grad():
        found = IntegratedGradients(forward).attribute(
            inputs,
            start,
            n_steps=steps,
            internal_batch_size=max(1, PASS_TOKENS // inputs.shape[1]),
        )
    with torch.no_grad():
        difference = float(forward(inputs)[0]) - float(forward(start)[0])
    values = _of_tokens(found)
    return Integrated(values, steps, baseline, float(values.sum()), difference)


def _free(states: torch.Tensor) -> torch.Tensor:
    """A copy that takes part in autograd, whatever mode the states were made in."""
    with torch.inference_mode(False):
        return states.detach().float().clone().requires_grad_()


def _of_tokens(values: torch.Tensor) -> Floats:
    found: Floats = values.detach().double().sum(dim=-1)[0].cpu().numpy()
    return found
