"""The stress test's page without a browser: what the ledger holds, its picture and its points."""

import pytest

from glot.experiments.ledger import append_rows, read_ledger
from glot.experiments.stress_points import inspect, stress_points
from glot.experiments.tables import current
from tests.app.stress_page import Stress
from tests.unit.experiments.rows import row


@pytest.fixture(scope="module")
def measured():
    return current(read_ledger("stress").rows)


def points(measured, protocol="strict", regime="chosen"):
    return {p.name: p for p in stress_points(measured, protocol, "minilm", regime, False)}


def test_numbers_in_the_picture_and_the_table_are_the_ledgers(measured):
    page = Stress().healthy()
    known = points(measured)
    curve = sorted((p for p in known.values() if p.method == "glot"), key=lambda p: p.ratio)
    means = [sum(point.values) / len(point.values) for point in curve]
    assert page.drawn()["GLOT"] == pytest.approx(means)
    glot = known["glot@0.9"]
    assert page.app.selectbox("stress_point").value == "glot@0.9"
    table = page.app.dataframe[0].value
    assert list(table["accuracy"])[1:] == pytest.approx(list(glot.values))
    found = inspect(glot)
    assert f"{len(found.failures):,} of {found.n_eval:,} test texts" in page.told()


def test_what_is_missing_is_told_with_its_command(ledger):
    append_rows([row("glot", 90.0, right=[True, False], regime="chosen")])
    page = Stress().healthy()
    assert "Not measured yet" in page.app.expander[0].label
    assert not page.app.code
    page.set(stress_missing=True).healthy()
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
    assert "protocol" in page.warnings()
    assert "draws" in page.warnings()
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
    append_rows(
        [
            row("glot", 90.0 - 10 * ratio, seed, task=f"stress-strict-{ratio:g}", regime="chosen")
            for ratio in (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)
            for seed in (42, 43)
        ]
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
    append_rows([row("glot", 90.0, regime="chosen")])
    assert "do not say which texts were right" in Stress().errors()


def test_a_backbone_without_rows():
    page = Stress(backbone="some/other-model").healthy()
    assert "--backbone some/other-model" in page.app.code[0].value
