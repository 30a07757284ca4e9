"""The stress test's page without a browser: runs of one's own."""

import pytest

from app.services import jobs
from glot.experiments.ledger import read_ledger
from glot.experiments.row import Row
from tests.app.stress_page import Stress, values


def test_a_run_of_ones_own_and_its_row():
    page = Stress(stress_part="run", stress_run_texts="100", stress_run_epochs="2").healthy()
    page.app.selectbox("stress_run_pooler").set_value("adapool")
    page.app.selectbox("stress_run_ratio").set_value(0.5).run()
    page.click("stress_train").wait().healthy()
    (key,) = page.setting("stress_runs")
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
    page.click("stress_train")
    assert message in page.errors()
    assert page.app.number_input(key).value == value
    assert "stress_runs" not in page.app.session_state or not page.setting("stress_runs")


def test_a_layer_that_the_backbone_has_not_is_told_by_the_run():
    page = Stress(stress_part="run", stress_run_layer="9").healthy()
    page.click("stress_train").wait()
    assert "layer" in page.errors().lower()
