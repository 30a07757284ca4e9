"""The stress test's page without a browser: numbers, points, phrases, runs, and bad input."""

import base64
import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.services import jobs
from glot.experiments.ledger import Row, append_rows, read_ledger
from glot.experiments.stress_points import inspect, stress_points
from glot.experiments.tables import current
from tests.app.page import Explore
from tests.unit.experiments.rows import row

SCRIPT = "from app.navigation import run\nrun('stress')\n"
# Of the test set, with the signal phrase in the middle.
TEXT = "some words before offers ponies but no pens and some after"
MARK = "18-43"


def values(column):
    """Numbers of a trace as Plotly writes them: a list, or base64."""
    if isinstance(column, dict):
        return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()
    return column


class Stress:
    """Wraps AppTest."""

    def __init__(self, **parameters: str) -> None:
        self.app = AppTest.from_string(SCRIPT, default_timeout=120)
        self.app.query_params.update(parameters)
        self.app.run()

    def healthy(self):
        assert not self.app.exception
        assert [error.value for error in self.app.error] == []
        return self

    def choose(self, key, value):
        self.app.button_group(key).set_value(value).run()
        return self

    def figure(self, number=0):
        return json.loads(self.app.get("plotly_chart")[number].proto.spec)

    def drawn(self):
        """Name → last y of each of our lines."""
        return {
            trace["name"]: values(trace["y"])
            for trace in self.figure()["data"]
            if trace.get("legendgroup") != "paper" and trace.get("fill") is None
        }

    def told(self):
        parts = (*self.app.markdown, *self.app.info, *self.app.success)
        return " ".join(part.value.replace("\\", "") for part in parts)

    def errors(self):
        assert not self.app.exception
        return " ".join(error.value.replace("\\", "") for error in self.app.error)

    def link(self, name):
        value = self.app.query_params.get(name)
        return value[0] if isinstance(value, list) else value

    def wait(self, seconds=120):
        """Until no job of the page runs."""
        end = time.monotonic() + seconds
        while any((button.key or "").startswith("cancel ") for button in self.app.button):
            assert time.monotonic() < end
            time.sleep(0.3)
            self.app.run()
        return self


@pytest.fixture(scope="module")
def measured():
    return current(read_ledger("stress").rows)


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A ledger of the test's own."""
    monkeypatch.setenv("GLOT_RESULTS", str(tmp_path))

    def write(*rows):
        append_rows(rows, tmp_path)

    return write


def points(measured, protocol="strict", regime="chosen"):
    return {p.name: p for p in stress_points(measured, protocol, "minilm", regime, False)}


def test_numbers_in_the_picture_and_the_table_are_the_ledgers(measured):
    page = Stress().healthy()
    known = points(measured)
    glot = known["glot@0.9"]
    assert page.drawn()["GLOT"] == pytest.approx([sum(glot.values) / len(glot.values)])
    assert page.app.selectbox("stress_point").value == "glot@0.9"
    table = page.app.dataframe[0].value
    assert list(table["accuracy"])[1:] == pytest.approx(list(glot.values))
    found = inspect(glot)
    assert f"{len(found.failures):,} of {found.n_eval:,} test texts" in page.told()
    assert "Not measured yet" in page.app.expander[0].label
    assert "--only stress-strict-0.2/ --only chosen" in page.app.code[0].value


@pytest.mark.parametrize("protocol", ["paper", "strict"])
def test_every_regime_of_a_protocol(measured, protocol):
    page = Stress(stress_protocol=protocol).healthy()
    for regime in page.app.button_group("stress_regime").options:
        page.choose("stress_regime", regime.lower()).healthy()
        known = points(measured, protocol, regime.lower())
        assert len(page.drawn()) == len({point.method for point in known.values()})


def test_ablations_spread_and_the_papers_curves_can_be_switched():
    page = Stress().healthy()
    assert "GLOT, random edges" not in page.drawn()
    page.app.toggle("stress_ablations").set_value(True).run()
    assert "GLOT, random edges" in page.healthy().drawn()
    dimmed = [t for t in page.figure()["data"] if t.get("legendgroup") == "paper"]
    assert len(dimmed) == 5
    page.app.toggle("stress_paper").set_value(False).run()
    assert all(t.get("legendgroup") != "paper" for t in page.healthy().figure()["data"])
    page.choose("stress_spread", "deviation").healthy()
    shown = {name: page.link(f"stress_{name}") for name in ("ablations", "paper", "spread")}
    assert shown == {"ablations": "1", "paper": "0", "spread": "deviation"}


