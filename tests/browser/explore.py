"""The Explore page as a person sees it: what to click, what to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

# A page with a component of its own that Streamlit has not mounted yet has none of this.
COMPONENT = ".glot"
LOOKS = {
    f"{colours}-{width}": {"colours": colours, "width": width}
    for colours in ("light", "dark")
    for width in (1280, 390)
}
NARROW = {name: LOOKS[name] for name in ("light-1280", "dark-390")}
# Milliseconds: longer than any of Streamlit's widgets waits before it tells the server.
STILL = 350


class ExplorePage:
    """Wraps a browser page.

    Attributes:
        foreign: requests to other machines, which there must be none of.
        faults: errors of the browser's console.
        frames: sizes of the messages between browser and server, with who sent them.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.foreign: list[str] = []
        self.faults: list[str] = []
        self.frames: list[tuple[str, int]] = []
        self._asked = 0
        page.on("request", lambda request: self._see(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("websocket", self._listen)

    def open(self, query: str = "") -> ExplorePage:
        self.page.goto(f"{self.address}/{query}")
        return self

    def ready(self) -> ExplorePage:
        """A text stands on the screen and nothing is running."""
        self.component().locator("xpath=self::*[@data-view]").wait_for()
        self.idle()
        return self

    def idle(self) -> None:
        """The server has answered the last action, also one that its widget tells only now."""
        self._asked += 1
        self.page.wait_for_function(
            """([asked, still]) => {
                 const state = document.querySelector("[data-testid='stApp']")
                   ?.dataset.testScriptState;
                 const now = performance.now();
                 if (state !== 'notRunning' || window.glotStill?.asked !== asked)
                   window.glotStill = {asked, since: now};
                 return now - window.glotStill.since >= still;
               }""",
            arg=[self._asked, STILL],
        )

    def settled(self) -> None:
        """Nothing fades in or out any more, save what never ends, such as a spinner."""
        self.page.wait_for_function(
            """() => document.getAnimations().every(({playState, effect}) =>
                 playState !== 'running' || effect.getComputedTiming().endTime === Infinity)"""
        )

    def component(self) -> Locator:
        return self.page.locator(COMPONENT)

    def view(self) -> str:
        """Name of the text and graph that stand on the screen."""
        return self.component().get_attribute("data-view") or ""

    def type(self, text: str) -> None:
        box = self.page.get_by_label("Text", exact=True)
        box.fill(text)
        box.press("Control+Enter")

    def show(self, text: str) -> ExplorePage:
        """Type a text, and wait until it stands on the screen."""
        before = self.view()
        self.type(text)
        self.changed(before)
        return self

    def changed(self, before: str) -> None:
        """Another text or graph than this stands on the screen."""
        self.page.locator(f"{COMPONENT}:not([data-view='{before}'])").wait_for()
        self.idle()

    def text(self) -> str:
        return self.page.get_by_label("Text", exact=True).input_value()

    def expect_text(self, text: str) -> None:
        """The box holds this text, now or in a moment."""
        expect(self.page.get_by_label("Text", exact=True)).to_have_value(text)

    def slider(self) -> Locator:
        return self.component().get_by_label("Similarity threshold τ")

    def press_tau(self, key: str, times: int = 1) -> None:
        """Move the slider by keyboard: one press is 0.01."""
        self.slider().focus()
        for _ in range(times):
            self.slider().press(key)
        self.painted()

    def drag_tau(self, tau: float, release: bool = True) -> None:
        """Move the slider by mouse; the thumb's middle travels over the width less its own."""
        box = self.slider().bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        place = [box["x"] + 8 + each * (box["width"] - 16) for each in (self.tau(), tau)]
        self.page.mouse.move(place[0], y)
        self.page.mouse.down()
        self.page.mouse.move(place[1], y, steps=15)
        if release:
            self.page.mouse.up()
        self.painted()

    def painted(self) -> None:
        """What was done last has been drawn: the component draws in the next frame."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def tau(self) -> float:
        """τ as it is shown."""
        return float(self.component().locator(".tau-value").inner_text())

    def expect_link(self, **values: str) -> None:
        """The address holds these parameters."""
        for name, value in values.items():
            self.page.wait_for_function(
                "([name, value]) => new URLSearchParams(location.search).get(name) === value",
                arg=[name, value],
            )

    def link(self) -> dict[str, str]:
        return {key: value[0] for key, value in parse_qs(urlsplit(self.page.url).query).items()}

    def shown(self, name: str) -> str:
        """A number beside the slider as it is written."""
        return self._number(name).inner_text()

    def number(self, name: str) -> int:
        return int(self.shown(name).replace(",", ""))

    def expect_number(self, name: str, value: str) -> None:
        expect(self._number(name)).to_have_text(value)

    def prediction(self, pooler: str) -> str:
        return self.component().locator(f".prediction[data-pooler='{pooler}']").inner_text()

    def chip(self, pooler: str) -> Locator:
        return self.component().locator(f"[data-compare='{pooler}']")

    def compared(self) -> list[str]:
        """Poolers whose bars are drawn, from top to bottom."""
        return (
            self.component()
            .locator(".prediction")
            .evaluate_all("rows => rows.map(row => row.dataset.pooler)")
        )

    def token(self, number: int) -> Locator:
        return self.component().locator(f"[data-token='{number}']")

    def relation(self) -> str:
        return self.component().locator(".relation p").inner_text()

    def button(self, name: str) -> Locator:
        return self.component().get_by_role("button", name=name, exact=True)

    def open_part(self, title: str) -> None:
        """Open what is folded, if it is."""
        part = self.component().locator("details").filter(has_text=title).first
        if part.get_attribute("open") is None:
            part.locator("summary").click()

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of one of the tables, which must be open."""
        found = self.component().get_by_role("region", name=name).locator("table")
        expect(found.locator("tbody")).to_be_attached()
        head, *rows = found.evaluate(
            "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
        )
        return [dict(zip(head, row, strict=True)) for row in rows]

    def take(self, name: str, folder: Path) -> Path:
        """Download an export."""
        with self.page.expect_download() as download:
            self.button(name).click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def record(self, folder: Path) -> dict[str, Any]:
        """What is on the screen, as the JSON export tells it."""
        self.open_part("Take it with you")
        return json.loads(self.take("JSON", folder).read_text(encoding="utf-8"))

    def record_tokens(self, folder: Path) -> list[str]:
        """Tokens on the screen, as the JSON export tells them."""
        tokens: list[str] = self.record(folder)["tokens"]
        return tokens

    def inked(self, panel: str) -> int:
        """Pixels of a panel's pictures that are not empty."""
        return (
            self.component()
            .locator(f".{panel} canvas")
            .evaluate_all(
                """canvases => canvases.map(canvas => {
                 if (!canvas.width || !canvas.height) return 0;
                 const {data} = canvas.getContext('2d')
                   .getImageData(0, 0, canvas.width, canvas.height);
                 let inked = 0;
                 for (let at = 3; at < data.length; at += 4) inked += data[at] > 0;
                 return inked;
               }).reduce((sum, inked) => sum + inked, 0)"""
            )
        )

    def tinted(self) -> str:
        """The tinted text as it is read."""
        return self.component().locator(".words").inner_text().strip()

    def alert(self) -> str:
        box = self.page.locator("[data-testid='stAlert']").first
        box.wait_for()
        return box.inner_text()

    def violations(self) -> list[tuple[str, str, str]]:
        """What axe finds serious or critical anywhere on the page."""
        # A button under the pointer has colours of Streamlit's own.
        self.page.mouse.move(0, 0)
        self.idle()
        self.settled()
        return [
            (rule["id"], node["html"][:200], node["failureSummary"])
            for rule in Axe().run(self.page).response["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

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

    def _number(self, name: str) -> Locator:
        return self.component().locator(f"[data-number='{name}']")

    def _listen(self, socket) -> None:  # type: ignore[no-untyped-def]
        socket.on("framesent", lambda frame: self.frames.append(("browser", len(frame))))
        socket.on("framereceived", lambda frame: self.frames.append(("server", len(frame))))

    def _see(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws") and parts.hostname != "localhost":
            self.foreign.append(url)

    def _hear(self, message: ConsoleMessage) -> None:
        # Where a page is opened by its address, Streamlit asks for its server below that first.
        path = urlsplit(message.location["url"]).path
        probe = "/_stcore/" in path and not path.startswith("/_stcore/")
        if message.type == "error" and not probe:
            self.faults.append(message.text)
