"""A page beside Explore as a person sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from playwright.sync_api import Locator

from tests.browser.explore import ExplorePage


class OtherPage:
    """Wraps the watched page.

    Attributes:
        path: where the page is.
    """

    path: str

    def __init__(self, explore: ExplorePage) -> None:
        self.explore, self.page = explore, explore.page

    def open(self, query: str = "") -> Self:
        self.explore.open(f"{self.path}?{query}")
        return self.ready()

    def ready(self) -> Self:
        """A figure is drawn and nothing is running."""
        self.chart().locator(".main-svg").first.wait_for()
        self.explore.idle()
        return self

    def charts(self) -> Locator:
        return self.page.locator(".js-plotly-plot")

    def chart(self, number: int = 0) -> Locator:
        return self.charts().nth(number)

    def press(self, label: str) -> None:
        """One of a row of choices, or a button."""
        self.page.get_by_role("radio", name=label, exact=True).or_(
            self.page.get_by_role("button", name=label, exact=True)
        ).first.click()

    def choose(self, label: str) -> None:
        """Press it, and wait for the answer."""
        self.press(label)
        self.explore.idle()

    def take(self, label: str, folder: Path) -> Path:
        """Download what a button offers."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=label).first.click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path
