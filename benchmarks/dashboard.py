"""The dashboard as a user meets it: start, first picture, a new text. Needs a Chromium.

Beside the first picture stand two floors, measured in turns with it: an empty Streamlit page, and
one with a single Plotly chart. What lies above them is ours.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measure import Row, row
from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

FLOORS = {
    "floor: a page with a title → drawn": ("floor_title.py", "h1"),
    "floor: title and one Plotly chart → drawn": ("floor_plotly.py", ".barlayer path"),
}
EXAMPLE = {
    "open → example shown: tinted text, numbers": "[data-testid=stHtml] span",
    "open → example drawn: graph and bars too": ".js-plotly-plot .barlayer path",
}
# Notes when the frame after an element's arrival was painted, in milliseconds since navigation.
# Asking from outside comes late: the page does not answer while Plotly is compiled.
WATCH = """selectors => {
    window.painted = {};
    const look = () => {
        for (const selector of selectors) {
            if (!(selector in window.painted) && document.querySelector(selector)) {
                window.painted[selector] = 0;
                requestAnimationFrame(() => requestAnimationFrame(() => {
                    window.painted[selector] = performance.now();
                }));
            }
        }
    };
    new MutationObserver(look).observe(document, {childList: true, subtree: true});
}"""
# With the word that makes each text new, [CLS] and [SEP]: 30 tokens or one or two fewer.
TEXT = (
    "the plot is slow but both leads are so warm and so funny that you smile "
    "at the end of every scene they are in too"
)
BUDGETS = {
    "start → HTTP 200": "≤ 5,000",
    "open → example shown: tinted text, numbers": "≤ 2,000",
    "open → example drawn: graph and bars too": "≤ 2,000",
    "new 30-token text → drawn": "≤ 1,000",
}


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark; a cold server and a cold browser cache for each repeat."""
    executable = find()
    if executable is None:
        return []
    times: dict[str, list[float]] = defaultdict(list)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for _ in range(2 if quick else 5):
            for name, (script, drawn) in FLOORS.items():
                times[name].append(_floor(chromium, script, drawn))
            _explore(chromium, times)
        chromium.close()
    return [row(name, values, budget=BUDGETS.get(name, "")) for name, values in times.items()]


def _floor(chromium: Browser, script: str, drawn: str) -> float:
    with running(str(ROOT / "benchmarks" / script)) as address:
        page = chromium.new_page()
        taken = _painted(page, address, [drawn])[0]
        page.close()
    return taken


def _painted(page: Page, address: str, selectors: list[str]) -> list[float]:
    """Open the page; when each element was painted, in milliseconds since navigation."""
    page.add_init_script(f"({WATCH})({json.dumps(selectors)})")
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        "selectors => selectors.every(selector => window.painted[selector] > 0)", arg=selectors
    )
    times: list[float] = page.evaluate(
        "selectors => selectors.map(selector => window.painted[selector])", selectors
    )
    return times


def _explore(chromium: Browser, times: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    with running() as address:
        times["start → HTTP 200"].append(_since(began))
        page = chromium.new_page()
        explore = ExplorePage(page, address)
        for name, taken in zip(
            EXAMPLE, _painted(page, address, list(EXAMPLE.values())), strict=True
        ):
            times[name].append(taken)
        explore.ready()
        # The backbone loads behind the page; a reader of the example does not notice.
        page.wait_for_timeout(12_000)
        for word in ("one", "two", "six"):
            times["new 30-token text → drawn"].append(_new_text(explore, word))
        for _ in range(3):
            times["τ released → drawn"].append(_move(explore))
        page.close()


def _new_text(explore: ExplorePage, last: str) -> float:
    """From the key that sends a text never seen before to its last label in both charts."""
    box = explore.page.get_by_label("Text", exact=True)
    box.fill(f"{TEXT} {last}")
    began = time.perf_counter()
    box.press("Control+Enter")
    explore.page.locator(".js-plotly-plot .xaxislayer-above text", has_text=last).first.wait_for()
    explore.page.locator(".js-plotly-plot .scatterlayer text", has_text=last).first.wait_for()
    return _since(began)


def _move(explore: ExplorePage) -> float:
    """From a key on the slider to another number of drawn edges."""
    before = explore.drawn_edges()
    began = time.perf_counter()
    explore.press_tau("ArrowLeft", 4)
    explore.page.wait_for_function(
        """before => [...document.querySelectorAll('.js-plotly-plot .scatterlayer .js-line')]
             .map(path => (path.getAttribute('d').match(/M/g) || []).length)
             .reduce((sum, lines) => sum + lines, 0) !== before""",
        arg=before,
    )
    return _since(began)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
