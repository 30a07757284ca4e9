"""A real Chromium on the embedding map."""

import re

import pytest
from playwright.sync_api import expect

from app.components.embedding.panels import number
from glot.projection.bundle import stored_map
from tests.browser.explore import LOOKS
from tests.browser.other import OtherPage


class MapPage(OtherPage):
    path = "map"

    def drag(self, label, name):
        """What a drag does; the panels are drawn anew."""
        self.choose(label)
        self.explore.expect_link(map_drag=name)
        self.explore.idle()

    def lasso(self, chart):
        """Draw around the left half of a panel."""
        chart.scroll_into_view_if_needed()
        box = chart.locator(".nsewdrag").first.bounding_box()
        left, top = box["x"] + 4, box["y"] + 4
        right, bottom = box["x"] + box["width"] / 2, box["y"] + box["height"] - 4
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 2)):
            self.page.mouse.move(x, y, steps=6)
        self.page.mouse.up()
        self.explore.idle()

    def press_point(self, chart):
        """Click a panel's first point."""
        self.explore.idle()
        chart.scroll_into_view_if_needed()
        box = chart.locator(".scatterlayer .point").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x - 3, y)
        self.page.mouse.move(x, y)
        # Plotly looks for the point below the mouse in its own time, and knows it by its hover.
        chart.locator(".hoverlayer .hovertext").first.wait_for()
        self.page.mouse.click(x, y)
        self.explore.idle()

    def standing_out(self, chart):
        """Rows whose points do not fade, as the figure in the browser has them."""
        return chart.evaluate(
            """plot => plot._fullData.flatMap(trace => [...(trace.selectedpoints ?? [])]
                 .map(i => trace.customdata[i])).sort((a, b) => a - b)"""
        )


@pytest.fixture
def map_page(explore):
    return MapPage(explore)


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_the_stored_map_is_drawn_in_every_look(map_page):
    map_page.open()
    expect(map_page.charts()).to_have_count(4)
    shown = map_page.page.inner_text("[data-testid=stMain]")
    for part in stored_map().parts.values():
        for name in ("probe", "silhouette", "anisotropy"):
            assert number(name, getattr(part.quality, name)) in shown
    points = map_page.charts().first.locator(".scatterlayer .point")
    expect(points).to_have_count(300)
    assert map_page.explore.overflow() == 0
    assert map_page.explore.violations() == []


def test_a_lasso_chooses_the_same_rows_in_every_panel_and_one_opens_on_explore(map_page):
    map_page.open()
    map_page.drag("Lasso", "lasso")
    map_page.lasso(map_page.charts().nth(3))
    told = map_page.page.get_by_text(re.compile("of 300 rows chosen"))
    told.wait_for()
    map_page.explore.idle()
    chosen = int(told.inner_text().split()[0])
    assert 0 < chosen < 300
    rows = [map_page.standing_out(map_page.charts().nth(i)) for i in range(4)]
    assert rows == [rows[0]] * 4
    assert len(rows[0]) == chosen
    map_page.choose("Choose none")
    map_page.page.get_by_text("300 rows: click a point").wait_for()

    map_page.drag("Pan, click", "pan")
    map_page.press_point(map_page.charts().nth(3))
    link = map_page.page.get_by_role("link", name="Open on Explore")
    link.wait_for()
    row = int(
        map_page.page.get_by_text(re.compile(r"^Row \d+")).first.inner_text().split()[1].rstrip(",")
    )
    link.click()
    map_page.explore.ready()
    assert map_page.explore.text() == stored_map().rows.texts[row]


def test_other_maps_colours_and_dimensions(map_page):
    map_page.open("poolers=glot&map_colour=error")
    expect(map_page.charts().get_by_text("wrong", exact=True)).to_be_visible()
    map_page.choose("t-SNE")
    progress = map_page.page.get_by_text(re.compile("t-SNE in 2 dimensions"))
    progress.first.wait_for()
    map_page.page.get_by_role("button", name="Cancel").click()
    map_page.page.get_by_text("was cancelled").wait_for()
    map_page.page.get_by_role("button", name="Try again").click()
    map_page.page.get_by_role("img", name=re.compile("t-SNE map of 300 texts")).or_(
        map_page.page.get_by_label(re.compile("t-SNE map of 300 texts"))
    ).first.wait_for(timeout=60_000)
    map_page.explore.expect_link(map_projection="tsne", map_colour="error")
    map_page.choose("PCA")
    map_page.choose("3-D")
    expect(map_page.charts().locator(".gl-container canvas").first).to_be_attached()


def test_a_sentence_of_ones_own_is_a_star(map_page):
    map_page.open("poolers=glot")
    box = map_page.page.get_by_label("Place your own sentence on the maps")
    box.fill("the box has wolves but not ropes")
    box.press("Enter")
    map_page.charts().get_by_text("your sentence").wait_for(timeout=60_000)
    map_page.explore.expect_link(map_sentence="the box has wolves but not ropes")


def test_a_file_is_drawn_and_a_bad_one_is_told(map_page, tmp_path):
    map_page.open("poolers=mean&task=sst2")
    map_page.choose("Your file")
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("text,label\na,x\nb,x\n", encoding="utf-8")
    good.write_text(
        "text,label\n" + "".join(f"film {i} <b>,{'xy'[i % 2]}\n" for i in range(12)),
        encoding="utf-8",
    )
    chooser = map_page.page.locator("input[type=file]")
    chooser.set_input_files(bad)
    map_page.page.get_by_text("All rows have the label 'x'").wait_for(timeout=60_000)
    expect(map_page.charts()).to_have_count(1)
    chooser.set_input_files(good)
    map_page.page.get_by_text("12 rows: click a point").wait_for(timeout=60_000)
    map_page.explore.idle()
    with map_page.page.expect_download() as download:
        map_page.page.get_by_role("button", name=re.compile("Coordinates and vectors")).click()
    assert download.value.suggested_filename == "glot-map-file-pca.parquet"
    map_page.explore.idle()
