"""A real Chromium goes through the lesson, and prints the teacher's sheet."""

import re

import pytest
from playwright.sync_api import expect

from app.components.lesson.words import lesson
from glot.attributions.lesson import EXAMPLE
from tests.browser.explore import NARROW
from tests.browser.other import OtherPage

STEPS = lesson().steps
# Presses of Tab that lead through any step.
MANY = 120


class LearnPage(OtherPage):
    path = "learn"

    def ready(self):
        expect(self.page.get_by_role("heading", level=2).first).to_be_visible()
        self.explore.idle()
        return self

    def at(self, heading):
        """This part of the lesson stands on the screen."""
        expect(self.page.get_by_role("heading", level=2, name=heading)).to_be_visible()
        return self.ready()

    def step(self, number):
        return self.at(f"{number}. {STEPS[number - 1].title}")

    def focus(self, locator):
        """Press Tab until the focus is there."""
        handle = locator.element_handle()
        for _ in range(MANY):
            if handle.evaluate(
                "node => { let at = document.activeElement;"
                " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
                " return at === node || node.contains(at); }"
            ):
                return locator
            self.page.keyboard.press("Tab")
        raise AssertionError("the keyboard does not lead there")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        self.explore.idle()


@pytest.fixture
def page(explore):
    return LearnPage(explore)


def choose(page, number):
    """Choose the right answer: Space takes the first, arrows lead on."""
    step = STEPS[number - 1]
    page.focus(page.page.locator("[data-testid='stForm'] input[type='radio']").first)
    page.press("Space", *["ArrowDown"] * step.letters.index(step.right))


def type_number(page, told):
    page.focus(page.page.locator("[data-testid='stForm'] input[type='number']"))
    page.page.keyboard.type(told)


def find_share(page):
    """Step 2: the slider's fourth place has 45 distractors."""
    page.focus(page.page.get_by_role("slider").first)
    page.press("ArrowRight", "ArrowRight", "ArrowRight")
    told = page.page.get_by_role("figure", name=re.compile("^With 45 distractors"))
    expect(told).to_be_visible()
    return re.search(r"has (\d+)%", told.get_attribute("aria-label"))[1]


def find_edges(page):
    """Step 4: τ from 0.60 to 0.40."""
    page.focus(page.page.get_by_label("Similarity threshold τ"))
    page.press(*["ArrowLeft"] * 20)
    expect(page.explore.component().locator(".tau-value")).to_have_text("0.40")
    return page.explore.shown("edges")


def find_layers(page):
    """Step 5: the first K at which `not` is told among what `bad` depends on."""
    page.focus(page.page.get_by_role("combobox").first)
    page.page.keyboard.type("bad")
    page.press("Enter")
    for k in range(3):
        told = page.page.get_by_text(re.compile(f"After K = {k}, bad depends on"))
        expect(told).to_be_visible()
        if re.search(r"\bnot \d", told.inner_text()):
            return str(k)
        choices = page.page.locator(".st-key-learn_k button")
        page.focus(choices.nth(k))
        page.press("ArrowRight")
        if choices.nth(k + 1).get_attribute("aria-checked") != "true":
            page.focus(choices.nth(k + 1))
            page.press("Enter")
    raise AssertionError("no layer brings them together")


FOUND = {2: find_share, 4: find_edges, 5: find_layers}


def test_the_lesson_can_be_completed_by_keyboard_alone(page):
    page.open().step(1)
    for number, step in enumerate(STEPS, start=1):
        page.step(number)
        if step.number is None:
            choose(page, number)
        else:
            type_number(page, FOUND[number](page))
        page.focus(page.page.get_by_role("button", name="Check"))
        page.press("Enter")
        expect(page.page.get_by_text("Right.", exact=True)).to_be_visible()
        page.focus(page.page.get_by_role("button", name="Next"))
        page.press("Enter")
        # A new step begins at its heading, for the eye and for the keyboard.
        heading = page.page.get_by_role("heading", level=2).first
        expect(heading).to_be_focused()
        expect(heading).to_be_in_viewport()
    page.at("What you have seen")
    expect(page.page.get_by_text(f"{len(STEPS)} of {len(STEPS)}", exact=True)).to_be_visible()


@pytest.mark.parametrize("explore", NARROW.values(), indirect=True, ids=list(NARROW))
def test_every_step_is_sound_in_every_look(page):
    page.open("answers=a_1").step(1)
    for number in range(1, len(STEPS) + 2):
        if number > 1:
            page.page.get_by_role("button", name="Next").click()
        page.step(number) if number <= len(STEPS) else page.at("What you have seen")
        if number not in (4, 9):
            expect(page.page.locator(".js-plotly-plot").first).to_be_visible()
        assert page.explore.overflow() == 0, number
        assert page.explore.violations() == [], number


def test_progress_survives_a_reload_and_a_page_change(page):
    page.open("step=6&answers=b_13").step(6)
    page.page.get_by_text("film", exact=True).last.click()
    page.page.get_by_role("button", name="Check").click()
    expect(page.page.get_by_text("Not yet.", exact=True)).to_be_visible()
    page.explore.expect_link(step="6", answers="b_13____b")
    page.page.reload()
    page.step(6)
    expect(page.page.get_by_text("Not yet.", exact=True)).to_be_visible()
    page.page.get_by_role("link", name="Explore").click()
    page.explore.ready()
    page.page.get_by_role("link", name="Learn").click()
    page.step(6)
    page.explore.expect_link(step="6", answers="b_13____b")


def test_the_end_leads_to_explore_with_the_lessons_sentence(page):
    page.open("step=9").at("What you have seen")
    page.page.get_by_role("link", name="Type a sentence of your own").click()
    page.explore.ready()
    page.explore.expect_text(EXAMPLE.text)


@pytest.mark.parametrize("explore", [{"colours": "dark"}], indirect=True, ids=["dark"])
def test_the_teachers_sheet_prints(page, tmp_path):
    page.open("sheet=1").at("Step 8. ")
    with page.page.expect_download() as download:
        page.page.get_by_role("button", name="Download as Markdown").click()
    download.value.save_as(tmp_path / "sheet.md")
    assert (tmp_path / "sheet.md").read_text(encoding="utf-8").count("\n## Step ") == len(STEPS)
    page.page.emulate_media(media="print")
    expect(page.page.locator("[data-testid='stHeader']")).to_be_hidden()
    expect(page.page.get_by_role("button", name="Back to the lesson")).to_be_hidden()
    # Black on white, though the page is dark.
    heading = page.page.get_by_role("heading", level=2).first
    assert heading.evaluate("node => getComputedStyle(node).color") == "rgb(0, 0, 0)"
    pdf = tmp_path / "sheet.pdf"
    page.page.pdf(path=pdf, format="A4", outline=True, tagged=True)
    written = pdf.read_bytes()
    pages = len(re.findall(rb"/Type /Page\b", written))
    assert 4 <= pages <= 6
    titles = outline(written)
    for number, step in enumerate(STEPS, start=1):
        assert f"Step {number}. {step.title} ({step.minutes} minutes)" in titles


def outline(pdf):
    """Titles of a PDF's outline, which names the headings that are printed."""
    found = []
    for plain, coded in re.findall(rb"/Title (?:\(((?:\\.|[^\\)])*)\)|<([0-9A-Fa-f]+)>)", pdf):
        text = bytes.fromhex(coded.decode()) if coded else re.sub(rb"\\(.)", rb"\1", plain)
        found.append(text.decode("utf-16" if text.startswith(b"\xfe\xff") else "latin-1"))
    return found
