"""A browser, the dashboard, and a page that notices what must never happen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

ARTIFACTS = ROOT / "artifacts"
# Milliseconds until what should happen has not happened: long, for a machine may be slow.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address():
    with running(HF_HUB_OFFLINE="1") as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    executable = find()
    assert executable, "no Chromium: `make browser` installs one"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def explore(browser, address, request):
    """A fresh page; a screenshot of how the test left it is kept under artifacts/."""
    scheme = getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": scheme.get("width", 1280), "height": 1000},
        color_scheme=scheme.get("colours", "light"),
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    watched = ExplorePage(page, address)
    yield watched
    ARTIFACTS.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:80]
    watched.screenshot(ARTIFACTS / f"{name}.png")
    context.close()
    assert watched.foreign == [], "requests left the machine"
    assert watched.faults == [], "the browser's console shows errors"
