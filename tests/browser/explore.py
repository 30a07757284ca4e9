"""The Explore page as a person sees it: what to click, what to read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect


class ExplorePage:
    """Wraps a browser page.

    Attributes:
        foreign: requests to other machines, which there must be none of.
        faults: errors of the browser's console.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.foreign: list[str] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self._see(request.url))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, query: str = "") -> ExplorePage:
        self.page.goto(f"{self.address}/{query}")
        return self

    def ready(self) -> ExplorePage:
        """Both charts are drawn and nothing is running."""
        self.page.locator(".js-plotly-plot .barlayer").first.wait_for()
        self.page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
        self.idle()
        return self

    def idle(self) -> None:
        """The server has answered the last action."""
        self.page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()

    def type(self, text: str) -> None:
        box = self.page.get_by_label("Text", exact=True)
        box.fill(text)
        box.press("Control+Enter")

    def text(self) -> str:
        return self.page.get_by_label("Text", exact=True).input_value()

    def press_tau(self, key: str, times: int = 1) -> None:
        """Move the slider by keyboard: one press is 0.01."""
        thumb = self.page.get_by_role("slider")
        thumb.focus()
        for _ in range(times):
            thumb.press(key)

    def compare(self, pooler: str) -> None:
        """Put a pooler in, or take it out."""
        group = self.page.get_by_role("toolbar", name="Compare")
        group.get_by_role("button", name=pooler, exact=True).click()
        self.idle()

    def expect_bars(self, poolers: int) -> None:
        expect(self.page.locator(".js-plotly-plot .barlayer .trace")).to_have_count(poolers)

    def tau(self) -> float:
        return float(self.page.get_by_role("slider").input_value())

    def metric(self, name: str) -> str:
        return self._metric(name).locator("[data-testid='stMetricValue']").inner_text()

    def expect_metric(self, name: str, value: str) -> None:
        expect(self._metric(name).locator("[data-testid='stMetricValue']")).to_have_text(value)

    def bars(self) -> list[list[float]]:
        """Heights of the drawn bars, in pixels, one list for each pooler."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.js-plotly-plot .barlayer .trace')].map(
                 trace => [...trace.querySelectorAll('path')].map(
                   path => path.getBBox().height))"""
        )

    def drawn_edges(self) -> int:
        """Lines of the drawn graph: three points of a path are one edge."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.js-plotly-plot .scatterlayer .js-line')]
                 .map(path => (path.getAttribute('d').match(/M/g) || []).length)
                 .reduce((sum, lines) => sum + lines, 0)"""
        )

    def labels(self) -> list[str]:
        """Token names under the bars."""
        return self.page.locator(".js-plotly-plot .xtick text, .x3tick text").all_text_contents()

    def tinted(self) -> str:
        """The tinted text as it is read."""
        return self.page.locator("[data-testid='stHtml']").inner_text().strip()

    def alert(self) -> str:
        box = self.page.locator("[data-testid='stAlert']").first
        box.wait_for()
        return box.inner_text()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def screenshot(self, path: Path) -> None:
        """The whole page in one picture: Streamlit scrolls inside the window."""
        size = self.page.viewport_size or {"width": 1280}
        height = self.page.evaluate(
            "() => document.querySelector('[data-testid=stMain]')?.scrollHeight || 1000"
        )
        self.page.set_viewport_size({"width": size["width"], "height": int(height) + 10})
        self.page.wait_for_timeout(700)
        self.page.screenshot(path=path)

    def _metric(self, name: str):  # type: ignore[no-untyped-def]
        return self.page.locator("[data-testid='stMetric']").filter(
            has=self.page.get_by_text(name, exact=True)
        )

    def _see(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws") and parts.hostname != "localhost":
            self.foreign.append(url)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self.faults.append(text)
