"""When something stands on the screen, told by the browser itself.

Asking from outside is too coarse: it comes late while the page is busy, and Playwright asks twice a
second at the most.
"""

from __future__ import annotations

import json

from playwright.sync_api import Page

# Notes when the frame after an element's arrival was painted, in milliseconds since navigation.
# Components stand behind shadow roots, into which neither observers nor selectors of the document
# look.
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
# Milliseconds from the next event of a kind to the frame after what is drawn has changed.
SWITCH = """([selector, event]) => {
    window.switched = 0;
    const find = () => window.glotRoots.flatMap(root => [...root.querySelectorAll(selector)]);
    const mark = each => each.dataset.drawn ?? each.dataset.view ?? "";
    const before = new Map(find().map(each => [each, mark(each)]));
    const another = each => !before.has(each) || before.get(each) !== mark(each);
    addEventListener(event, () => {
        const began = performance.now();
        const look = () => {
            if (!find().some(another)) return requestAnimationFrame(look);
            requestAnimationFrame(() => { window.switched = performance.now() - began; });
        };
        look();
    }, {once: true, capture: true});
}"""


def watch(page: Page, drawn: str, frames: int = 1) -> None:
    """Have every address that is opened note when what is drawn has come.

    Args:
        page: before it opens one.
        drawn: selector.
        frames: that pass after it.
    """
    page.add_init_script(f"({WATCH})({json.dumps([drawn, frames])})")


def opened(page: Page, address: str) -> float:
    """Milliseconds until the picture of an address is drawn."""
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.painted > 0")
    return float(page.evaluate("() => window.painted"))


def expect_switch(page: Page, drawn: str, event: str = "pointerdown") -> None:
    """From the next such event on, wait for another picture."""
    page.evaluate(SWITCH, [drawn, event])


def switched(page: Page) -> float:
    """Milliseconds from that event to the other picture: a new element, or a new mark on it."""
    page.wait_for_function("() => window.switched > 0")
    return float(page.evaluate("() => window.switched"))
