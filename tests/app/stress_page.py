"""The stress test's page without a browser."""

import base64
import time
from typing import Any, Self

import numpy as np

from tests.app.page import Page, script_of


def values(column: Any) -> list[float]:
    """Numbers of a trace as Plotly writes them: a list, or base64."""
    if isinstance(column, dict):
        return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()
    return column


class Stress(Page):
    script = script_of("stress")

    def drawn(self) -> dict[str, list[float]]:
        """Name → last y of each of our lines."""
        return {
            trace["name"]: values(trace["y"])
            for trace in self.figure()["data"]
            if trace.get("legendgroup") != "paper" and trace.get("fill") is None
        }

    def told(self) -> str:
        return self.read("markdown", "info", "success")

    def wait(self, seconds: float = 120) -> Self:
        """Until no job of the page runs."""
        end = time.monotonic() + seconds
        while any((button.key or "").startswith("cancel ") for button in self.app.button):
            assert time.monotonic() < end
            time.sleep(0.3)
            self.run()
        return self
