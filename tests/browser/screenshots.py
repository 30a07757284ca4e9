"""Takes the README's screenshots: `make screenshots`."""

from __future__ import annotations

from playwright.sync_api import Browser, sync_playwright

from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running

FOLDER = ROOT / "assets" / "screenshots"
PICTURES = {"light": "explore.png", "dark": "explore-dark.png"}


def main() -> None:
    """Write the Explore page as it opens, light and dark."""
    executable = find()
    if executable is None:
        raise SystemExit("no Chromium found: `make browser` installs one")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for scheme in PICTURES:
            _take(chromium, address, scheme)
        chromium.close()


def _take(chromium: Browser, address: str, scheme: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    ExplorePage(page, address).open().ready().screenshot(FOLDER / PICTURES[scheme])
    page.close()


if __name__ == "__main__":
    main()
