"""Links, undo, redo and the session's texts."""

import pytest

from app.state.explore import SETTINGS
from glot.attributions.examples import examples
from tests.app.explore_page import Explore

FIRST = examples()[0].text
OWN = "A warm and funny film."
LINK = {
    "text": "A dull film.",
    "backbone": "minilm",
    "task": "sst2",
    "tau": "0.42",
    "poolers": "max,glot",
    "tint": "max",
    "layout": "circle",
    "words": "1",
    "layer": "3",
    "similarity": "centred",
    "special": "0",
    "mark": "2-6,7-11",
}


def test_the_link_knows_every_setting():
    assert set(LINK) == {setting.key for setting in SETTINGS}


def test_a_link_brings_everything_back_and_is_written_as_it_was():
    page = Explore(**LINK).healthy()
    assert page.warnings() == ""
    assert {key: page.link(key) for key in LINK} == LINK
    assert page.text() == "A dull film."
    assert page.meta["first"] == {
        "nonce": 1,
        "tau": 0.42,
        "poolers": ["max", "glot"],
        "tint": "max",
        "layout": "circle",
        "words": True,
    }
    shown = page.meta
    assert (shown["layer"], shown["similarity"], shown["special_tokens"]) == (3, "centred", False)
    assert page.app.slider("layer_shown").value == 3
    assert page.app.toggle("special").value is False


@pytest.mark.parametrize("key", [key for key in LINK if key not in ("backbone", "task")])
def test_each_setting_alone_survives_a_reload(key):
    page = Explore(**{key: LINK[key]}).healthy()
    # Another session opens the link that the first has written.
    again = Explore(**{name: page.link(name) for name in page.app.query_params}).healthy()
    assert again.warnings() == ""
    for setting in SETTINGS:
        assert again.setting(setting.key) == page.setting(setting.key)


@pytest.mark.parametrize(
    ("key", "nonsense"),
    [
        *[("tau", text) for text in ("high", "7", "nan", "-1", "", "1e999")],
        *[("poolers", text) for text in ("median", "", "mean,median", "mean,max,cls,mlp,glot")],
        ("tint", "median"),
        ("layout", "spiral"),
        ("words", "yes"),
        *[("layer", text) for text in ("last", "-1", "1.5")],
        *[("similarity", text) for text in ("euclidean", "shuffled", "")],
        ("special", "2"),
    ],
)
def test_nonsense_in_a_link_is_told_and_the_default_is_shown(key, nonsense):
    page = Explore(**{key: nonsense}).healthy()
    (default,) = [setting.default for setting in SETTINGS if setting.key == key]
    assert f"The link's {key} {nonsense!r} was not understood" in page.warnings()
    assert page.setting(key) == default


def test_a_tint_that_is_not_compared_is_told():
    page = Explore(poolers="mean,max", tint="glot").healthy()
    assert "tint 'glot' is not among its poolers: max is shown instead" in page.warnings()
    assert page.link("tint") == "max"
    assert Explore(poolers="mean,max").healthy().warnings() == ""


def test_undo_and_redo_of_texts_and_tau():
    page = Explore().healthy()
    assert page.app.button("undo").disabled
    assert page.app.button("redo").disabled
    page.release(0.42).type(OWN).healthy().release(0.3)
    nonce = page.meta["first"]["nonce"]
    seen = []
    while not page.app.button("undo").disabled:
        page.click("undo").healthy()
        assert page.meta["first"]["nonce"] == nonce + 1 + len(seen)
        assert page.meta["first"]["tau"] == page.setting("tau")
        assert page.meta["text"] == page.text()
        seen.append((page.text(), page.setting("tau")))
    steps = [(FIRST, 0.6), (FIRST, 0.42), (OWN, 0.42), (OWN, 0.3)]
    assert seen == steps[2::-1]
    again = []
    while not page.app.button("redo").disabled:
        page.click("redo").healthy()
        again.append((page.text(), page.setting("tau")))
    assert again == steps[1:]
    assert page.link("tau") == "0.30"


