"""The training page without a browser."""

from __future__ import annotations

import time
from typing import Self

from app.services import jobs, train
from app.state import train as state
from glot.training.runs.folder import Run, list_runs
from tests.app.page import Page, script_of


class TrainPage(Page):
    script = script_of("train")

    def open(self, content: bytes, name: str = "mine.csv", widget: str = state.FILE) -> Self:
        if self.setting("train_source") != "file":
            self.choose("train_source", "file")
        self.app.file_uploader(widget).set_value((name, content, "text/csv"))
        return self.run()

    def paste(self, text: str) -> Self:
        if self.setting("train_source") != "paste":
            self.choose("train_source", "paste")
        self.app.text_area("train_pasted").set_value(text)
        return self.run()

    def select(self, key: str, value: str) -> Self:
        self.app.selectbox(key).set_value(value)
        return self.run()

    def train(self, seconds: float = 120) -> Run:
        """Press Train and wait until the run is over."""
        self.click("train")
        assert self.errors() == ""
        run = list_runs()[0]
        self.wait(run, seconds)
        return run

    def wait(self, run: Run, seconds: float = 120) -> Self:
        end = time.monotonic() + seconds
        while (job := jobs.find(train.PREFIX + run.name)) is not None and not job.over:
            assert time.monotonic() < end
            time.sleep(0.1)
        return self.run()

    def told(self) -> str:
        return self.read("markdown", "info", "success", "warning")

    def may_train(self) -> bool:
        return not self.app.button("train").disabled

    def scores(self) -> list[dict[str, str]]:
        """The table of heads, a line for each."""
        (table,) = self.app.dataframe
        return table.value.to_dict("records")

    def tables(self) -> list[list[dict[str, str]]]:
        """Every table's rows, without Markdown's backslashes."""
        found = []
        for table in self.app.table:
            plain = table.value.map(lambda cell: str(cell).replace("\\", ""))
            plain.columns = [str(name).replace("\\", "") for name in plain.columns]
            found.append(plain.to_dict("records"))
        return found
