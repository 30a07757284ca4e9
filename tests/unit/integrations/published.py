"""Files as the published implementation's users may have them, made from the parity files."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open

from tests.conftest import shared_folder

NAMES = ("gat_cat", "gat_max_dense", "gat_mean_deep", "gcn_cat", "gin_cat", "adapool")
STATE, GRADIENT = "state.", "grad."


@dataclass(frozen=True)
class Published:
    """One parity file: its state dict, configuration, and all its tensors by name."""

    path: Path
    state: dict[str, torch.Tensor]
    config: dict[str, str]
    tensors: dict[str, torch.Tensor]

    def without(self, *keys: str) -> dict[str, str]:
        return {key: value for key, value in self.config.items() if key not in keys}


def published(name: str) -> Published:
    path = shared_folder("parity") / f"{name}.safetensors"
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        config = dict(file.metadata())
    state = {key[len(STATE) :]: tensors[key] for key in tensors if key.startswith(STATE)}
    return Published(path, state, config, tensors)
