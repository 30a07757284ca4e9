"""What is drawn looks as it did: pictures compared with stored ones, with tolerance.

`UPDATE_PICTURES=1 pytest -m browser tests/browser/test_pictures.py` stores new ones; look at them.
"""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.explore import ExplorePage

STORED = Path(__file__).parent / "pictures"
# Panels without many letters: fonts differ from machine to machine.
PANELS = {"graph": ".graph", "matrix": ".matrix", "curves": ".curves .plot", "bars": ".bars .plot"}
# Of 255: what smoothing of lines and letters may change on average, and how many pixels may
# differ plainly. A missing edge layer changes more than twice as much.
MEAN, PLAIN, SHARE = 2.5, 48, 0.03


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Mean difference, and the share of pixels that differ plainly."""
    a, b = (np.asarray(picture.convert("RGB"), dtype=np.int16) for picture in (one, other))
    apart = np.abs(a - b).max(axis=2)
    return float(apart.mean()), float((apart > PLAIN).mean())


def picture(explore: ExplorePage, panel: str) -> Image.Image:
    """A panel as it is drawn, on whole pixels wherever it stands on the page."""
    place = explore.component().locator(PANELS[panel])
    explore.component().evaluate(
        """(root, panel) => {
          const {top} = root.querySelector(panel).getBoundingClientRect();
          root.style.marginTop = `${Math.ceil(top) - top}px`;
        }""",
        PANELS[panel],
    )
    explore.page.wait_for_timeout(300)
    return Image.open(BytesIO(place.screenshot()))


@pytest.mark.parametrize(
    "explore", [{"colours": "light"}, {"colours": "dark"}], indirect=True, ids=["light", "dark"]
)
@pytest.mark.parametrize("panel", PANELS)
def test_panels_look_as_they_did(explore, panel, request):
    explore.open("?tau=0.45").ready()
    taken = picture(explore, panel)
    path = STORED / f"{panel}-{request.node.callspec.id.split('-')[-1]}.png"
    if os.environ.get("UPDATE_PICTURES"):
        STORED.mkdir(exist_ok=True)
        taken.save(path, optimize=True)
    with Image.open(path) as stored:
        assert taken.size == stored.size
        mean, plain = difference(taken, stored)
    assert mean <= MEAN, f"mean difference {mean:.2f}"
    assert plain <= SHARE, f"{plain:.1%} of the pixels differ plainly"


def test_the_comparison_sees_another_tau(explore):
    explore.open("?tau=0.20").ready()
    taken = picture(explore, "graph")
    with Image.open(STORED / "graph-light.png") as stored:
        mean, plain = difference(taken, stored)
    assert mean > MEAN or plain > SHARE
