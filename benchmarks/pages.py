"""Every page as a reader meets it: its first picture, and one switch on it. Needs a Chromium.

The server has served each page once, so its imports are done. A first picture is measured in a
browser that has no cache, in one that has seen the page before, and by a click on the menu from
Explore. Beside them stands a floor: a Streamlit page with a title and a figure of one point.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import expect_switch, opened, switched, watch
from benchmarks.dashboard import DRAWN
from benchmarks.measure import Row, row
from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

PLOT = ".js-plotly-plot .main-svg"
MAP = ".glot-map[data-drawn]"
FIRST_BUDGET, SWITCH_BUDGET = "≤ 2,000", "≤ 300"
COLD, WARM, WALKED = "first picture", "first picture, seen before", "first picture, from Explore"


@dataclass(frozen=True)
class Shown:
    """A page that is measured.

    Attributes:
        address: of it, with what it shows.
        drawn: selector of what is there once its picture is.
        switch: label of a choice that draws another picture, and what to call it; None for none.
    """

    address: str
    drawn: str = PLOT
    switch: tuple[str, str] | None = None


PAGES = {
    "Explore": Shown("", DRAWN),
    "Compare texts": Shown("compare", PLOT, ("Similarities", "another drawing")),
    "Stress test": Shown("stress", PLOT, ("Paper", "another protocol")),
    "Embedding map": Shown("map", MAP, ("Error", "another colour")),
    "Attributions": Shown("attributions", PLOT),
    "Benchmarks": Shown("benchmarks", PLOT, ("smollm2", "one backbone")),
    "Train": Shown("train", PLOT),
    "Learn": Shown("learn", PLOT),
}


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    executable = find()
    if executable is None:
        return []
    times: dict[str, list[float]] = defaultdict(list)
    floor = str(ROOT / "benchmarks" / "floor_plot.py")
    with (
        sync_playwright() as playwright,
        running(HF_HUB_OFFLINE="1") as address,
        running(floor) as plain,
    ):
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for turn in range(2 if quick else 6):
            rounds = {f"{name}: {told}": taken for name, told, taken in _round(chromium, address)}
            rounds |= _floor(chromium, plain)
            # The first round is the server's.
            for name, taken in rounds.items() if turn else ():
                times[name].append(taken)
        chromium.close()
    return [
        row(name, values, budget=FIRST_BUDGET if "picture" in name else SWITCH_BUDGET)
        for name, values in times.items()
    ]


def _round(chromium: Browser, address: str) -> list[tuple[str, str, float]]:
    """Page, what was measured on it, and milliseconds."""
    found = []
    for name, shown in PAGES.items():
        page = _page(chromium, shown.drawn)
        explore = ExplorePage(page, address)
        for told in (COLD, WARM):
            found.append((name, told, opened(page, f"{address}/{shown.address}")))
            explore.idle()
        if shown.switch:
            label, told = shown.switch
            found.append((name, told, _switched(page, shown.drawn, label)))
            explore.idle()
        page.context.close()
        if shown.address:
            found.append((name, WALKED, _walked(chromium, address, name, shown.drawn)))
    return found


def _floor(chromium: Browser, address: str) -> dict[str, float]:
    page = _page(chromium, PLOT)
    explore = ExplorePage(page, address)
    found = {}
    for told in (COLD, WARM):
        found[f"floor, a figure of one point: {told}"] = opened(page, address)
        explore.idle()
    page.context.close()
    return found


def _page(chromium: Browser, drawn: str) -> Page:
    """A page of a browser without any cache, which notes when what is drawn has come."""
    page = chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.set_default_timeout(60_000)
    watch(page, drawn)
    return page


def _switched(page: Page, drawn: str, label: str) -> float:
    """From a press until the picture is another."""
    choice = page.get_by_role("radio", name=label, exact=True).or_(
        page.get_by_role("button", name=label, exact=True)
    )
    choice.first.scroll_into_view_if_needed()
    expect_switch(page, drawn)
    choice.first.click()
    return switched(page)


def _walked(chromium: Browser, address: str, name: str, drawn: str) -> float:
    """From a press on the menu, in a browser that has seen Explore alone."""
    page = _page(chromium, drawn)
    explore = ExplorePage(page, address).open()
    explore.ready()
    expect_switch(page, drawn)
    page.get_by_role("link", name=name, exact=True).click()
    taken = switched(page)
    explore.idle()
    page.context.close()
    return taken
