"""Half-finished training on disk, as safetensors and JSON; removed when the run is over."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from glot.errors import GlotError
from glot.files import digest_of, disk_told, sealed, unsealed, whole, write_tensors, write_whole

MODEL, MOMENTS, BEST, RANDOM = "model.", "adam.", "best.", "random."


@dataclass
class Position:
    """How far a run got.

    Attributes:
        epoch: the epoch that is going on, from 0.
        step: its next step.
        loss_sum: sum of the losses of its steps so far.
        history: scores of the epochs that are over.
        best_epoch: the best of them.
        best_weights: the head's weights after it.
    """

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)


class BrokenProgressError(GlotError):
    """Half-finished work that was damaged: only a fresh start is left for it."""


class Progress:
    """One run's folder of half-finished work.

    Args:
        folder: where; made on the first save.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, head: torch.nn.Module, optimizer: torch.optim.Optimizer, at: Position) -> None:
        """Keep everything that the rest of the run depends on.

        Both files are written aside and renamed; the JSON, renamed last, names the tensors that
        belong to it, so a run cut off in between resumes from the save before.

        Raises:
            GlotError: the disk refuses; the save before it is kept.
        """
        tensors = {MODEL + key: value for key, value in head.state_dict().items()}
        tensors |= {BEST + key: value for key, value in at.best_weights.items()}
        tensors |= {RANDOM + key: value for key, value in _random_states().items()}
        for number, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"{MOMENTS}{number}.{key}": value for key, value in moments.items()}
        values = {key: value for key, value in vars(at).items() if key != "best_weights"}
        name = f"state-{at.epoch}-{at.step}.safetensors"
        with disk_told(
            f"Training could not be saved to {self.folder}",
            "Free space and run the same command again: it goes on from the last save.",
        ):
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole(self._at(name)) as aside:
                write_tensors(aside, tensors)
            values |= {"file": name, "file_sha256": digest_of(self._at(name))}
            write_whole(self._at("progress.json"), json.dumps(sealed(values)))
            for old in self.folder.glob("state-*.safetensors"):
                if old.name != name:
                    old.unlink()

    def restore(self, head: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Position:
        """Put head, optimizer and random numbers back where the last save left them.

        Raises:
            BrokenProgressError: the files are broken, or one of them is gone.
        """
        told = self._at("progress.json")
        if not told.is_file():
            return Position()
        try:
            values: dict[str, Any] = unsealed(json.loads(told.read_bytes()))
            file = self._at(values.pop("file"))
            if digest_of(file) != values.pop("file_sha256"):
                raise ValueError(f"{file.name} holds other bytes than were written")
            tensors = load_file(file)
            _put_back(tensors, head, optimizer)
            return Position(best_weights=_part(tensors, BEST), **values)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RuntimeError,
            SafetensorError,
        ) as error:
            raise BrokenProgressError(
                f"The half-finished training in {self.folder} is broken: {error}.",
                "Accepted: the files as they were left.",
                "Run with --fresh to start over.",
            ) from error

    def _at(self, name: str) -> Path:
        return self.folder / name


def _put_back(
    tensors: dict[str, torch.Tensor], head: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    head.load_state_dict(_part(tensors, MODEL))
    if moments := _part(tensors, MOMENTS):
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in moments.items():
            number, name = key.split(".")
            state.setdefault(int(number), {})[name] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
    random = _part(tensors, RANDOM)
    torch.set_rng_state(random["cpu"])
    if torch.cuda.is_available() and "cuda" in random:
        torch.cuda.set_rng_state(random["cuda"])


def _random_states() -> dict[str, torch.Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _part(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {
        key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
    }