def test_undo_of_every_other_setting():
    page = Explore().healthy()
    page.view(layout="arc", poolers=["max"], tint="max", words=True).healthy()
    page.app.slider("layer_shown").set_value(0)
    page.run().healthy()
    page.choose("similarity", "centred").healthy()
    page.app.toggle("special").set_value(False)
    page.run().healthy()
    after = {setting.key: page.setting(setting.key) for setting in SETTINGS}
    for _ in range(4):
        page.click("undo").healthy()
    assert {s.key: page.setting(s.key) for s in SETTINGS} == {s.key: s.default for s in SETTINGS}
    assert page.meta["layer"] is None
    assert page.meta["first"]["layout"] == "force"
    for _ in range(4):
        page.click("redo").healthy()
    assert {setting.key: page.setting(setting.key) for setting in SETTINGS} == after
    assert page.app.slider("layer_shown").value == 0


def test_a_change_after_undo_ends_what_could_be_done_again():
    page = Explore().healthy().release(0.42).release(0.5).click("undo").click("undo")
    assert page.setting("tau") == 0.6
    page.type(OWN).healthy()
    assert page.app.button("redo").disabled
    assert page.click("undo").text() == FIRST


def test_a_text_typed_just_before_the_click_on_undo_is_not_lost():
    page = Explore().healthy().release(0.42)
    page.app.text_area("text").set_value(OWN)
    page.click("undo").healthy()
    assert (page.text(), page.setting("tau")) == (FIRST, 0.42)
    assert page.click("redo").text() == OWN


def test_the_same_tau_counts_again_after_undo():
    page = Explore().healthy().release(0.42, nonce=1).click("undo").healthy()
    assert (page.setting("tau"), page.meta["first"]["nonce"]) == (0.6, 2)
    # The browser sends its last report with everything: it must not undo the undoing.
    assert page.run().setting("tau") == 0.6
    # This one was on its way when undo was clicked.
    assert page.release(0.5, nonce=1).setting("tau") == 0.6
    assert page.release(0.42, nonce=2).healthy().setting("tau") == 0.42


def test_the_history_brings_texts_back_with_their_settings():
    page = Explore().healthy().release(0.42).type(OWN).healthy().release(0.3)
    page.type("").type("Third *film*.").healthy()
    menu = page.app.menu_button("history")
    shown = [option.replace("\\", "") for option in menu.options]
    assert shown == ["1. Third *film*.", f"2. {OWN}", f"3. {FIRST}"]
    menu.click_index(2)
    page.run().healthy()
    assert (page.text(), page.setting("tau")) == (FIRST, 0.42)
    assert page.meta["first"]["tau"] == 0.42
    # What was recalled comes first; the step before it is one undo away.
    assert page.app.menu_button("history").options[0].endswith(FIRST.replace(".", "\\."))
    assert (page.click("undo").text(), page.setting("tau")) == ("Third *film*.", 0.3)


def test_another_page_in_between_loses_nothing(tmp_path):
    pages = {
        "first.py": "from app.views.explore import render\nrender()\n",
        "second.py": "import streamlit as st\nst.title('Second')\n",
        "main.py": "import streamlit as st\n"
        "st.navigation([st.Page('first.py'), st.Page('second.py')]).run()\n",
    }
    for name, script in pages.items():
        (tmp_path / name).write_text(script)
    page = Explore(tmp_path / "main.py", text=OWN, similarity="centred", special="0").healthy()
    page.release(0.42).view(layout="arc", poolers=["max", "glot"], tint="max", words=False)
    before = {setting.key: page.setting(setting.key) for setting in SETTINGS}
    nonce = page.meta["first"]["nonce"]

    page.app.switch_page("second.py")
    page.app.query_params.clear()
    assert page.run().app.title[0].value == "Second"
    page.app.switch_page("first.py")
    page.app.query_params.clear()
    page.run().healthy()
    assert {setting.key: page.setting(setting.key) for setting in SETTINGS} == before
    assert page.link("tau") == "0.42"
    assert page.link("text") == OWN
    # The component begins anew in the browser: it is told where it was.
    first = page.meta["first"]
    assert first["nonce"] > nonce
    assert (first["tau"], first["layout"], first["poolers"]) == (0.42, "arc", ["max", "glot"])
