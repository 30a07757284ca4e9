"""The dashboard as a user meets it: start, first picture, a new text, τ. Needs a Chromium.

Beside the first picture stand two floors, measured in turns with it: an empty Streamlit page, and
one with an empty component. What lies above them is ours.
"""

from __future__ import annotations

import time
from collections import defaultdict

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import expect_switch, opened, switched, watch
from benchmarks.measure import Row, row
from benchmarks.text import words
from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

FLOORS = {
    "floor: a page with a title → drawn": ("floor_title.py", "h1"),
    "floor: title and an empty component → drawn": ("floor_component.py", ".values"),
}
# The component says so itself, two frames after all of its panels were drawn.
DRAWN = ".glot[data-view]"
BUDGETS = {
    "start → HTTP 200": "≤ 5,000",
    "open → example drawn: all panels": "≤ 2,000",
    "new 30-token text → all shown": "≤ 1,000",
    "new 128-token text → all shown": "≤ 500",
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
        watch(page, drawn, frames=2)
        taken = opened(page, address)
        page.close()
    return taken


def _explore(chromium: Browser, times: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    with running() as address:
        times["start → HTTP 200"].append(_since(began))
        page = chromium.new_page()
        explore = ExplorePage(page, address)
        watch(page, DRAWN, frames=0)
        times["open → example drawn: all panels"].append(opened(page, address))
        explore.ready()
        # The backbone loads behind the page; a reader of the example does not notice.
        page.wait_for_timeout(12_000)
        for word in ("one", "three", "six"):
            for tokens in (30, 128):
                taken = _new_text(explore, tokens, word)
                times[f"new {tokens}-token text → all shown"].append(taken)
        for tau in (0.3, 0.8, 0.5):
            times["τ released → link"].append(_release(explore, tau))
        page.close()


def _new_text(explore: ExplorePage, tokens: int, last: str) -> float:
    """From the key that sends a text never seen before to its picture in all panels."""
    box = explore.page.get_by_label("Text", exact=True)
    box.fill(f"{words(tokens - 1)} {last}")
    expect_switch(explore.page, DRAWN, "keydown")
    box.press("Control+Enter")
    taken = switched(explore.page)
    explore.idle()
    if explore.number("tokens") != tokens:
        raise RuntimeError(f"a text of {tokens} tokens was shown as {explore.number('tokens')}")
    return taken


def _release(explore: ExplorePage, tau: float) -> float:
    """From letting go of the slider to τ in the address: the server has heard and answered."""
    explore.drag_tau(tau, release=False)
    shown = f"{explore.tau():.2f}"
    began = time.perf_counter()
    explore.page.mouse.up()
    explore.expect_link(tau=shown)
    taken = _since(began)
    explore.idle()
    return taken


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
