"""A real Chromium on the embedding map."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from app.components.embedding.payload import number
from glot.projection.bundle import stored_map
from tests.browser.explore import LOOKS
from tests.browser.other import OtherPage

DRAWN = ".glot-map[data-drawn]"
POINT = re.compile(r'translate\(([\d.-]+) ([\d.-]+)\) .*fill="([^"]+)" fill-opacity="([\d.]+)"')


class MapPage(OtherPage):
    path = "map"

    def ready(self):
        self.component().wait_for()
        self.explore.idle()
        return self

    def component(self):
        return self.page.locator(DRAWN)

    def panels(self):
        return self.component().locator(".panel")

    def choose(self, label):
        """Another map is drawn."""
        before = self.component().get_attribute("data-drawn")
        self.press(label)
        self.page.locator(f".glot-map:not([data-drawn='{before}'])").wait_for()
        self.explore.idle()

    def canvas(self, panel):
        found = self.panels().nth(panel).locator("canvas.top")
        found.scroll_into_view_if_needed()
        return found

    def lasso(self, panel):
        """Draw around the left half of a panel."""
        box = self.canvas(panel).bounding_box()
        left, top = box["x"] + 2, box["y"] + 2
        right, bottom = box["x"] + box["width"] / 2, box["y"] + box["height"] - 2
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 2)):
            self.page.mouse.move(x, y, steps=6)
        self.page.mouse.up()
        self.explore.idle()

    def points(self, panel, folder):
        """x, y, hue and opacity of a panel's rows, as its picture has them."""
        with self.page.expect_download() as download:
            self.panels().nth(panel).get_by_role("button", name="SVG").click()
        path = folder / f"{panel}.svg"
        download.value.save_as(path)
        drawn = path.read_text(encoding="utf-8").split("<svg ")[2].split("</svg>")[0]
        return [
            (float(x), float(y), hue, float(opacity)) for x, y, hue, opacity in POINT.findall(drawn)
        ]

    def standing_out(self, panel, folder):
        """Rows that do not fade."""
        points = self.points(panel, folder)
        return [row for row, (*_, opacity) in enumerate(points) if opacity > 0.5]

    def inked(self, panel):
        """Pixels of a panel that are not its background's."""
        return (
            self.panels()
            .nth(panel)
            .locator("canvas")
            .first.evaluate(
                """canvas => {
                 const {data} = canvas.getContext('2d')
                   .getImageData(0, 0, canvas.width, canvas.height);
                 const pixels = new Uint32Array(data.buffer);
                 return pixels.reduce((sum, pixel) => sum + (pixel !== pixels[0]), 0);
               }"""
            )
        )


@pytest.fixture
def map_page(explore):
    return MapPage(explore)


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_the_stored_map_is_drawn_in_every_look(map_page):
    map_page.open()
    expect(map_page.panels()).to_have_count(4)
    for panel, (pooler, part) in enumerate(stored_map().parts.items()):
        shown = map_page.panels().nth(panel).inner_text()
        for name in ("probe", "silhouette", "anisotropy"):
            assert number(name, getattr(part.quality, name)) in shown, pooler
        assert map_page.inked(panel) > 2_000
    assert map_page.explore.overflow() == 0
    assert map_page.explore.violations() == []


def test_what_is_drawn_is_the_librarys_map(map_page, tmp_path):
    map_page.open("poolers=glot")
    points = map_page.points(0, tmp_path)
    part = stored_map().parts["glot"]
    coordinates = (part.vectors.values - part.principal.mean) @ part.principal.axes[:2].T
    assert len(points) == len(coordinates) == 300
    for axis, sign in ((0, 1), (1, -1)):
        drawn = [sign * point[axis] for point in points]
        wanted = coordinates[:, axis].tolist()
        slope = (max(drawn) - min(drawn)) / (max(wanted) - min(wanted))
        shifted = [(value - min(wanted)) * slope + min(drawn) for value in wanted]
        assert drawn == pytest.approx(shifted, abs=0.2)
    labels = stored_map().rows.labels
    hues = {
        label: {points[row][2] for row in range(300) if labels[row] == label} for label in (0, 1)
    }
    assert len(hues[0]) == len(hues[1]) == 1
    assert hues[0] != hues[1]


def test_a_lasso_chooses_the_same_rows_in_every_panel_and_one_opens_on_explore(map_page, tmp_path):
    map_page.open()
    map_page.choose("Lasso")
    map_page.explore.expect_link(map_drag="lasso")
    map_page.lasso(3)
    told = map_page.page.get_by_text(re.compile("of 300 rows chosen"))
    expect(told).to_be_visible()
    chosen = int(told.inner_text().split()[0])
    assert 0 < chosen < 300
    rows = [map_page.standing_out(panel, tmp_path) for panel in range(4)]
    assert rows == [rows[0]] * 4
    assert len(rows[0]) == chosen
    # What was drawn around is the left half of that panel.
    points = map_page.points(3, tmp_path)
    middle = map_page.canvas(3).bounding_box()["width"] / 2
    assert rows[0] == [row for row, (x, *_) in enumerate(points) if x < middle]
    map_page.choose("Choose none")
    expect(map_page.page.get_by_text("300 rows: click a point")).to_be_visible()

    row = 17
    x, y, *_ = points[row]
    map_page.canvas(3).click(position={"x": x, "y": y})
    link = map_page.page.get_by_role("link", name="Open on Explore")
    expect(link).to_be_visible()
    opened = map_page.page.get_by_text(re.compile(r"^Row \d+")).last.inner_text()
    row = int(opened.split()[1].rstrip(","))
    near = points[row]
    assert (near[0] - x) ** 2 + (near[1] - y) ** 2 < 9
    link.click()
    map_page.explore.ready()
    assert map_page.explore.text() == stored_map().rows.texts[row]


