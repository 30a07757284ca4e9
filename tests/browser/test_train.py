"""A real Chromium on the training page: a file, a run, its result, and a server that ends."""

import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.explore import NARROW, ExplorePage
from tests.browser.other import OtherPage
from tests.browser.server import running

# Milliseconds that a run may take.
LONG = 120_000


class TrainPage(OtherPage):
    path = "train"

    def ready(self):
        """Without a file and a run it has no figure."""
        self.page.get_by_role("button", name="Train", exact=True).wait_for()
        self.explore.idle()
        return self

    def train(self):
        self.page.get_by_role("button", name="Train", exact=True).click()

    def result(self):
        """Those of whose heads the result can be looked into."""
        self.page.get_by_text("Look into the head of").wait_for(timeout=LONG)
        self.explore.idle()
        expect(self.page.get_by_test_id("stDataFrame")).to_be_visible()
        group = self.page.get_by_test_id("stButtonGroup")
        return group.filter(has_text="Look into the head of").get_by_role("radio")

    def upload(self, name, content):
        box = self.page.locator("input[type=file]").first
        box.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        self.page.get_by_text(f"Open: {name}").wait_for()
        self.explore.idle()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    cache, checkpoints = folder / "cache", folder / "checkpoints"
    return {"GLOT_CACHE": str(cache), "GLOT_CHECKPOINTS": str(checkpoints)}


@pytest.fixture(scope="module")
def address(folders):
    """A server whose runs and heads are the tests' own."""
    with running(HF_HUB_OFFLINE="1", **folders) as url:
        yield url


@pytest.fixture
def train(explore):
    return TrainPage(explore)


def remarks(n=60):
    rows = {
        "remark": [f"a {'fine' if i % 2 else 'poor'} evening number {i}" for i in range(n)],
        "verdict": ["good" if i % 2 else "bad" for i in range(n)],
    }
    return pd.DataFrame(rows).to_csv(index=False).encode()


@pytest.mark.parametrize("explore", NARROW.values(), indirect=True, ids=list(NARROW))
def test_the_page_in_every_look(train):
    train.open("train_poolers=mean,glot&train_epochs=3")
    expect(train.page.get_by_text("84 texts.")).to_be_visible()
    assert train.explore.overflow() == 0
    assert train.explore.violations() == []
    train.train()
    expect(train.result()).to_have_count(2)
    expect(train.chart(1).locator(".main-svg").first).to_be_visible()
    assert train.explore.overflow() == 0
    assert train.explore.violations() == []


def test_a_file_of_ones_own_from_upload_to_explore(train, tmp_path):
    train.open("train_source=file&train_poolers=mean,glot&train_epochs=60")
    train.upload("remarks.csv", remarks())
    expect(train.page.get_by_text("60 texts.")).to_be_visible()
    train.train()
    cancel = train.page.get_by_role("button", name="Cancel")
    expect(train.page.get_by_text("left", exact=False).first).to_be_visible(timeout=LONG)
    # It goes on while another page is shown.
    train.page.get_by_role("link", name="Benchmarks", exact=True).click()
    train.chart().locator(".main-svg").first.wait_for()
    train.page.get_by_role("link", name="Train", exact=True).click()
    cancel.click()
    expect(train.page.get_by_text("What was done is kept")).to_be_visible(timeout=LONG)
    train.page.get_by_role("button", name="Resume").click()
    expect(train.result()).to_have_count(2)
    head = train.take("Download the head (zip)", tmp_path)
    names = zipfile.ZipFile(io.BytesIO(head.read_bytes())).namelist()
    assert [name.partition("/")[2] for name in names] == [
        "model.safetensors",
        "config.json",
        "README.md",
    ]
    frame = pd.read_csv(train.take("Predictions (CSV)", tmp_path))
    assert list(frame) == ["text", "label", "predicted", "probability"]
    assert len(frame) == 12


def test_a_worst_error_opens_on_explore_with_the_head_that_made_it(train):
    train.open("train_poolers=mean&train_epochs=1")
    train.train()
    train.result()
    train.page.get_by_role("link", name="Open on Explore").first.click()
    train.explore.ready()
    link = train.explore.link()
    assert link["task"].startswith("trains")
    assert train.explore.text() == link["text"]
    shown = train.explore.component()
    expect(shown.get_by_text("complaint").or_(shown.get_by_text("praise")).first).to_be_visible()


