"""What a model is, as far as can be asked of the model itself."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import torch

# Settings that leave hidden states as they are; number format and device have their own names.
UNSHAPING = frozenset(
    {
        "_name_or_path",
        "architectures",
        "dtype",
        "id2label",
        "label2id",
        "output_attentions",
        "output_hidden_states",
        "quantization_config",
        "return_dict",
        "transformers_version",
        "use_cache",
    }
)


def bytes_met(model: Any) -> int:
    """Bytes of the weights that each token meets: all but the table of its embeddings."""
    return max(1, _bytes(model) - _bytes(model.get_input_embeddings()))


def _bytes(module: Any) -> int:
    return sum(int(each.nbytes) for each in module.parameters())


def settings_fingerprint(config: Any) -> str:
    """sha256 of a model's settings without those that say where it lies or what it is used for."""
    values = {key: value for key, value in config.to_dict().items() if key not in UNSHAPING}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def probed_states(model: Any) -> tuple[torch.Tensor, ...]:
    """Hidden states (2, 3, d) of all layers for two texts that begin with the same token.

    What a model does is asked of the model itself, not of its settings, whose names differ.
    """
    device = next(model.parameters()).device
    high = min(int(model.config.vocab_size) - 1, 100)
    ids = torch.tensor([[1, 2, 3], [1, high, high]], device=device)
    with torch.inference_mode():
        output = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
        )
    states: tuple[torch.Tensor, ...] = output.hidden_states
    return states


def is_causal(last: torch.Tensor) -> bool:
    """Whether the first token's last state ignores what follows it."""
    return bool(torch.allclose(last[0, 0], last[1, 0], atol=1e-3, rtol=1e-3))
