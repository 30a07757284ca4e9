"""What a session has been through: steps that can be undone and done again, and its texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_STEPS = 100
MAX_TEXTS = 50

# Setting → value; `text` is one of them. Never changed once it is kept.
Snapshot = dict[str, Any]


@dataclass
class Past:
    """The settings of a session over time.

    Attributes:
        steps: settings after each change, oldest first, the last `MAX_STEPS` of them.
        at: the step that is shown; those after it can be done again.
        texts: the last settings of each text, latest first, at most `MAX_TEXTS`.
    """

    steps: list[Snapshot] = field(default_factory=list)
    at: int = -1
    texts: list[Snapshot] = field(default_factory=list)

    @property
    def now(self) -> Snapshot | None:
        """The step that is shown; None before the first."""
        return self.steps[self.at] if self.steps else None

    def keep(self, settings: Snapshot) -> None:
        """Take the settings for a new step where they differ from the last; blank texts too.

        What was undone before can then not be done again.
        """
        before = self.now
        if before != settings:
            if before is not None and before["text"] == settings["text"]:
                # Texts can be long: steps with the same text share one.
                settings = {**settings, "text": before["text"]}
            self.steps = [*self.steps[: self.at + 1], settings][-MAX_STEPS:]
            self.at = len(self.steps) - 1
        now = self.steps[self.at]
        if now["text"].strip():
            others = [kept for kept in self.texts if kept["text"] != now["text"]]
            self.texts = [now, *others][:MAX_TEXTS]

    def can_go(self, steps: int) -> bool:
        """Whether there is a step so many places on (or back, below 0)."""
        return 0 <= self.at + steps < len(self.steps)

    def go(self, steps: int) -> Snapshot:
        """Move to another step, which `can_go` has found, and give its settings."""
        self.at += steps
        return self.steps[self.at]
