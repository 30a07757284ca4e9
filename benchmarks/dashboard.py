"""The dashboard as a user meets it: start, first picture, a new text. Needs a Chromium."""

from __future__ import annotations

import time

from playwright.sync_api import sync_playwright

from benchmarks.measure import Row, row
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

# With the word that makes each text new, [CLS] and [SEP]: 30 tokens or one or two fewer.
TEXT = (
    "the plot is slow but both leads are so warm and so funny that you smile "
    "at the end of every scene they are in too"
)


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark; a cold server for each repeat."""
    answers, pictures, texts, moves = [], [], [], []
    executable = find()
    if executable is None:
        return []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for _ in range(2 if quick else 5):
            began = time.perf_counter()
            with running() as address:
                answers.append((time.perf_counter() - began) * 1000)
                page = chromium.new_page()
                explore = ExplorePage(page, address)
                began = time.perf_counter()
                explore.open()
                page.locator(".js-plotly-plot .barlayer path").first.wait_for()
                page.locator(".js-plotly-plot .scatterlayer path").first.wait_for()
                pictures.append((time.perf_counter() - began) * 1000)
                explore.ready()
                # The backbone loads behind the page; a reader of the example does not notice.
                page.wait_for_timeout(12_000)
                texts += [_new_text(explore, i) for i in range(3)]
                moves += [_move(explore) for _ in range(3)]
                page.close()
        chromium.close()
    return [
        row("start → HTTP 200", answers, budget="≤ 5,000"),
        row("open → example drawn", pictures, budget="≤ 2,000"),
        row("new 30-token text → drawn", texts, budget="≤ 1,000"),
        row("τ released → drawn", moves),
    ]


def _new_text(explore: ExplorePage, number: int) -> float:
    """From the key that sends a text never seen before to its last label on screen."""
    last = ("one", "two", "six")[number]
    box = explore.page.get_by_label("Text", exact=True)
    box.fill(f"{TEXT} {last}")
    began = time.perf_counter()
    box.press("Control+Enter")
    explore.page.locator(".js-plotly-plot .xaxislayer-above text", has_text=last).first.wait_for()
    explore.page.locator(".js-plotly-plot .scatterlayer text", has_text=last).first.wait_for()
    return (time.perf_counter() - began) * 1000


def _move(explore: ExplorePage) -> float:
    """From a key on the slider to the new number of drawn edges."""
    before = explore.drawn_edges()
    began = time.perf_counter()
    explore.press_tau("ArrowLeft", 4)
    explore.page.wait_for_function(
        """before => [...document.querySelectorAll('.js-plotly-plot .scatterlayer .js-line')]
             .map(path => (path.getAttribute('d').match(/M/g) || []).length)
             .reduce((sum, lines) => sum + lines, 0) !== before""",
        arg=before,
    )
    return (time.perf_counter() - began) * 1000
