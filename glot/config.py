"""Settings: frozen, validated once. Defaults are the paper's (B.1, B.2) unless a comment says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal

from glot.errors import GlotError, quoted

JUMPING_KNOWLEDGE = ("cat", "max", "mean", "none")
SIMILARITIES = ("cosine", "centred", "shuffled")
NORMS = ("none", "rms")
PRECISIONS = ("float32", "bfloat16")
# What torch and NumPy both take.
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class PoolerConfig:
    """Settings of a pooler; those a pooler does not use are ignored by it.

    Attributes:
        name: a name in `glot.poolers.POOLERS`.
        width: width of the hidden layers (Table 6: "GNN hidden dimension").
        layers: K, the number of token-GNN layers; for `deepsets` and `mlp`, of per-token layers.
        conv: the token-GNN's convolution, a name in `glot.convs.CONVS`.
        jumping_knowledge: how U_0 … U_K are joined (design, 3.3).
        projection: width of the input projection, U_0 = X·W_in; 0: none, U_0 = X.
        similarity: `cosine` (the paper's), `centred`: cosine after the sentence's mean state is
            subtracted, or `shuffled`: the cosines dealt out at random among the pairs, a control
            that has as many edges at every τ.
        tau: similarity threshold τ of the token graph.
        edge_term: keep the learnt scalar that reference checkpoints add inside GAT's LeakyReLU.
        norm: `none` (the paper's), or `rms`: each token state is divided by the root mean square
            of its values (Zhang and Sennrich, 2019, without weights) before anything but the
            graph reads it. In the middle of a decoder one state can be a hundred times as long
            as the others.
    """

    name: str
    width: int = 128
    layers: int = 2
    conv: str = "gat"
    jumping_knowledge: Literal["cat", "max", "mean", "none"] = "cat"
    projection: int = 0
    similarity: Literal["cosine", "centred", "shuffled"] = "cosine"
    tau: float = 0.6
    edge_term: bool = False
    norm: Literal["none", "rms"] = "none"

    def __post_init__(self) -> None:
        for name in ("name", "conv"):
            value = getattr(self, name)
            _check(isinstance(value, str), f"{name} {quoted(value)}", "a name")
        _check_whole("width", self.width, 1)
        _check_whole("layers", self.layers, 0, 8)
        _check(
            self.jumping_knowledge in JUMPING_KNOWLEDGE,
            f"jumping_knowledge {quoted(self.jumping_knowledge)}",
            ", ".join(JUMPING_KNOWLEDGE),
        )
        _check_whole("projection", self.projection, 0)
        _check(
            self.similarity in SIMILARITIES,
            f"similarity {quoted(self.similarity)}",
            ", ".join(SIMILARITIES),
        )
        check_tau(self.tau)
        _check(isinstance(self.edge_term, bool), f"edge_term {quoted(self.edge_term)}", "a bool")
        _check(self.norm in NORMS, f"norm {quoted(self.norm)}", ", ".join(NORMS))

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PoolerConfig:
        """The inverse of `to_dict`; unknown or missing keys raise `GlotError`."""
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict):
            raise GlotError(f"Pooler settings {quoted(values)}.", "Accepted: an object.")
        unknown = sorted(map(str, set(values) - known))
        if unknown or "name" not in values:
            raise GlotError(
                f"Pooler settings {quoted(unknown or values, 300)}.",
                f"Accepted: {', '.join(sorted(known))}.",
            )
        return cls(**values)


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training run (paper, B.1).

    Attributes:
        lr: learning rates to try; the one with the best validation score is kept.
        tau: thresholds to try, for poolers with a graph.
        weight_decay: of Adam.
        epochs: passes over the training part.
        batch_size: texts per step.
        seed: of the weights, the split and the order of batches.
        n_validation: rows cut from train to select on; 0: a tenth, at most 1,000.
        n_train: keep at most this many training rows, drawn at random; 0: the task's own number.
        n_evaluation: report on at most this many rows of a split, drawn at random; 0: all.
        precision: of the pooler's products while training: `float32`, or `bfloat16` by autocast,
            faster where the CPU or GPU multiplies it. Weights, scores of attention, the
            task layer and every evaluation stay in float32.
    """

    lr: tuple[float, ...] = (2e-4,)
    tau: tuple[float, ...] = (0.6,)
    weight_decay: float = 0.0
    epochs: int = 2
    batch_size: int = 32
    seed: int = 42
    n_validation: int = 0
    n_train: int = 0
    n_evaluation: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        for name in ("lr", "tau"):
            values = getattr(self, name)
            many = isinstance(values, tuple | list) and bool(values)
            _check(many, f"{name} {quoted(values)}", "a tuple of at least one number")
        rates = all(_is_number(x) and 0 < x < 1 for x in self.lr)
        _check(rates, f"lr {quoted(self.lr)}", "0 < lr < 1")
        for tau in self.tau:
            check_tau(tau)
        decay = self.weight_decay
        good = _is_number(decay) and 0 <= decay <= 1
        _check(good, f"weight_decay {quoted(decay)}", "from 0 to 1")
        _check_whole("epochs", self.epochs, 1)
        _check_whole("batch_size", self.batch_size, 1)
        _check_whole("seed", self.seed, 0, MAX_SEED)
        precision = quoted(self.precision)
        _check(self.precision in PRECISIONS, f"precision {precision}", ", ".join(PRECISIONS))
        for name in ("n_validation", "n_train", "n_evaluation"):
            value = getattr(self, name)
            good = isinstance(value, Integral) and (int(value) == 0 or int(value) >= 2)
            _check(good, f"{name} {quoted(value)}", "a whole number from 2, or 0")


def check_tau(tau: float) -> float:
    """τ itself when it lies where cosine similarities do.

    Raises:
        GlotError: τ is NaN or outside [−1, 1].
    """
    good = _is_number(tau) and -1 <= tau <= 1
    _check(good, f"tau {quoted(tau)}", "a number from -1 (all pairs but opposites) to 1 (none)")
    return tau


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """A whole number, also one of NumPy's; not what only compares like one."""
    good = isinstance(value, Integral) and not isinstance(value, bool)
    good = good and least <= int(value) and (most is None or int(value) <= most)  # type: ignore[call-overload]
    to = "" if most is None else f" to {most}"
    _check(good, f"{name} {quoted(value)}", f"a whole number from {least}{to}")


def _check(good: bool, given: str, accepted: str) -> None:
    if not good:
        raise GlotError(f"{given}.", f"Accepted: {accepted}.")