def test_a_link_brings_a_point_back(measured):
    page = Stress(stress_regime="fixed", stress_point="mean@0.9").healthy()
    assert page.app.selectbox("stress_point").value == "mean@0.9"
    mean = points(measured, regime="fixed")["mean@0.9"]
    assert list(page.app.dataframe[0].value["accuracy"])[1:] == pytest.approx(list(mean.values))


def test_a_link_that_asks_for_nonsense_is_told_and_nothing_is_lost():
    page = Stress(stress_protocol="nice", stress_point="nobody@0.5", stress_draws="-1").healthy()
    told = " ".join(warning.value for warning in page.app.warning)
    assert "protocol" in told
    assert "draws" in told
    assert page.app.selectbox("stress_point").value == "glot@0.9"


def test_pages_of_failing_examples():
    page = Stress().healthy()
    pages = page.app.number_input("stress_page glot@0.9")
    before = [m.value for m in page.app.markdown if "blue-background" in m.value]
    pages.set_value(2).run()
    after = [m.value for m in page.healthy().app.markdown if "blue-background" in m.value]
    assert len(before) == len(after) == 5
    assert not set(before) & set(after)


def test_every_ratio_that_is_measured_is_drawn_without_a_change_of_code(ledger):
    ledger(
        *(
            row("glot", 90.0 - 10 * ratio, seed, task=f"stress-strict-{ratio:g}", regime="chosen")
            for ratio in (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)
            for seed in (42, 43)
        )
    )
    page = Stress(stress_paper="0", stress_part="try")
    assert page.healthy().drawn()["GLOT"] == pytest.approx([90, 88, 85, 82, 81, 80.5, 80.1])
    assert not [e for e in page.app.expander if "Not measured" in e.label]


def test_an_empty_ledger_says_what_to_do(ledger):
    page = Stress().healthy()
    assert "Nothing of this is measured yet" in page.told()
    assert page.app.code[0].value.startswith("glot reproduce stress --backbone minilm")
    assert "no point to look into" in page.told()
    # The paper's curves are there all the same.
    assert len(page.figure()["data"]) == 5


def test_a_point_without_hits_is_told(ledger):
    ledger(row("glot", 90.0, regime="chosen"))
    assert "do not say which texts were right" in Stress().errors()


def test_a_backbone_without_rows():
    page = Stress(backbone="some/other-model").healthy()
    assert "--backbone some/other-model" in page.app.code[0].value


def test_phrases_of_ones_own_are_told_by_the_shipped_heads():
    page = Stress(stress_part="try", stress_draws="5").healthy()
    assert page.app.text_input("stress_first").value == "shows {animal} but not {object}"
    page.app.button("stress_try").click().run()
    page.wait().healthy()
    table = page.app.dataframe[0].value
    assert list(table["Pooler"]) == ["Mean", "AdaPool", "DeepSets", "GLOT"]
    assert set(table["Breaks at"]) <= {"not", "0%", "20%", "50%", "80%", "90%", "95%"}
    drawn = {trace["name"]: values(trace["y"]) for trace in page.figure(1)["data"]}
    assert drawn["GLOT"] == pytest.approx(list(table.loc[3])[1:-1])
    assert "Expected is" in page.told()
    assert "trained on" in page.told()


def test_a_pair_of_the_test_is_taken_and_a_phrase_stays_in_the_link():
    page = Stress(stress_part="try").healthy()
    page.app.button("stress_pair 3").click().run()
    assert (
        page.healthy().app.text_input("stress_first").value == "holds {animal} but never {object}"
    )
    page.app.text_input("stress_second").set_value("a {object} <b>and</b> no cat").run()
    assert page.healthy().link("stress_second") == "a {object} <b>and</b> no cat"


def test_another_protocol_has_other_phrases_and_a_length():
    page = Stress(stress_part="try").healthy()
    page.choose("stress_protocol", "paper").healthy()
    assert page.app.text_input("stress_first").value == "the file has {x} but not {y}"
    assert page.app.number_input("stress_length").value == 256
    page.app.number_input("stress_length").set_value(64).run()
    assert "64 words. Expected: both." in page.healthy().told()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("stress_first", "has {planet}", "leaves {planet} open"),
        ("stress_first", "has {", "a brace on its own"),
        ("stress_second", "word " * 61, "A phrase of 61 words"),
    ],
)
def test_phrases_that_cannot_be_used_are_told_and_stay(key, value, message):
    page = Stress(stress_part="try").healthy()
    page.app.text_input(key).set_value(value).run()
    assert message in page.errors()
    assert page.app.text_input(key).value == value


