"""The Learn page's numbers, the ledger's and the sentence's, and what its words make of them."""

import re
from statistics import mean

import numpy as np
import pytest

from app.components.lesson.facts import UNKNOWN, control_verdict, not_bad, pair_similarity
from app.services import learn
from glot.attributions import lesson as stored
from glot.experiments.comparisons import comparisons
from glot.experiments.ledger import read_ledger
from glot.experiments.tables import current
from tests.app.learn_page import FACTS, Learn


def test_numbers_are_the_ledgers():
    rows = [
        row
        for row in current(read_ledger("stress").rows)
        if (row.task, row.backbone, row.regime) == ("stress-strict-0.9", "minilm", "searched")
    ]
    expected = mean(row.value for row in rows if row.method == "glot")
    assert FACTS["strict_glot"] == f"{expected:.1f}"
    found = {each.b: each.result for each in comparisons(rows)}
    for name, control in (("gap_deepsets", "deepsets"), ("gap_random", "glot, random edges")):
        told = [float(x.replace("−", "-")) for x in re.findall(r"[+−][\d.]+", FACTS[name])]
        result = found[control]
        assert told == pytest.approx([result.difference, result.low, result.high], abs=0.051)
    text = Learn(step="8").healthy().text()
    for name in ("gap_deepsets", "gap_random", "gap_all", "control_verdict"):
        assert FACTS[name] in text


def test_an_empty_ledger_is_told(ledger):
    for number in (7, 8):
        page = Learn(step=str(number)).healthy()
        assert "glot reproduce stress" in page.app.info[0].value
        assert "Check" in [each.label for each in page.app.button]
    assert "not measured" in Learn(step="8").text()


def test_stale_numbers_are_told_and_the_lesson_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(learn, "lesson_path", lambda: tmp_path / "none")
    monkeypatch.setattr(stored, "lesson_path", lambda: tmp_path / "none")
    page = Learn(step="2")
    assert "python -m glot.attributions.lesson" in page.app.error[0].value.replace("\\", "")
    page.app.button("learn_next").click()
    page.run()
    assert page.link("step") == "3"


def test_what_the_words_say_of_the_sentence_is_so():
    shown, source = learn.example(), learn.states()
    similarity = pair_similarity(shown.upper, len(shown.tokens))
    first, second = not_bad()
    second_is = [place for place, token in enumerate(shown.tokens) if token == "is"][1]
    edges = {tuple(sorted(edge)) for edge in shown.edges(0.6).tolist()}
    assert (first, second) not in edges
    assert {(second_is, first), (second_is, second)} <= edges
    assert FACTS["first_k"] == "2"
    assert similarity[first, second] < 0.6
    row = shown.row(0.6)
    glot = shown.weights["glot"][row]
    order = [shown.tokens[place] for place in np.argsort(-glot)]
    assert order[:2] == ["not", "thin"]
    # “The word the moves further than bank”, and both begin equal.
    states = source.words / np.linalg.norm(source.words, axis=-1, keepdims=True)
    cosines = (states[0] * states[1]).sum(axis=-1)
    np.testing.assert_allclose(cosines[0], 1, atol=1e-3)
    words = stored.SHARED
    assert cosines[-1, words.index("the")] < cosines[-1, words.index("bank")] < 0.95
    assert float(FACTS["smollm2_density"]) > 1.5 * float(FACTS["minilm_density"])


def test_every_number_that_the_words_name_is_there():
    assert UNKNOWN not in FACTS.values()
    assert all(FACTS.values())


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(1, 3, "ahead"), (-3, -1, "behind"), (-1, 1, "open")]
)
def test_a_verdict_follows_the_interval(low, high, verdict):
    gap = learn.Gap("deepsets", (low + high) / 2, low, high, 3)
    assert gap.verdict == verdict
    others = [learn.Gap(name, 2.0, 1.0, 3.0, 3) for name in list(learn.CONTROLS)[1:]]
    told = control_verdict([gap, *others])
    assert ("helps here" in told) == (verdict == "ahead")
    assert ("Zero lies in the interval for DeepSets:" in told) == (verdict == "open")
    assert ("behind DeepSets" in told) == (verdict == "behind")
    assert "Not all" in control_verdict(others)
