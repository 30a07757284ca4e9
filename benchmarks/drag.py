"""τ dragged in a real Chromium: frames, work of each step, messages. Needs a Chromium.

`python benchmarks/drag.py --json` prints one record. The mouse moves in every frame, as a hand
does; graph, matrix, bars, curves and text all follow.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

if __name__ == "__main__":  # as a file: the project is beside it, not on the path
    sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
import typer
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

# More words than the page draws tokens: the text is cut at 512.
WORDS = (
    *("the", "plot", "is", "slow", "and", "thin", "but", "both", "leads", "are", "warm", "funny"),
    *("never", "less", "than", "honest", "while", "every", "second", "scene", "in", "this", "long"),
    *("gray", "winter", "city", "looks", "like", "a", "letter", "that", "nobody", "sent"),
)
SWEEPS = 4
# Steps of one sweep from τ 0.62 to 0 and up to 1: each moves the slider by a hundredth or two.
PATH = [0.62 - i / 60 for i in range(38)] + [i / 70 for i in range(71)]
# Notes when frames come, and how long each step of the component took.
LISTEN = """() => {
    if (window.steps) return;
    window.steps = []; window.frames = [];
    document.addEventListener("glot-step", event => window.steps.push(event.detail));
    const tick = now => { window.frames.push(now); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
}"""


def measure(words: int = 700, texts: int = 0) -> dict[str, Any]:
    """Drag τ over a text of so many words, then show so many other texts.

    Returns:
        `tokens`; `edges`, all pairs; `p50_frame_ms`, `p95_frame_ms`, `max_frame_ms`, gaps between
        frames while dragging, without the first sweep; `first_sweep_p95_ms`; `step_ms`,
        `step_p95_ms`, main-thread work of a step; `steps`; `messages_mid_drag`; `first_paint_ms`,
        from the text's arrival in the browser to its picture; `payload_bytes`,
        the largest message; `commit_ms`, from release to τ in the link. With texts, also
        `memory`: after a tenth of them and after all, `heap_mb` and `nodes` of the page after a
        collection, and `browser_mb` and `server_mb`, resident.
    """
    executable = find()
    if executable is None:
        raise SystemExit("no Chromium found: `make browser` installs one")
    text = " ".join(WORDS[i * 7 % len(WORDS)] for i in range(words))
    with running() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        messages: list[tuple[float, int]] = []
        page.on("websocket", lambda socket: _watch(socket, messages))
        explore = ExplorePage(page, address).open().ready()
        # The backbone loads behind the page.
        page.wait_for_timeout(12_000)
        messages.clear()
        painted = _new_text(explore, text)
        largest = max(size for _, size in messages)
        arrived = next(when for when, size in messages if size == largest)
        # The pictures that quicken the drag are drawn in the idle time after the first paint.
        page.wait_for_timeout(3000)
        record = {
            "tokens": explore.number("tokens"),
            "edges": explore.number("tokens") * (explore.number("tokens") - 1) // 2,
            "payload_bytes": largest,
            "first_paint_ms": round(painted - arrived, 1),
            **_sweeps(explore, page, messages),
        }
        if texts:
            record["memory"] = _memory(explore, texts)
        chromium.close()
    return record


def _watch(socket: Any, messages: list[tuple[float, int]]) -> None:
    for event in ("framesent", "framereceived"):
        socket.on(event, lambda frame: messages.append((_now(), len(frame))))


def _new_text(explore: ExplorePage, text: str) -> float:
    """Send a text; when its graph stood, on this process's clock."""
    before = explore.view()
    explore.type(text)
    explore.page.locator(f".glot:not([data-view='{before}'])").wait_for()
    painted = _now()
    explore.idle()
    return painted


def _sweeps(explore: ExplorePage, page: Page, messages: list[tuple[float, int]]) -> dict[str, Any]:
    """All sweeps; the first one meets pictures that are not drawn yet."""
    page.evaluate(LISTEN)
    mouse = page.context.new_cdp_session(page)
    gaps: list[list[float]] = []
    steps: list[float] = []
    sent, commits = 0, []
    for _ in range(SWEEPS):
        page.evaluate("() => { window.steps.length = window.frames.length = 0; }")
        before = len(messages)
        end = _drag(explore, page, mouse)
        sent += len(messages) - before
        frames, work = page.evaluate("() => [window.frames, window.steps]")
        gaps.append([b - a for a, b in pairwise(frames)][1:])
        steps += work
        began = _now()
        page.mouse.up()
        page.wait_for_function(
            "tau => new URLSearchParams(location.search).get('tau') === tau", arg=end
        )
        commits.append(_now() - began)
        explore.idle()
    later = sorted(gap for sweep in gaps[1:] for gap in sweep)
    return {
        "p50_frame_ms": round(statistics.median(later), 2),
        "p95_frame_ms": round(later[int(0.95 * len(later))], 2),
        "max_frame_ms": round(later[-1], 2),
        "first_sweep_p95_ms": round(sorted(gaps[0])[int(0.95 * len(gaps[0]))], 2),
        "frames": len(later),
        "step_ms": round(statistics.median(steps), 2),
        "step_p95_ms": round(sorted(steps)[int(0.95 * len(steps))], 2),
        "steps": len(steps),
        "messages_mid_drag": sent,
        "commit_ms": round(statistics.median(commits), 1),
    }


def _memory(explore: ExplorePage, texts: int) -> dict[str, dict[str, float]]:
    """Memory of page, browser and server while one text follows another."""
    devtools = explore.page.context.new_cdp_session(explore.page)
    seen = {}
    for number in range(1, texts + 1):
        picked = [WORDS[(number * 13 + i * 7) % len(WORDS)] for i in range(60)]
        _new_text(explore, f"{number} {' '.join(picked)}")
        if number in (max(1, texts // 10), texts):
            devtools.send("HeapProfiler.collectGarbage")
            heap = explore.page.evaluate("() => performance.memory.usedJSHeapSize")
            seen[f"after {number} texts"] = {
                "heap_mb": round(heap / 2**20, 1),
                "nodes": devtools.send("Memory.getDOMCounters")["nodes"],
                **_resident(),
            }
    return seen


def _resident() -> dict[str, float]:
    """Resident memory of the processes that this one started, MiB."""
    total = {"browser_mb": 0.0, "server_mb": 0.0}
    for process in psutil.Process().children(recursive=True):
        # Between the listing and the look a process may end.
        with suppress(psutil.NoSuchProcess):
            words = " ".join(process.cmdline())
            part = (
                "browser_mb" if "chrom" in words else "server_mb" if "streamlit" in words else None
            )
            if part:
                total[part] += process.memory_info().rss / 2**20
    return {name: round(size, 1) for name, size in total.items()}


def _drag(explore: ExplorePage, page: Page, mouse: CDPSession) -> str:
    """Press, move along the path, keep pressed; the τ it ends on."""
    box = explore.slider().bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    # The thumb's middle travels over the width less its own.
    place = lambda tau: box["x"] + 8 + tau * (box["width"] - 16)  # noqa: E731
    page.mouse.move(place(explore.tau()), y)
    page.mouse.down()
    for tau in PATH:
        # Straight to the browser, without waiting for an answer from the page: at the rate of
        # its frames, as a hand moves.
        mouse.send(
            "Input.dispatchMouseEvent",
            {"type": "mouseMoved", "x": place(tau), "y": y, "button": "left", "buttons": 1},
        )
    return f"{explore.tau():.2f}"


def _now() -> float:
    return time.perf_counter() * 1000


def main(
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    words: Annotated[int, typer.Option(help="Words of the text.")] = 700,
    texts: Annotated[int, typer.Option(help="Then show so many texts and tell memory.")] = 0,
) -> None:
    """Measure the drag on this machine."""
    from benchmarks.measure import environment

    record = {**measure(words, texts), **environment()}
    if as_json:
        typer.echo(json.dumps(record))
        return
    for name, value in record.items():
        typer.echo(f"{name:<22} {value}")


if __name__ == "__main__":
    typer.run(main)
