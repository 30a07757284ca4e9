"""The live view in a notebook: what stands on the screen is what the library and Python say."""

import pytest
from playwright.sync_api import expect

from glot.live import show
from tests.browser import notebook
from tests.browser.conftest import ARTIFACTS, PATIENCE
from tests.browser.library import expect_library, explained
from tests.unit.live.wire import connect

TEXT = "The plot is thin, but the film is not <b>bad</b> at all."


@pytest.fixture
def live(browser, monkeypatch, request):
    """A notebook that shows a view; a screenshot of how the test left it is kept."""
    connect(monkeypatch)
    look = getattr(request, "param", {"width": 1000})
    context = browser.new_context(viewport={"width": look["width"], "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    widget = show(explained(TEXT))
    with notebook.serving() as address:
        watched = notebook.NotebookPage(page, address, widget).open()
        yield watched
        ARTIFACTS.mkdir(exist_ok=True)
        name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:80]
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
    widget.close()
    context.close()
    assert watched.foreign == [], "requests left the machine"
    assert watched.faults == [], "the browser's console shows errors"


def test_numbers_follow_a_drag_and_python_hears_its_end(live):
    explanation = live.widget.explanation
    expect_library(live, explanation, 0.6)
    live.drag_tau(0.3, release=False)
    tau = live.tau()
    assert tau == pytest.approx(0.3, abs=0.02)
    expect_library(live, explanation, tau)
    assert live.told == []
    assert live.widget.tau == 0.6
    live.page.mouse.up()
    live.idle()
    assert live.told == [{"tau": tau}]
    assert live.widget.tau == tau


def test_python_moves_the_view_and_hears_no_echo(live):
    live.widget.tau = 0.35
    live.deliver()
    assert live.tau() == 0.35
    expect_library(live, live.widget.explanation, 0.35)
    assert live.told == []


def test_pins_go_both_ways(live):
    live.token(3).dblclick()
    live.token(1).dblclick()
    live.idle()
    assert live.widget.pinned == [3, 1]
    live.widget.pinned = [5]
    live.deliver()
    pinned = live.component().locator(".token.pinned")
    expect(pinned).to_have_count(1)
    assert pinned.get_attribute("data-token") == "5"
    live.button("Let all go").click()
    live.idle()
    assert live.widget.pinned == []


def test_choices_go_both_ways(live):
    live.chip("mean").click()
    live.component().get_by_label("Layout").select_option("arc")
    live.component().get_by_label("Words", exact=True).check()
    live.idle()
    assert live.widget.poolers == ["adapool", "deepsets", "glot"]
    assert (live.widget.arrangement, live.widget.words) == ("arc", True)
    heard = len(live.told)
    live.widget.poolers = ["mean", "glot"]
    live.widget.tint = "mean"
    live.widget.arrangement = "circle"
    live.widget.words = False
    live.deliver()
    assert live.compared() == ["mean", "glot"]
    expect(live.component().get_by_label("Layout")).to_have_value("circle")
    expect(live.component().get_by_label("Words", exact=True)).not_to_be_checked()
    assert live.told[heard:] == []


def test_two_cells_show_one_widget_and_a_new_one_begins_where_it_stands(live):
    live.press_tau("ArrowLeft", 5)
    live.page.wait_for_function("() => notebook.model.get('tau') === 0.55")
    live.show_view()
    assert live.page.locator(".glot").count() == 2
    # The second one, which all helpers read.
    assert live.tau() == 0.55
    live.press_tau("Home")
    first = live.page.locator(".glot").first.locator(".tau-value")
    expect(first).to_have_text("0.00")
    assert live.widget.tau == 0.0
    live.page.evaluate("() => notebook.hide()")
    expect(live.page.locator(".glot")).to_have_count(1)
    live.widget.tau = 0.7
    live.deliver()
    assert live.tau() == 0.7


def test_keys_are_no_commands_to_the_notebook(live):
    live.press_tau("ArrowLeft", 2)
    box = live.component().get_by_label("τ for a density of")
    box.fill("20")
    box.press("Enter")
    live.page.keyboard.press("Escape")
    assert live.commands() == 0
    explanation = live.widget.explanation
    live.page.wait_for_function("tau => notebook.model.get('tau') !== tau", arg=0.6)
    assert live.widget.tau == explanation.timeline.tau_for_density(0.2, explanation.taus)


@pytest.mark.parametrize(
    "live", [{"width": 1280}, {"width": 390}], ids=["wide", "slim"], indirect=True
)
def test_the_view_follows_the_notebooks_theme(live):
    def background():
        return live.component().evaluate("root => getComputedStyle(root).backgroundColor")

    labels = live.component().locator(".graph canvas").nth(2)
    light, drawn = background(), labels.evaluate("canvas => canvas.toDataURL()")
    assert light == "rgb(255, 255, 255)"
    assert live.violations() == []
    live.page.evaluate("() => { document.body.dataset.jpThemeLight = 'false'; }")
    live.idle()
    assert background() == "rgb(14, 17, 23)"
    assert labels.evaluate("canvas => canvas.toDataURL()") != drawn
    assert live.violations() == []
    assert live.overflow() == 0
    expect_library(live, live.widget.explanation, 0.6)


def test_what_can_be_taken_away(live, browser, tmp_path):
    live.press_tau("ArrowLeft", 10)
    record = live.record(tmp_path)
    assert record["tau"] == 0.5
    assert record["edge_list"] == live.widget.explanation.edges(0.5).tolist()
    # There is no address to link to.
    assert live.button("Copy link").count() == 0
    path = live.take("HTML, works offline", tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    edges = page.locator("[data-number='edges']")
    expect(edges).to_have_text(str(live.widget.explanation.statistics(0.5).edges))
    context.close()
