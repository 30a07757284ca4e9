"""Files and browsers' reports that no reader means to send: told in the page, or void."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services import train
from app.services.embedding_atlas import OwnUpload
from tests.app.explore_page import Explore
from tests.app.page import Page, script_of
from tests.app.train_page import TrainPage
from tests.fuzz.seeds import CORPUS

NAMES = (
    "x" * 300,
    "汉" * 200,
    "../../x",
    "/etc/x",
    "..",
    "",
    ".",
    "a\nb",
    "a:b|c*?",
    "C:\\x",
    "=1+1",
)
ROWS = b"text,label\n" + b"".join(b"text %d,%d\n" % (i, i % 2) for i in range(20))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """One training page for all files: what one leaves behind must not hurt the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield TrainPage()


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_file(page, name):
    page.open(ROWS, f"{name}.csv")
    assert page.errors() == ""
    assert page.may_train()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_files_that_a_fuzzer_began_with(page, kind):
    for path in sorted((CORPUS / kind).iterdir()):
        page.open(path.read_bytes(), f"own.{kind}")
        if not page.may_train():
            assert page.told() + page.errors()


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_whatever_is_pasted(page, text):
    page.paste(text)
    page.paste(f"text,label\n{text},a\n{text} b,b\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_lies_in_its_own_folder_under_whatever_name(name, tmp_path):
    for made in (train.Upload(f"{name}.csv", b"x").name, OwnUpload(f"{name}.csv", b"x").name):
        path = tmp_path / made
        path.write_bytes(b"x")
        assert path.resolve().parent == tmp_path.resolve()


REPORTS = (
    *("", "{", "[]", "1", "null", "[" * 5000, "NaN"),
    *map(
        json.dumps,
        (
            {"nonce": 1, "poolers": 3},
            {"nonce": 1, "poolers": [None, {}]},
            {"nonce": 1, "words": "yes", "tint": ["glot"], "layout": {}},
            {"nonce": [], "tint": "<b>"},
        ),
    ),
)


def test_reports_that_no_front_end_of_ours_sends_are_void():
    page = Explore()
    before = {key: page.setting(key) for key in ("tau", "poolers", "tint", "layout", "words")}
    for told in REPORTS:
        page.reported["view"] = told
        page.run()
    for told in ([], [1], [1, 2, 3], {}, "high", [None, None], [[0.5], 1], "1e999"):
        page.reported["tau"] = told
        page.run()
    assert {key: page.setting(key) for key in before} == before
    assert page.release(0.42).setting("tau") == 0.42


def test_a_text_file_of_any_name(cache):
    page = Explore()
    for name in NAMES:
        page.open(f"{name}.txt", b"A film.")
        assert page.text() == "A film."


def test_reports_of_the_map_are_void_too():
    script = (
        "import streamlit as st\n"
        "from app.state import map as state\n"
        "state.enter()\n"
        "for told in st.session_state.get('given', []):\n"
        "    st.session_state[state.COMPONENT] = {'view': told}\n"
        "    state.take_view()\n"
        "state.publish()\n"
    )
    page = Page(script)
    colour = page.setting("map_colour")
    odd = json.dumps({"colour": ["label"], "drag": {}, "heard": 1})
    half = json.dumps({"colour": "length", "drag": "pan"})
    page.set(given=[*REPORTS, odd, half])
    assert page.setting("map_colour") == colour
    whole = json.dumps({"colour": "length", "drag": "pan", "heard": 3})
    assert page.set(given=[whole]).setting("map_colour") == "length"
    assert Page(script_of("map")).healthy()
