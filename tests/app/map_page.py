"""The page of the embedding map, without a browser."""

import json
import time
from typing import Any, Self

from app.services import jobs
from app.state import map as state
from tests.app.component_page import ComponentPage
from tests.app.page import script_of


class MapPage(ComponentPage):
    script = script_of("map")
    component = state.COMPONENT

    def waited(self) -> Self:
        """Until no job of the page is running; then the page is drawn anew."""
        for _ in range(6000):
            if all(job.over for job in list(jobs._jobs.values())):
                break
            time.sleep(0.1)
        return self.run()

    def upload(self, content: str, name: str = "mine.csv") -> Self:
        self.set(map_source="file")
        self.app.file_uploader(state.FILE).set_value((name, content.encode(), "text/csv"))
        return self.run().waited()

    def panels(self) -> list[dict[str, Any]]:
        return self.meta["panels"] if self.drawn() else []

    def charts(self) -> list[str]:
        return [self.tint(panel)["alt"] for panel in self.panels() if not panel["problem"]]

    def tint(self, panel: dict[str, Any]) -> dict[str, Any]:
        """The colour that is chosen."""
        return panel["tints"][self.meta["colour"]]

    def told(self) -> str:
        """What stands on the page and below the panels."""
        panels = [
            *(" ".join(value for _, value, _ in panel["measures"]) for panel in self.panels()),
            *(note for panel in self.panels() for note in panel["notes"]),
            *(self.tint(panel)["note"] for panel in self.panels()),
        ]
        return " ".join([super().told(), *panels])

    def errors(self) -> str:
        """Errors on the page, and those in place of a panel's map."""
        return " ".join([super().errors(), *(panel["problem"] for panel in self.panels())])

    def take(self, *rows: int) -> Self:
        """The reader chooses rows on a panel."""
        told = {"turn": self.meta["turn"], "map": self.meta["map"], "rows": rows}
        self.reported["chosen"] = json.dumps(told)
        return self.run()
