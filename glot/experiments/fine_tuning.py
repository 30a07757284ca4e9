"""Fine-tuning a copy of a backbone's model: whole, or through LoRA adapters (paper, 4.6, B.1).

The backbone itself stays as it is. On top of the copy stands the task layer that heads have, on
the state of one token: the first, or the last of decoders.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from glot.backbones.base import Backbone, check_texts, cut_length
from glot.backbones.huggingface import HuggingFaceBackbone
from glot.backbones.placement import choose_dtype
from glot.backbones.precision import narrowed
from glot.backbones.tokenization import PaddedIds, count_tokens, padded
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.extras import need
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.poolers import ONE_TOKEN
from glot.tasks.base import LabelledTexts, Task

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Tuning:
    """One way to fine-tune, with the paper's settings (B.1).

    Attributes:
        name: what stands in the tables.
        lr: learning rate of AdamW, the same in every step.
        rank: r of the LoRA adapters; 0: no adapters, all weights train.
        weight_decay: of AdamW.
        epochs: passes over the training rows; the one with the best validation score is kept.
        batch_size: rows per step.
    """

    name: str
    lr: float
    rank: int = 0
    weight_decay: float = 0.01
    epochs: int = 3
    batch_size: int = 32

    def optimizer(self, module: nn.Module) -> torch.optim.Optimizer:
        """AdamW over what trains; fused, which takes a tenth of the other form's time on a CPU."""
        trained = [weight for weight in module.parameters() if weight.requires_grad]
        return torch.optim.AdamW(trained, self.lr, weight_decay=self.weight_decay, fused=True)


FULL = Tuning("full fine-tuning", 2e-5)
LORA = Tuning("LoRA (r = 64)", 2e-4, rank=64)


