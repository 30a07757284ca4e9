"""One training step: GLOT head on cached states, LoRA, full fine-tuning (Tables 5 and 9).

Every method takes the same 32 sentences, about as long as CoLA's, and ends with the optimizer's
step. The head reads its token states from the hidden-state store in every step, as training does.
The others get token ids that are ready, so tokenising is not held against them, and torch's fused
AdamW, which takes a tenth of the unfused one's time on a CPU. They keep their weights in float32
and compute in it or, as a row of its own, in bfloat16 autocast.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from benchmarks.measure import Row, row
from benchmarks.memory import peak_bytes
from benchmarks.text import WORDS
from glot.backbones import load_backbone
from glot.backbones.huggingface import HuggingFaceBackbone
from glot.backbones.tokenization import tokenize
from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.poolers import ONE_TOKEN
from glot.training.data import Split
from glot.training.evaluation import sentence_vectors
from glot.training.store import StateStore

BATCH, MAX_TOKENS, RANK = 32, 128, 64
# Steps of the head per turn; those of the others are long enough for one.
HEAD_STEPS = 20
BASELINE = "full fine-tuning"


@dataclass(frozen=True)
class Method:
    """One way to train.

    Attributes:
        name: in the table.
        module: all weights that a step needs, frozen ones too.
        optimizer: over those that train.
        loss: of the batch; everything before the backward pass.
        steps: per turn.
    """

    name: str
    module: nn.Module
    optimizer: torch.optim.Optimizer
    loss: Callable[[], torch.Tensor]
    steps: int = 1

    def step(self) -> float:
        """One step, in the training loop's order; returns the loss when the device is done."""
        loss = self.loss()
        assert bool(loss.isfinite())
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(loss.detach())

    def memory(self, device: torch.device) -> int:
        """Bytes: weights, the optimizer's state, and the peak of a step above both.

        The step begins without gradients and makes them. There has been a step before, so the
        optimizer's state is there.
        """
        self.optimizer.zero_grad()
        states = [value for state in self.optimizer.state.values() for value in state.values()]
        tensors = [*self.module.parameters(), *self.module.buffers(), *states]
        held = sum(tensor.nbytes for tensor in tensors if isinstance(tensor, torch.Tensor))
        return held + peak_bytes(self.step, device)

    def n_parameters(self) -> int:
        """Number of weights that train."""
        return sum(w.numel() for w in self.module.parameters() if w.requires_grad)


class FineTuned(nn.Module):
    """A language model with a classifier on its first token, or on its last for decoders."""

    def __init__(self, model: nn.Module, head: Head) -> None:
        super().__init__()
        self.model = model
        self.head = head

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (B, C) of token ids (B, L) and their mask."""
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        logits: torch.Tensor = self.head(self.head.embed(states.float(), mask).embedding)
        return logits


def sentences(n: int) -> list[str]:
    """Texts of 8 to 15 words, about as long as CoLA's."""
    random = np.random.default_rng(0)
    return [" ".join(random.choice(WORDS, length)) for length in random.integers(8, 16, n)]


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark, on MiniLM and SmolLM2; quick: on MiniLM."""
    rows = []
    budgets = {"minilm": ""} if quick else {"minilm": "", "smollm2": "head ≥ 100× full fine-tuning"}
    for name, budget in budgets.items():
        with TemporaryDirectory() as root:
            rows += _rows(name, budget, Path(root), turns=1 if quick else 5)
    return rows


def _rows(name: str, budget: str, root: Path, turns: int) -> list[Row]:
    """Rows of one backbone; factors are against the faster form of full fine-tuning."""
    torch.manual_seed(0)
    texts, labels = sentences(BATCH), torch.arange(BATCH) % 2
    backbone = load_backbone(name)
    states = StateStore(backbone, MAX_TOKENS, root=root).states(texts)
    split = Split("classification", ("accuracy",), labels, states)
    methods = [_head(split, backbone.device), *_fine_tuning(name, texts, labels)]
    times = _take_turns(methods, turns)
    medians = {key: statistics.median(values) for key, values in times.items()}
    full, lora = (
        min(median for key, median in medians.items() if key.startswith(kind))
        for kind in (BASELINE, "LoRA")
    )
    shape = f"{name}, {BATCH} × {float(states.lengths.float().mean()):.1f} tokens"
    rows = []
    for method in methods:
        median = medians[method.name]
        beside = f", {lora / median:,.0f}× LoRA" if method is methods[0] else ""
        rows.append(
            replace(
                row(f"{shape}: {method.name}{beside}", times[method.name], full / median, budget),
                memory=method.memory(backbone.device),
                parameters=method.n_parameters(),
            )
        )
    return rows


def _take_turns(methods: Sequence[Method], turns: int) -> dict[str, list[float]]:
    """Milliseconds of each method's steps; the first turn warms up and is not counted."""
    times: dict[str, list[float]] = {method.name: [] for method in methods}
    for turn in range(turns + 1):
        for method in methods:
            for _ in range(method.steps):
                began = time.perf_counter()
                method.step()
                if turn:
                    times[method.name].append((time.perf_counter() - began) * 1000)
    return times


