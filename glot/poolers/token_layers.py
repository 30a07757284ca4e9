"""What `glot`, `deepsets` and `mlp` share: projection, K layers, jumping knowledge."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable
from itertools import pairwise

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.poolers.base import Pooler

Layer = Callable[[torch.Tensor], torch.Tensor]


class TokenLayersPooler(Pooler, ABC):
    """U_0 = X or X·W_in; U_k = ReLU(layer_k(U_{k−1})); U_0 … U_K joined (design, 3.2, 3.3).

    With p the width of U_0 (the projection's, else d), D is p + K·width for `cat`, else the
    width (p when K = 0).
    """

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        self.projection = (
            nn.Linear(in_width, config.projection, bias=False)
            if config.projection
            else nn.Identity()
        )
        self.widths = (config.projection or in_width, *[config.width] * config.layers)
        concatenated = config.jumping_knowledge == "cat"
        self.out_width = sum(self.widths) if concatenated else self.widths[-1]

    def token_vectors(self, hidden: torch.Tensor, layers: Iterable[Layer]) -> list[torch.Tensor]:
        """X (B, L, d) through K layers (each without its ReLU) → the joined u_i, in parts."""
        hidden, device = self.scaled(hidden), hidden.device.type
        if torch.is_autocast_enabled(device):
            # Once, instead of once for every product that they enter.
            hidden = hidden.to(torch.get_autocast_dtype(device))
        states = [self.projection(hidden)]
        for layer in layers:
            found = torch.relu(layer(states[-1]))
            # Products narrow them anyway: without gradients, which are summed in full, do it once.
            states.append(found if torch.is_grad_enabled() else found.to(hidden.dtype))
        return join_layers(states, self.config.jumping_knowledge)


def linear_layers(widths: Iterable[int]) -> nn.ModuleList:
    """One `Linear` with bias from each width to the next."""
    return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))


def join_layers(layers: list[torch.Tensor], mode: str) -> list[torch.Tensor]:
    """Jumping knowledge over U_0 … U_K (design, 3.3; Xu et al., 2018).

    Args:
        layers: U_0 (B or 1, L, d), then U_1 … U_K (B, L, width).
        mode: `cat` joins all, `max` and `mean` reduce U_1 … U_K, `none` takes U_K.

    Returns:
        Parts (B or 1, L, ·) that stand side by side in (B, L, D). With K = 0 every mode gives U_0.
    """
    if mode == "cat":
        return layers
    if len(layers) == 1 or mode == "none":
        return layers[-1:]
    stacked = torch.stack(layers[1:])
    return [stacked.amax(dim=0) if mode == "max" else stacked.mean(dim=0)]