def test_texts_and_heads_on_the_embedding_map(train):
    train.open("train_poolers=mean,glot&train_epochs=1")
    train.train()
    train.result()
    train.page.get_by_role("button", name="Embedding map of your texts").click()
    train.page.locator(".glot-map[data-drawn]").wait_for(timeout=LONG)
    train.explore.idle()
    expect(train.page.locator(".glot-map .panel")).to_have_count(2)
    expect(train.page.get_by_text("trains", exact=False).first).to_be_visible()


def scored_pairs(n=60):
    """Pairs of texts with a number that says how much they share."""
    rows = {
        "first": [f"a calm evening {i}" for i in range(n)],
        "second": [f"a {'calm' if i % 3 else 'loud'} evening {i}" for i in range(n)],
        "score": [0.5 + 4 * (i % 3 > 0) + i / 100 for i in range(n)],
    }
    return pd.DataFrame(rows).to_csv(index=False).encode()


def test_pairs_with_numbers_from_upload_to_their_worst_errors(train, tmp_path):
    train.open("train_source=file&train_poolers=mean,glot&train_epochs=3")
    train.upload("pairs.csv", scored_pairs())
    expect(train.page.get_by_text("60 pairs of texts.")).to_be_visible()
    train.train()
    expect(train.result()).to_have_count(2)
    expect(train.chart().locator(".main-svg").first).to_be_visible()
    assert train.explore.overflow() == 0
    assert train.explore.violations() == []
    frame = pd.read_csv(train.take("Predictions (CSV)", tmp_path))
    assert list(frame)[-2:] == ["label", "predicted"]
    train.page.get_by_role("link", name="Compare the two").first.click()
    train.page.wait_for_url("**/compare?*")
    train.explore.idle()
    assert train.explore.link()["pair_task"].startswith("pairs")
    expect(train.page.get_by_role("textbox", name=re.compile("^Second text"))).to_have_value(
        re.compile("evening")
    )
    assert train.explore.violations() == []


def test_a_wrong_encoding_is_mended_on_the_page(train):
    train.open("train_source=file")
    content = remarks().replace(b"evening", "Frühstück".encode("latin-1"))
    train.upload("latin.csv", content)
    expect(train.page.get_by_text("cannot be read")).to_be_visible()
    expect(train.page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    assert train.explore.violations() == []
    train.page.get_by_role("combobox", name="Encoding").click()
    train.page.get_by_role("option", name="Latin-1").click()
    expect(train.page.get_by_text("Frühstück").first).to_be_visible()
    expect(train.page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def test_a_run_outlives_its_browser(browser, address, folders):
    """Closed in the middle of a run: the run ends as it would have, and the next reader sees it."""

    def reader():
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.set_default_timeout(PATIENCE)
        return TrainPage(ExplorePage(page, address))

    runs = Path(folders["GLOT_CACHE"]) / "runs"
    before = set(runs.glob("*/state.json"))
    first = reader().open("train_poolers=mean,glot&train_epochs=400")
    first.train()
    expect(first.page.get_by_text("glot, epoch", exact=False)).to_be_visible(timeout=LONG)
    (state,) = set(runs.glob("*/state.json")) - before
    first.page.context.close()
    assert json.loads(state.read_text())["stage"] == "running"
    second = reader().open(f"train_run={state.parent.name}")
    expect(second.result()).to_have_count(2)
    assert json.loads(state.read_text())["stage"] == "done"
    assert second.explore.faults == []
    second.page.context.close()


def test_a_run_outlives_its_server(browser, folders):
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE)
    with running(HF_HUB_OFFLINE="1", **folders) as address:
        train = TrainPage(ExplorePage(page, address))
        train.open("train_poolers=mean,glot&train_epochs=400")
        train.train()
        expect(page.get_by_text("left", exact=False).first).to_be_visible(timeout=LONG)
        expect(page.get_by_text("glot, epoch", exact=False)).to_be_visible(timeout=LONG)
    with running(HF_HUB_OFFLINE="1", **folders) as address:
        train = TrainPage(ExplorePage(page, address)).open()
        expect(page.get_by_text("The server ended while this run was")).to_be_visible()
        assert train.explore.violations() == []
        page.get_by_role("button", name="Resume").click()
        # Mean is finished already.
        expect(page.get_by_text("glot, epoch", exact=False)).to_be_visible(timeout=LONG)
        expect(train.result()).to_have_count(2)
    page.context.close()
