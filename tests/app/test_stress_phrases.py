"""The stress test's page without a browser: phrases of one's own."""

import pytest

from tests.app.stress_page import Stress, values


def test_phrases_of_ones_own_are_told_by_the_shipped_heads():
    page = Stress(stress_part="try", stress_draws="5").healthy()
    assert page.app.text_input("stress_first").value == "shows {animal} but not {object}"
    page.click("stress_try").wait().healthy()
    table = page.app.dataframe[0].value
    assert list(table["Pooler"]) == ["Mean", "AdaPool", "DeepSets", "GLOT"]
    assert set(table["Breaks at"]) <= {"not", "0%", "20%", "50%", "80%", "90%", "95%"}
    drawn = {trace["name"]: values(trace["y"]) for trace in page.figure(1)["data"]}
    assert drawn["GLOT"] == pytest.approx(list(table.loc[3])[1:-1])
    assert "Expected is" in page.told()
    assert "trained on" in page.told()


def test_a_pair_of_the_test_is_taken_and_a_phrase_stays_in_the_link():
    page = Stress(stress_part="try").healthy()
    page.click("stress_pair 3").healthy()
    assert page.app.text_input("stress_first").value == "holds {animal} but never {object}"
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