def test_the_keyboard_goes_from_point_to_point_and_chooses(map_page):
    map_page.open("poolers=mean_glot")
    canvas = map_page.canvas(0)
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        canvas.press(key)
    map_page.explore.painted()
    tip = map_page.panels().first.locator(".tip")
    row = int(re.match(r"Row (\d+)", tip.inner_text())[1])
    assert stored_map().rows.texts[row][:100] in tip.inner_text()
    canvas.press("Enter")
    expect(map_page.page.get_by_text("1 of 300 rows chosen")).to_be_visible()
    canvas.press("Escape")
    expect(map_page.page.get_by_text("300 rows: click a point")).to_be_visible()


def test_moving_turning_and_hiding_change_the_picture_and_tell_nobody(map_page):
    map_page.open("poolers=glot&map_dims=3")
    canvas, panel = map_page.canvas(0), map_page.panels().first
    picture = "canvas => canvas.previousElementSibling.toDataURL()"
    seen = [canvas.evaluate(picture)]
    map_page.explore.frames.clear()
    box = canvas.bounding_box()
    map_page.page.mouse.move(box["x"] + 100, box["y"] + 100)
    map_page.page.mouse.down()
    map_page.page.mouse.move(box["x"] + 220, box["y"] + 140, steps=5)
    map_page.page.mouse.up()
    for act in (
        lambda: None,
        lambda: panel.get_by_role("button", name="Larger").click(),
        lambda: panel.get_by_role("button", name=re.compile("^animal")).click(),
    ):
        act()
        map_page.explore.painted()
        seen.append(canvas.evaluate(picture))
    assert len(set(seen)) == 4
    assert panel.get_by_role("button", name=re.compile("^animal")).get_attribute(
        "aria-pressed"
    ) == ("false")
    panel.get_by_role("button", name=re.compile("^animal")).click()
    panel.get_by_role("button", name="Whole map").click()
    map_page.explore.painted()
    assert canvas.evaluate(picture) == seen[0]
    assert [frame for frame in map_page.explore.frames if frame[0] == "browser"] == []


def test_other_maps_colours_and_dimensions(map_page):
    map_page.open("poolers=glot&map_colour=error")
    wrong = map_page.panels().get_by_role("button", name=re.compile("^wrong"))
    expect(wrong).to_be_visible()
    map_page.press("t-SNE")
    page = map_page.page
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("was cancelled")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(map_page.panels().get_by_label(re.compile("t-SNE map of 300 texts"))).to_be_visible(
        timeout=60_000
    )
    map_page.explore.expect_link(map_projection="tsne", map_colour="error")
    map_page.choose("PCA")
    map_page.choose("3-D")
    expect(map_page.panels().get_by_label(re.compile("PCA map of 300 texts"))).to_be_visible()


def test_a_sentence_of_ones_own_is_a_star(map_page):
    map_page.open("poolers=glot")
    box = map_page.page.get_by_label("Place your own sentence on the maps")
    box.fill("the box has wolves but not ropes")
    box.press("Enter")
    expect(map_page.panels().get_by_text("your sentence")).to_be_visible(timeout=60_000)
    map_page.explore.expect_link(map_sentence="the box has wolves but not ropes")


def test_a_file_is_drawn_and_a_bad_one_is_told(map_page, tmp_path):
    map_page.open("poolers=mean&task=sst2")
    map_page.press("Your file")
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("text,label\na,x\nb,x\n", encoding="utf-8")
    good.write_text(
        "text,label\n" + "".join(f"=film {i} <b>,{'xy'[i % 2]}\n" for i in range(12)),
        encoding="utf-8",
    )
    chooser = map_page.page.locator("input[type=file]")
    chooser.set_input_files(bad)
    told = map_page.page.get_by_text("All rows have the label 'x'")
    expect(told).to_be_visible(timeout=60_000)
    # The map that was there before stays below.
    expect(map_page.panels()).to_have_count(1)
    chooser.set_input_files(good)
    told = map_page.page.get_by_text("12 rows: click a point")
    expect(told).to_be_visible(timeout=60_000)
    map_page.explore.idle()
    names = [
        map_page.take(label, tmp_path).name
        for label in ("Coordinates and vectors (parquet)", "Figures (HTML)")
    ]
    assert names == ["glot-map-file-pca.parquet", "glot-map-file-pca.html"]
    page = (tmp_path / names[1]).read_text(encoding="utf-8")
    assert page.count('class="plotly-graph-div"') == 1
    assert "film 3 <b>" not in page
    # No cell of the page's CSV is a formula, and Streamlit's own, whose cells are, is not offered.
    rows = pd.read_csv(map_page.take("Rows (CSV)", tmp_path))
    assert rows["Text"].tolist() == [f"'=film {i} <b>" for i in range(12)]
    map_page.page.get_by_test_id("stDataFrame").hover()
    bar = map_page.page.get_by_test_id("stElementToolbar")
    expect(bar.get_by_role("button", name="Search")).to_be_visible()
    expect(bar.get_by_role("button", name="Download as CSV")).to_have_count(0)
