"""Takes the README's screenshot: `make screenshots`."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from glot.paths import ROOT
from tests.browser.chromium import FLAGS, find
from tests.browser.explore import ExplorePage
from tests.browser.server import running


def main() -> None:
    """Write assets/screenshots/explore.png."""
    executable = find()
    if executable is None:
        raise SystemExit("no Chromium found: `make browser` installs one")
    path = ROOT / "assets" / "screenshots" / "explore.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with running() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        ExplorePage(page, address).open().ready().screenshot(path)
        chromium.close()


if __name__ == "__main__":
    main()
