"""100,000 points moved by mouse in a real Chromium: gaps between frames. Needs a Chromium."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import Row, row
from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.server import running

MOVES = 60
NAMES = {2: "100,000 points, moved in the plane: a frame", 3: "100,000 points, turned: a frame"}
# Notes when frames come.
LISTEN = """() => {
    window.gaps = [];
    const tick = now => { window.gaps.push(now); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
}"""


def run(quick: bool) -> list[Row]:
    """Gaps between frames while the mouse drags one panel of two."""
    executable = find()
    if executable is None:
        return []
    found = []
    with (
        sync_playwright() as playwright,
        running(str(ROOT / "benchmarks" / "many_points.py")) as address,
    ):
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for dimensions, name in NAMES.items():
            page = chromium.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(f"{address}/?dims={dimensions}")
            page.locator(".glot-map[data-drawn]").wait_for(timeout=60_000)
            found.append(row(name, _gaps(page, 1 if quick else 3), budget="smooth"))
            page.close()
        chromium.close()
    return found


def _gaps(page: Page, drags: int) -> list[float]:
    """Milliseconds between frames, without the first drag."""
    box = page.locator(".glot-map canvas.top").first.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    gaps = []
    page.evaluate(LISTEN)
    for drag in range(drags + 1):
        page.mouse.move(*middle)
        page.mouse.down()
        page.evaluate("() => { window.gaps.length = 0; }")
        for move in range(MOVES):
            # Back and forth, so that the points stay in the picture.
            away = 60 - abs(60 - 4 * (move % 30))
            page.mouse.move(middle[0] + away, middle[1] + away / 2)
        frames = page.evaluate("() => window.gaps")
        page.mouse.up()
        gaps += [later - sooner for sooner, later in pairwise(frames)] if drag else []
    return gaps
