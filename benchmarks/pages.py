"""Every page as a reader meets it: its first picture, and one switch on it. Needs a Chromium.

The server has been used once before, so its imports are done; each first picture is drawn in a
browser without any cache, and once more in one that has seen the page.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.dashboard import DRAWN, WATCH
from benchmarks.measure import Row, row
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

PLOT = ".js-plotly-plot .main-svg"
FIRST_BUDGET, SWITCH_BUDGET = "≤ 2,000", "≤ 300"


@dataclass(frozen=True)
class Opened:
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
    "Explore": Opened("", DRAWN, ("German", "another example")),
    "Compare texts": Opened("compare", PLOT, ("Similarities", "similarities")),
    "Stress test": Opened("stress", PLOT, ("Paper", "another protocol")),
    "Embedding map": Opened("map", ".glot-map[data-drawn]", ("Error", "another colour")),
    "Attributions": Opened("attributions", PLOT),
    "Benchmarks": Opened("benchmarks?bench_experiment=glue", PLOT, ("smollm2", "one backbone")),
    "Learn": Opened("learn?step=2", PLOT),
}


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    executable = find()
    if executable is None:
        return []
    times: dict[str, list[float]] = defaultdict(list)
    with sync_playwright() as playwright, running(HF_HUB_OFFLINE="1") as address:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for turn in range(2 if quick else 6):
            for name, opened in PAGES.items():
                found = _visited(chromium, f"{address}/{opened.address}", opened)
                # The first round is the server's.
                for told, taken in found.items() if turn else ():
                    times[f"{name}: {told}"].append(taken)
        chromium.close()
    return [
        row(name, values, budget=FIRST_BUDGET if "picture" in name else SWITCH_BUDGET)
        for name, values in times.items()
    ]


def _visited(chromium: Browser, address: str, opened: Opened) -> dict[str, float]:
    """Milliseconds of everything that is measured on a page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.add_init_script(f"({WATCH})({json.dumps([opened.drawn, 1])})")
    found = {"first picture": _opened(page, address)}
    explore = ExplorePage(page, address)
    explore.idle()
    found["first picture, seen before"] = _opened(page, address)
    explore.idle()
    if opened.switch:
        label, told = opened.switch
        found[told] = _switched(page, opened.drawn, label)
        explore.idle()
    context.close()
    return found


def _opened(page: Page, address: str) -> float:
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.painted > 0")
    return float(page.evaluate("() => window.painted"))


def _switched(page: Page, drawn: str, label: str) -> float:
    """From a click until the picture is another: a new element, or a new mark on it."""
    choice = page.get_by_role("radio", name=label, exact=True).or_(
        page.get_by_role("button", name=label, exact=True)
    )
    choice.first.scroll_into_view_if_needed()
    page.evaluate(SWITCH, drawn)
    choice.first.click()
    page.wait_for_function("() => window.switched > 0")
    return float(page.evaluate("() => window.switched"))


# Milliseconds from the next click to the frame after what is drawn has changed.
SWITCH = """selector => {
    window.switched = 0;
    const find = () => window.glotRoots.flatMap(root => [...root.querySelectorAll(selector)]);
    const mark = each => each.dataset.drawn ?? each.dataset.view ?? "";
    const before = new Map(find().map(each => [each, mark(each)]));
    const another = each => !before.has(each) || before.get(each) !== mark(each);
    addEventListener("pointerdown", () => {
        const began = performance.now();
        const look = () => {
            if (!find().some(another)) return requestAnimationFrame(look);
            requestAnimationFrame(() => { window.switched = performance.now() - began; });
        };
        look();
    }, {once: true, capture: true});
}"""
