"""The Benchmarks page without a browser, and rows to show on it."""

import pandas as pd

from glot.experiments.row import Row
from tests.app.page import Page, script_of
from tests.unit.experiments.rows import row


class Benchmarks(Page):
    script = script_of("benchmarks")

    def table(self) -> pd.DataFrame:
        """The table as it stands on the page: what is seen in each cell."""
        (frame,) = (frame for frame in self.app.dataframe if "Method" in frame.value)
        return frame.value


def measured() -> list[Row]:
    """GLOT, its control and its ablations on three seeds, and what they were chosen by."""
    right = {"glot": 45, "deepsets": 30, "glot, random edges": 44, "mean": 26}
    rows = [
        row(method, seed=seed, right=[1] * (n - seed % 3) + [0] * (50 - n + seed % 3))
        for method, n in right.items()
        for seed in (42, 43, 44)
    ]
    return [*rows, row("glot", regime="search", split="validation", seed=41)]
