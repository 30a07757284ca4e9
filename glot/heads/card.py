"""`config.json` of a checkpoint: what the head is, what it was trained on, what it scores."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.files import aside_of, digest_of, sealed, unsealed, write_whole
from glot.heads.config import HeadConfig

FORMAT = 1
WEIGHTS = "model.safetensors"
CARD = "config.json"
README = "README.md"
REMEDY = "Train the head again with `glot train`, or copy the whole folder again."


@dataclass(frozen=True)
class HeadCard:
    """Everything that stands beside the weights of a trained head.

    Attributes:
        backbone: name of the backbone.
        fingerprint: of the backbone's weights (`glot.backbones.base.weights_fingerprint`).
        width: d, the width of the backbone's token states.
        task: name of the task.
        labels: class names; empty where numbers or pairs are predicted.
        pooler: settings of the pooler, its training τ among them.
        head: the task layer, a name in `glot.heads.HEADS`.
        pairs: whether the task layer takes two texts.
        layer: the backbone's layer whose states it was trained on; None: the last.
        max_tokens: texts were cut to this many tokens; 0: to the backbone's context.
        training: data, split, settings and search.
        metrics: measured numbers with split and sample size.
        provenance: device, versions, commit, date.
        weights_sha256: of the file of weights beside it; empty: not known. Two cards are equal
            whatever it is.
    """

    backbone: str
    fingerprint: str
    width: int
    task: str
    labels: tuple[str, ...]
    pooler: PoolerConfig
    head: str = "classifier"
    pairs: bool = False
    layer: int | None = None
    max_tokens: int = 0
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    weights_sha256: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        texts = (self.backbone, self.fingerprint, self.task, *self.labels)
        if not all(isinstance(text, str) and text for text in texts):
            raise GlotError(
                "A checkpoint without backbone, fingerprint, task or a label's name.",
                "Accepted: a config.json with all of them.",
            )
        if not isinstance(self.width, int) or self.width < 1:
            raise GlotError(f"width {self.width!r}.", "Accepted: a whole number from 1.")
        if not isinstance(self.max_tokens, int) or self.max_tokens < 0:
            raise GlotError(f"max_tokens {self.max_tokens!r}.", "Accepted: a whole number from 0.")
        if self.layer is not None and (not isinstance(self.layer, int) or self.layer < 0):
            raise GlotError(f"layer {self.layer!r}.", "Accepted: a whole number from 0, or null.")
        if not isinstance(self.pairs, bool):
            raise GlotError(f"pairs {self.pairs!r}.", "Accepted: true or false.")
        for name in ("training", "metrics", "provenance"):
            if not isinstance(getattr(self, name), dict):
                raise GlotError(f"{name} {getattr(self, name)!r}.", "Accepted: an object.")

    def head_config(self) -> HeadConfig:
        """Settings of the task layer.

        Raises:
            GlotError: a classifier with fewer than two labels.
        """
        classes = len(self.labels) if self.head == "classifier" else 0
        return HeadConfig(self.head, self.pairs, classes)

    def write(self, path: Path) -> None:
        """Write the card as JSON, with a digest of its own."""
        values = {"format": FORMAT, **asdict(self)}
        write_whole(path, json.dumps(sealed(values), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> HeadCard:
        """Read and check a card.

        Raises:
            GlotError: the file is missing, no JSON, damaged, of another format, or lacks
                something.
        """
        try:
            settle(path.parent)
            values = unsealed(json.loads(path.read_text(encoding="utf-8")))
            if values.pop("format") != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            values["pooler"] = PoolerConfig.from_dict(values["pooler"])
            values["labels"] = tuple(values["labels"])
            card = cls(**values)
            card.head_config()
            return card
        except FileNotFoundError as error:
            raise GlotError(
                f"No checkpoint at {path.parent}: there is no config.json.",
                "Accepted: a folder with model.safetensors and config.json.",
                REMEDY,
            ) from error
        # What a file that is not such a card can raise on its way into one.
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GlotError(
                f"The checkpoint's {path} cannot be used: {str(error)[:300]}.",
                "Accepted: config.json as `glot train` writes it.",
                REMEDY,
            ) from error


def settle(folder: Path) -> None:
    """Finish writing a checkpoint whose writer was killed when its weights were in place.

    What such a writer left aside takes its place only if it belongs to the weights that are there;
    what one that was killed earlier left is let be, and the next one writes over it.

    Args:
        folder: the checkpoint.
    """
    left = aside_of(folder / CARD)
    if not left.is_file():
        return
    try:
        if json.loads(left.read_bytes())["weights_sha256"] != digest_of(folder / WEIGHTS):
            return
        for name in (README, CARD):
            aside = aside_of(folder / name)
            if aside.is_file():
                aside.replace(folder / name)
    except (OSError, ValueError, KeyError, TypeError):
        return
