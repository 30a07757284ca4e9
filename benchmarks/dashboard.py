"""The dashboard as a user meets it: start, first picture, a new text, τ. Needs a Chromium.

Beside the first picture stand two floors, measured in turns with it: an empty Streamlit page, and
one with an empty component. What lies above them is ours.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict

from playwright.sync_api import Browser, Page, sync_playwright

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
# Notes when the frame after an element's arrival was painted, in milliseconds since navigation.
# Asking from outside comes late while the page is busy. Components stand behind shadow roots, into
# which neither observers nor selectors of the document look.
WATCH = """([selector, frames]) => {
    const roots = window.glotRoots = [];
    let arrived = false;
    const paint = frames => {
        if (frames) requestAnimationFrame(() => paint(frames - 1));
        else window.painted = performance.now();
    };
    const look = () => {
        if (arrived || !roots.some(root => root.querySelector(selector))) return;
        arrived = true;
        paint(frames);
    };
    const watch = root => {
        roots.push(root);
        new MutationObserver(look).observe(
            root, {childList: true, subtree: true, attributeFilter: ["data-view", "data-drawn"]});
    };
    watch(document);
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
        const root = attach.call(this, options);
        watch(root);
        return root;
    };
}"""
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
        taken = _painted(page, address, drawn, frames=2)
        page.close()
    return taken


def _painted(page: Page, address: str, selector: str, frames: int) -> float:
    """Open the page; when so many frames had passed since an element came, in milliseconds."""
    page.add_init_script(f"({WATCH})({json.dumps([selector, frames])})")
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.painted > 0")
    return float(page.evaluate("() => window.painted"))


def _explore(chromium: Browser, times: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    with running() as address:
        times["start → HTTP 200"].append(_since(began))
        page = chromium.new_page()
        explore = ExplorePage(page, address)
        drawn = _painted(page, address, DRAWN, frames=0)
        times["open → example drawn: all panels"].append(drawn)
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
    before = explore.view()
    box = explore.page.get_by_label("Text", exact=True)
    box.fill(f"{words(tokens - 1)} {last}")
    began = time.perf_counter()
    box.press("Control+Enter")
    explore.page.locator(f"{DRAWN}:not([data-view='{before}'])").wait_for()
    taken = _since(began)
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
