"""Settings given what they are not: every field, every kind of value."""

import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads.config import HeadConfig
from glot.tasks.own import OwnColumns
from tests.attempt import attempted

KINDS = {
    PoolerConfig: {"name": "glot"},
    TrainConfig: {},
    OwnColumns: {},
}
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from((2**31, 2**63, 10**30, -1)),
    st.floats(),
    st.text(max_size=5),
    st.just("x" * 5000),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.tuples(st.floats()),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=300)
@given(data=st.data())
def test_a_setting_is_taken_or_refused_in_words(kind, data):
    field = data.draw(st.sampled_from(fields(kind)))
    value = data.draw(ANYTHING)
    made, refused = attempted(kind, **{**KINDS[kind], field.name: value})
    if refused:
        return
    kept = getattr(made, field.name)
    # What is taken is of the kind that the setting is of.
    default = {**KINDS[kind], field.name: field.default}[field.name]
    if isinstance(default, str) and field.name != "kind":
        assert isinstance(kept, str)
    if isinstance(default, int) and not isinstance(default, bool):
        assert isinstance(kept, int)
        assert not isinstance(kept, bool) or field.name.startswith("n_")
    if isinstance(default, float):
        assert math.isfinite(kept)


@settings(max_examples=100)
@given(ANYTHING, ANYTHING)
def test_settings_from_json_are_taken_or_refused_in_words(name, value):
    for values in ({"name": name, "tau": value}, {"name": "glot", str(name): value}, value):
        made, refused = attempted(PoolerConfig.from_dict, values)
        assert refused or made.to_dict()["name"] == values["name"]


@pytest.mark.parametrize("classes", [-1, 0, 1])
def test_a_classifier_needs_two_classes(classes):
    with pytest.raises(GlotError, match="from 2"):
        HeadConfig("classifier", False, classes)
