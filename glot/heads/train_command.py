"""The `glot train` command that makes a head again, from its card."""

from __future__ import annotations

import shlex
from typing import Any

from glot.config import PoolerConfig
from glot.heads.card import HeadCard
from glot.heads.shipped import backbone_name, known_task
from glot.tasks.base import Task
from glot.tasks.stress import SIZES
from glot.tasks.stress_test import Generated

TOKEN_LAYERS = ("layers", "width", "jumping_knowledge", "projection", "norm")
# The settings that a pooler makes use of, but for τ.
SETTINGS = {
    "glot": ("conv", *TOKEN_LAYERS, "similarity", "edge_term"),
    "deepsets": TOKEN_LAYERS,
    "mlp": TOKEN_LAYERS,
    "adapool": ("width", "norm"),
}


def tried_values(card: HeadCard, name: str) -> list[float]:
    """The distinct values of a searched setting, `lr` or `tau`, in the order they were tried."""
    runs = card.training.get("search", [])
    return list(dict.fromkeys(run[name] for run in runs if name in run))


def train_command(card: HeadCard) -> str:
    """The command, for data as the card's; empty where no such command makes the same head.

    Numbers of rows are those that were used, so the same rows are drawn again. Of a user's own
    file the columns are not known.

    Args:
        card: of the head.
    """
    training, task = card.training, known_task(card)
    if not training.get("search") or "epochs" not in training or card.pooler.edge_term:
        return ""
    if task is not None and not _usual_size(task, training["data"]):
        return ""
    name = card.task if task else str(training.get("data", card.task)).split(" sha256 ")[0]
    words: list[Any] = ["--task", name, "--backbone", backbone_name(card.backbone)]
    words += ["--pooler", card.pooler.name, "--head", card.head]
    words += [word for lr in tried_values(card, "lr") for word in ("--lr", f"{lr:g}")]
    if card.pooler.name == "glot":
        words += [word for tau in tried_values(card, "tau") for word in ("--tau", f"{tau:g}")]
    words += _pooler_options(card.pooler)
    for key in ("epochs", "batch_size", "weight_decay", "seed", "n_train", "precision"):
        words += [_option(key), training[key]] if key in training else []
    if "n_validation" in card.metrics:
        words += ["--n-validation", card.metrics["n_validation"]]
    seeds = card.metrics.get("seeds", {}).get("seeds", ())
    words += ["--seeds", len(seeds)] if seeds else []
    words += ["--layer", card.layer] if card.layer is not None else []
    words += ["--dtype", training["backbone_dtype"]] if "backbone_dtype" in training else []
    return shlex.join(["glot", "train", *map(str, words)])


def _usual_size(task: Task, source: str) -> bool:
    """Whether a generated train split has the size that `glot train` gives it."""
    reader = task.reader
    if not isinstance(reader, Generated):
        return True
    return f" n {SIZES[reader.protocol]['train']} " in source


def _pooler_options(pooler: PoolerConfig) -> list[Any]:
    """Settings other than the usual ones; τ stands among the searched ones."""
    usual, words = PoolerConfig(pooler.name), []
    for name in SETTINGS.get(pooler.name, ("norm",)):
        value = getattr(pooler, name)
        if value != getattr(usual, name):
            words += [_option(name), value]
    return words


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
