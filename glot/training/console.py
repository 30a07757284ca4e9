"""Progress of training on a terminal, by rich; on stderr, so that stdout stays for results."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ConsoleReport:
    """Draws a bar with loss and remaining time for each stage, and prints a line for each epoch."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._current: dict[str, Any] = {}

    def __enter__(self) -> ConsoleReport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._current:
            self._bars.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Hear of progress: see `glot.training.run.train_head`."""
        if event["stage"] == "states":
            self._move(f"token states of {event['split']}", event["done"], event["of"])
            return
        # Of several poolers, whose turn it is.
        whose = f"{event['pooler']} " if "pooler" in event else ""
        name = f"{whose}seed {event['seed']} run {event['run']}/{event['runs']}"
        name += f" epoch {event['epoch'] + 1}"
        if "validation" in event:
            setting = f"lr {event['lr']:g}, τ {event['tau']:g}"
            self._console.print(f"{name} ({setting}): validation {event['validation']:.2f}")
        else:
            self._move(name, event["step"], event["steps"], f"loss {event['loss']:.4f}")

    def _move(self, name: str, done: int, total: int, loss: str = "") -> None:
        if not self._current:
            # Bars that nobody has filled would leave a blank line above an error.
            self._bars.start()
        if name not in self._current:
            self._current[name] = self._bars.add_task(name, total=total, loss=loss)
        self._bars.update(self._current[name], completed=done, total=total, loss=loss)