def test_no_phrase_at_all_is_told():
    page = Stress(stress_part="try").healthy()
    page.app.text_input("stress_first").set_value("")
    page.app.text_input("stress_second").set_value("").run()
    assert "Both phrases are empty" in page.errors()


def test_a_protocol_without_heads_says_how_to_train_one():
    page = Stress(stress_part="try", stress_protocol="released").healthy()
    assert "no trained heads of the protocol released" in page.told()
    assert "glot train --backbone minilm --task stress-released-0.9" in [
        code.value.split(" --pooler")[0] for code in page.app.code
    ]


def test_a_run_of_ones_own_and_its_row():
    page = Stress(stress_part="run", stress_run_texts="100", stress_run_epochs="2").healthy()
    page.app.selectbox("stress_run_pooler").set_value("adapool")
    page.app.selectbox("stress_run_ratio").set_value(0.5).run()
    page.app.button("stress_train").click().run()
    page.wait().healthy()
    (key,) = page.app.session_state["stress_runs"]
    made = jobs.find(key).result
    assert isinstance(made, Row)
    assert (made.regime, made.ratio, made.pooler) == ("tried", 0.5, "adapool")
    assert f"AdaPool: {made.value:.1f} %" in page.told()
    assert made.cell not in read_ledger("stress").cells()
    loss, score = page.figure(1)["data"]
    assert len(values(score["y"])) == 2
    assert values(loss["x"])[-1] == pytest.approx(2.0)
    shown = page.app.dataframe[0].value.set_index("field")["value"]
    assert shown["cell"] == made.cell
    assert shown["value"] == str(made.value)
    # It can be looked into, as a regime of its own.
    page.choose("stress_regime", "tried").choose("stress_part", "point").healthy()
    assert page.drawn() == {"AdaPool": [made.value]}
    assert list(page.app.dataframe[0].value["accuracy"]) == pytest.approx([made.value])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("stress_run_texts", 50, "50 training texts"),
        ("stress_run_texts", 5000, "5,000 training texts"),
        ("stress_run_epochs", 99, "99 epochs"),
        ("stress_run_tau", 3.0, "tau 3.0"),
    ],
)
def test_a_run_that_cannot_be_made_is_refused_in_words(key, value, message):
    page = Stress(stress_part="run").healthy()
    page.app.number_input(key).set_value(value)
    page.app.button("stress_train").click().run()
    assert message in page.errors()
    assert page.app.number_input(key).value == value
    assert "stress_runs" not in page.app.session_state or not page.app.session_state["stress_runs"]


def test_a_layer_that_the_backbone_has_not_is_told_by_the_run():
    page = Stress(stress_part="run", stress_run_layer="9").healthy()
    page.app.button("stress_train").click().run()
    page.wait()
    assert "layer" in page.errors().lower()


def marked(page):
    return [page.meta["tokens"][place] for place in page.meta["marked"]]


def test_explore_marks_the_tokens_that_a_link_names():
    start, end = map(int, MARK.split("-"))
    page = Explore(text=TEXT, mark=MARK).healthy()
    assert TEXT[start:end] == "offers ponies but no pens"
    assert marked(page) == ["offers", "po", "##nies", "but", "no", "pens"]
    assert page.link("mark") == MARK
    assert any("Underlined" in part.value for part in page.app.markdown)


def test_the_mark_goes_when_the_text_is_changed_and_undo_brings_it_back():
    page = Explore(text=TEXT, mark=f"0-4,{MARK}").healthy()
    assert marked(page)[0] == "some"
    page.type(TEXT + " all").healthy()
    assert marked(page) == []
    assert page.link("mark") is None
    page.click("undo").healthy()
    assert marked(page)[0] == "some"
    assert page.link("mark") == f"0-4,{MARK}"


def test_a_mark_stays_over_a_change_of_settings():
    page = Explore(text=TEXT, mark=MARK).healthy()
    page.app.toggle("special").set_value(False)
    page.run().healthy()
    assert marked(page) == ["offers", "po", "##nies", "but", "no", "pens"]


@pytest.mark.parametrize("mark", ["9", "5-2", "a-b", "3-3", "-1-4", ",".join(["1-2"] * 51)])
def test_marks_that_are_none_are_told(mark):
    page = Explore(text=TEXT, mark=mark).healthy()
    assert "mark" in page.warnings()
    assert page.meta["marked"] == []


def test_a_mark_beyond_the_text_is_told():
    page = Explore(text="short", mark="2-99").healthy()
    assert "beyond the 5" in page.warnings()
    assert page.meta["marked"] == []