class FineTuned(nn.Module):
    """A language model that trains, and a head on the state of one of its tokens.

    Args:
        model: from `trainable_model`, or with adapters.
        head: pools one token.
        precision: of the model's products while it trains: `bfloat16` is autocast. Weights, task
            layer and every evaluation are float32.
    """

    def __init__(self, model: nn.Module, head: Head, precision: Precision = "float32") -> None:
        super().__init__()
        self.model = model
        self.head = head
        self.precision = precision

    def vectors(self, batch: PaddedIds) -> torch.Tensor:
        """Sentence vectors (B, d) of token ids."""
        device = next(self.parameters()).device
        ids, mask = batch.ids.to(device), batch.mask.to(device)
        narrow = self.training and self.precision == "bfloat16"
        with torch.autocast(device.type, torch.bfloat16, enabled=narrow):
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head.embed(states.float(), mask).embedding

    def forward(self, first: PaddedIds, second: PaddedIds | None = None) -> torch.Tensor:
        """Outputs of the task layer for texts, or for pairs of texts."""
        other = None if second is None else self.vectors(second)
        outputs: torch.Tensor = self.head(self.vectors(first), other)
        return outputs

    def n_parameters(self) -> int:
        """Number of trainable parameters, counted."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)


def fine_tuned(
    backbone: Backbone, tuning: Tuning, config: HeadConfig, precision: Precision = "float32"
) -> FineTuned:
    """A copy of the backbone's model, ready to be trained, with a fresh task layer.

    Args:
        backbone: what is copied.
        tuning: what of it trains.
        config: the task layer.
        precision: see `FineTuned`.

    Raises:
        GlotError: the backbone is no transformers model, or peft is asked for and not installed.
    """
    model = trainable_model(backbone)
    model = with_lora(model, tuning.rank) if tuning.rank else model.requires_grad_(True)
    head = build_head(PoolerConfig(ONE_TOKEN[backbone.kind]), backbone.width, config)
    return FineTuned(model, head, precision).to(backbone.device).train()


def trainable_model(backbone: Backbone) -> nn.Module:
    """A float32 copy of the model, without what a head on its token states leaves unused.

    Raises:
        GlotError: the backbone is no transformers model.
    """
    model: nn.Module = copy.deepcopy(_transformers(backbone)._model).float()
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # type: ignore[assignment]
    model.config.use_cache = False  # type: ignore[union-attr]
    return model


def with_lora(model: nn.Module, rank: int) -> nn.Module:
    """The model frozen, with adapters on all linear layers of attention and feed-forward blocks.

    The adapters' output is not scaled (α = r); the paper says nothing of it.

    Raises:
        GlotError: the package peft is not installed.
    """
    need("peft", "LoRA adapters are made with it.")
    from peft import LoraConfig, get_peft_model

    linear = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=linear)
    with warnings.catch_warnings():
        # peft asks the model under a name that transformers is about to drop.
        warnings.simplefilter("ignore", FutureWarning)
        adapted: nn.Module = get_peft_model(model, config)
    return adapted


def method_name(tuning: Tuning, kind: str) -> str:
    """What stands in the tables, such as `LoRA (r = 64) + [CLS]`.

    Args:
        tuning: the way to fine-tune.
        kind: `encoder` or `decoder`, as `Backbone.kind` says.
    """
    return f"{tuning.name} + [{ONE_TOKEN[kind].upper()}]"


def model_weights(backbone: Backbone) -> list[nn.Parameter]:
    """The weights of a backbone.

    Raises:
        GlotError: the backbone is no transformers model.
    """
    return list(_transformers(backbone)._model.parameters())


def served(module: FineTuned, backbone: Backbone) -> HuggingFaceBackbone:
    """A fine-tuned model as a frozen backbone: adapters merged, in the backbone's number format.

    Args:
        module: made of `backbone`; it stays as it is.
        backbone: lends tokenizer, number format and device.

    Raises:
        GlotError: the backbone is no transformers model.
    """
    model: Any = copy.deepcopy(module.model)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model = narrowed(model.eval(), backbone.device, backbone.dtype)
    tokenizer = _transformers(backbone)._tokenizer
    return HuggingFaceBackbone(backbone.name, model, tokenizer, "fine-tuned")


def fast_precision(device: torch.device) -> Precision:
    """`bfloat16` where the device multiplies it, which halves the time of a step; else float32."""
    return "bfloat16" if choose_dtype("auto", device) is torch.bfloat16 else "float32"


@dataclass(frozen=True, eq=False)
class TokenRows:
    """Labelled texts as token ids.

    Attributes:
        ids: of N texts, or of the first texts of pairs.
        others: of the second texts of pairs; empty for single ones.
        labels: (N,).
        pad: the id that stands at padding.
    """

    ids: tuple[npt.NDArray[np.int64], ...]
    others: tuple[npt.NDArray[np.int64], ...]
    labels: torch.Tensor
    pad: int

    @classmethod
    def of(cls, backbone: Backbone, task: Task, rows: LabelledTexts) -> TokenRows:
        """Rows of a task as the backbone reads them, cut as the task says.

        Raises:
            GlotError: the backbone is no transformers model, or a text cannot be encoded.
        """
        classes = task.kind == "classification"
        tokenizer = _transformers(backbone)._tokenizer
        limit = cut_length(task.max_tokens, backbone.context)
        everything = [*rows.texts, *rows.others]
        check_texts(everything)
        ids = count_tokens(tokenizer, everything, range(len(everything)), limit).ids
        return cls(
            ids[: len(rows)],
            ids[len(rows) :],
            torch.tensor(rows.labels, dtype=torch.int64 if classes else torch.float32),
            int(tokenizer.pad_token_id),
        )

    @property
    def lengths(self) -> torch.Tensor:
        """(N,) tokens of each row, of both texts together."""
        first, second = ([len(ids) for ids in side] for side in (self.ids, self.others))
        return torch.tensor(first) + torch.tensor(second or [0])

    def texts(self, rows: Sequence[int]) -> tuple[PaddedIds, PaddedIds | None]:
        """Ids of some rows, and of their second texts for pairs, padded right."""
        first = padded([self.ids[row] for row in rows], self.pad)
        if not self.others:
            return first, None
        return first, padded([self.others[row] for row in rows], self.pad)


def _transformers(backbone: Backbone) -> HuggingFaceBackbone:
    if not isinstance(backbone, HuggingFaceBackbone):
        raise GlotError(
            f"Fine-tuning of the backbone {backbone.name}.", "Accepted: transformers models."
        )
    return backbone
