"""Curves and numbers of rankings, against counts by hand and sums of scikit-learn."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc

from glot.attributions.attribute import How, attribute_text
from glot.attributions.attributed_told import edges_told, score_told, summary
from glot.attributions.faithfulness import (
    MOST_STEPS,
    Curves,
    _steps,
    curves,
    kendall,
    random_rankings,
    ranking,
)
from glot.attributions.scored import Scored
from glot.attributions.units import Units
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf
from tests.unit.attributions.heads import trained

TEXT = "a b c d e f g"


def units(n, fixed=()):
    removable = np.array([i not in fixed for i in range(n)])
    return Units(tuple(map(str, range(n))), np.arange(n), removable)


def known(deletion, insertion):
    n = len(deletion)
    return Curves(n, np.arange(n), np.array(deletion), np.arange(1, n + 1), np.array(insertion))


def test_numbers_by_hand():
    found = known([1.0, 0.6, 0.3, 0.3, 0.1], [0.5, 0.8, 0.9, 0.9, 1.0])
    assert found.comprehensiveness(0.2) == pytest.approx(0.4)
    assert found.comprehensiveness(0.4) == pytest.approx(0.7)
    assert found.sufficiency(0.2) == pytest.approx(0.5)
    assert found.sufficiency(0.4) == pytest.approx(0.2)
    # At least one unit, and never all.
    assert (found.top(0.01), found.top(0.99)) == (1, 4)
    assert found.aopc == pytest.approx((0 + 0.4 + 0.7 + 0.7 + 0.9) / 5)
    share = np.arange(5) / 4
    assert found.deletion_area == pytest.approx(auc(share, found.deletion))
    assert found.insertion_area == pytest.approx(auc(share, found.insertion))


def test_one_unit_has_no_share():
    found = known([0.7], [0.7])
    assert np.isnan([found.comprehensiveness(0.2), found.sufficiency(0.2)]).all()
    assert (found.aopc, found.deletion_area, found.insertion_area) == (0, 0.7, 0.7)


@pytest.mark.parametrize("removal", ["pooling", "text"])
def test_curves_are_the_heads_own_scores(fake, removal):
    scored = Scored(TEXT, fake, trained(fake))
    order = np.array([3, 0, 6, 2, 5, 1, 4])
    found, other = curves(scored, units(7), [order, order[::-1]], removal)
    assert found.deletion[0] == found.insertion[-1] == pytest.approx(scored.score, abs=1e-6)
    words = TEXT.split()
    for k in range(1, 7):
        rest = [word for i, word in enumerate(words) if i not in order[:k]]
        alone = [word for i, word in enumerate(words) if i in order[:k]]
        for text, score in ((rest, found.deletion[k]), (alone, found.insertion[k - 1])):
            # The states of the fake backbone do not depend on what stands around a word.
            again = Scored(" ".join(text), fake, trained(fake), target=scored.target)
            assert score == pytest.approx(again.score, abs=1e-6)
    # Backwards, what is left is what was there.
    np.testing.assert_allclose(other.deletion[1:], found.insertion[:-1][::-1], atol=1e-6)


def test_what_cannot_be_taken_away_stays(fake):
    scored = Scored(TEXT, fake, trained(fake))
    found = curves(scored, units(7, fixed=(0, 6)), [np.arange(1, 6)])[0]
    assert (found.units, found.gone.tolist()) == (5, [0, 1, 2, 3, 4])
    alone = Scored("a b g", fake, trained(fake), target=scored.target)
    assert found.insertion[0] == pytest.approx(alone.score, abs=1e-6)


@given(st.integers(1, 200), st.sampled_from(sorted(MOST_STEPS)))
def test_steps(n, removal):
    steps = _steps(n, MOST_STEPS[removal])
    assert (steps[0], steps[-1]) == (0, n)
    assert (np.diff(steps) > 0).all()
    assert len(steps) <= MOST_STEPS[removal] + 1
    for share in (0.1, 0.2, 0.5):
        assert int(share * n + 0.5) in steps


def test_rankings():
    values = np.array([0.1, 0.5, -0.2, 0.5])
    assert ranking(values, units(4)).tolist() == [1, 3, 0, 2]
    assert ranking(values, units(4, fixed=(1,))).tolist() == [3, 0, 2]
    # What is not known comes last.
    assert ranking(np.array([np.nan, 1, 2]), units(3)).tolist() == [2, 1, 0]
    assert ranking(np.full(4, 0.25), units(4)) is None
    assert ranking(np.array([1.0]), units(1)) is None
    drawn = random_rankings(units(9, fixed=(0,)), 10)
    assert all(sorted(order) == list(range(1, 9)) for order in drawn)
    assert len({tuple(order) for order in drawn}) == 10


def pairs_in_order(a, b):
    """τ-b by counting pairs."""
    signs = [(np.sign(a[i] - a[j]), np.sign(b[i] - b[j])) for i in range(len(a)) for j in range(i)]
    together = sum(x * y for x, y in signs)
    return together / np.sqrt(sum(x != 0 for x, _ in signs) * sum(y != 0 for _, y in signs))


def test_kendall_is_a_count_of_pairs():
    random = np.random.default_rng(3)
    a, b = random.integers(0, 6, 12).astype(float), random.normal(size=12)
    assert kendall(a, b) == pytest.approx(pairs_in_order(a, b))
    a[2], b[7] = np.nan, np.nan
    known_both = [i for i in range(12) if i not in (2, 7)]
    assert kendall(a, b) == pytest.approx(pairs_in_order(a[known_both], b[known_both]))
    assert kendall(np.ones(5), np.arange(5.0)) is None
    assert kendall(np.array([np.nan, 1.0]), np.arange(2.0)) is None


@pytest.mark.parametrize("how", [How(), How(removal="text"), How(words=True, baseline="mean")])
def test_all_together(fake, how):
    found = attribute_text(TEXT, fake, Shelf({"glot": trained(fake)}), "glot", how=how)
    assert list(found.rows) == ["readout", "occlusion", "integrated", "gradient"]
    assert found.rows["readout"].sum() == pytest.approx(1, abs=1e-6)
    numbers = found.numbers()
    assert numbers["occlusion"].kendall == pytest.approx(1)
    assert found.random_numbers().aopc == pytest.approx(np.mean([c.aopc for c in found.random]))
    assert f"{numbers['readout'].kendall:.2f}".replace("-", "−") in summary(found)
    assert "top 20 % (1 token)" in summary(found).replace("word", "token")
    assert found.target in score_told(found)
    record = json.loads(json.dumps(found.to_record(), allow_nan=False))
    assert record["numbers"]["readout"]["aopc"] == numbers["readout"].aopc
    assert [row["unit"] for row in found.to_table()] == TEXT.split()


def test_mean_pooling_ranks_nothing(fake):
    found = attribute_text(TEXT, fake, Shelf({"mean": trained(fake, name="mean")}), "mean")
    assert "readout" not in found.curves
    assert "ranks nothing" in found.notes[0]
    assert "ranks nothing" in summary(found)
    assert "no graph" in edges_told(found)


def test_a_cosine_from_zero_is_told(fake):
    pair = HeadConfig("similarity", pairs=True)
    shelf = Shelf({"mean": trained(fake, pair, name="mean")})
    assert "cosine" in " ".join(attribute_text("a b", fake, shelf, "mean", other="c").notes)
    found = attribute_text("a b", fake, shelf, "mean", other="c", how=How(baseline="mean"))
    assert "cosine" not in " ".join(found.notes)
    assert "this number" in score_told(found)