def _head(split: Split, device: torch.device) -> Method:
    """What `glot.training.loop` does with a batch; the states are read from the store."""
    head = build_head(PoolerConfig("glot"), split.states.width, HeadConfig(n_classes=2))
    head.to(device).train()
    rows = list(range(len(split)))

    def loss() -> torch.Tensor:
        outputs = head(*sentence_vectors(head, split, rows, device))
        return head.loss(outputs, split.labels[rows].to(device))

    optimizer = torch.optim.Adam(head.parameters(), lr=2e-4)
    return Method("GLOT head, cached states", head, optimizer, loss, HEAD_STEPS)


def _fine_tuning(name: str, texts: Sequence[str], labels: torch.Tensor) -> list[Method]:
    """LoRA and full fine-tuning, each in float32 and in bfloat16 autocast."""
    backbone = load_backbone(name, dtype="float32")
    assert isinstance(backbone, HuggingFaceBackbone)
    device = backbone.device
    batch = tokenize(backbone._tokenizer, texts, MAX_TOKENS)
    ids, mask, labels = batch.ids.to(device), batch.mask.to(device), labels.to(device)
    methods = []
    # Rates and weight decay: paper, B.1.
    for kind, model, lr in (
        (f"LoRA r {RANK}", _with_lora(_copy(backbone)), 2e-4),
        (BASELINE, _copy(backbone).requires_grad_(True), 2e-5),
    ):
        pooler = PoolerConfig(ONE_TOKEN[backbone.kind])
        head = build_head(pooler, backbone.width, HeadConfig(n_classes=2))
        module = FineTuned(model, head).to(device).train()
        trained = [weight for weight in module.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=lr, weight_decay=0.01, fused=True)
        for form, narrow in (("float32", False), ("bf16 autocast", True)):

            def loss(module: FineTuned = module, narrow: bool = narrow) -> torch.Tensor:
                with torch.autocast(device.type, torch.bfloat16, enabled=narrow):
                    logits = module(ids, mask)
                return module.head.loss(logits.float(), labels)

            methods.append(Method(f"{kind}, {form}", module, optimizer, loss))
    return methods


def _copy(backbone: HuggingFaceBackbone) -> nn.Module:
    """The language model itself, without what a classifier on its token states leaves unused."""
    model: nn.Module = copy.deepcopy(backbone._model)
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # type: ignore[assignment]
    model.config.use_cache = False  # type: ignore[union-attr]
    return model


def _with_lora(model: nn.Module) -> nn.Module:
    """The model frozen, with adapters on all linear layers of attention and MLP (paper, B.1)."""
    from peft import LoraConfig, get_peft_model

    linear = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    config = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=linear)
    adapted: nn.Module = get_peft_model(model, config)
    return adapted
