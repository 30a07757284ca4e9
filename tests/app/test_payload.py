"""What the browser is sent equals what the library says of the same text."""

import json

import numpy as np
import pytest

from glot.attributions.examples import examples, stored_explanation
from glot.attributions.explanation import TAU_GRID, Explanation
from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
from glot.live.payload import payload
from tests.app.explore_page import Explore

FIRST = {"nonce": 1, "tau": 0.6, "poolers": ["glot"], "tint": "glot", "layout": "force"}
SETTINGS = {
    "plain": {},
    "layer": {"layer": 3},
    "centred": {"similarity": "centred"},
    "without-special-tokens": {"special_tokens": False},
    "all": {"layer": 0, "similarity": "centred", "special_tokens": False},
}
PARAMETERS = {"layer": "layer", "similarity": "similarity", "special_tokens": "special"}


def by_hand(**changed) -> Explanation:
    """Three tokens, the last two pieces of one emoji; GLOT's head is there, AdaPool's is not."""
    values = {
        "text": "a 🙂!",
        "tokens": ("[CLS]", "a", "<0xF0>", "<0x9F>"),
        "offsets": ((0, 0), (0, 1), (2, 3), (2, 3)),
        "backbone": "fake",
        "task": "sst2",
        "labels": ("negative", "positive"),
        "poolers": ("mean", "adapool", "glot"),
        "upper": np.arange(6, dtype=np.float32) / 10,
        "positions": np.arange(8, dtype=np.float32).reshape(4, 2),
        "taus": np.array([0.0, 0.5, 1.0]),
        "weights": {
            "mean": np.full((3, 4), 0.25, dtype=np.float32),
            "glot": np.eye(4, dtype=np.float32)[:3],
        },
        "probabilities": {"glot": np.array([[0.1, 0.9]] * 3, dtype=np.float32)},
        "n_cut": 1,
    }
    return Explanation(**{**values, **changed})


def meta(explanation: Explanation, **summaries) -> dict:
    return json.loads(payload(explanation, FIRST, summaries, 512)["meta"])


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_a_text_of_ones_own_is_sent_as_the_library_explains_it(settings):
    text = "The acting is wooden, but I could not look away."
    backbone = load_backbone("minilm")
    expected = explain_text(
        text, backbone, "sst2", load_heads(backbone, "sst2"), max_tokens=512, **settings
    )
    given = {PARAMETERS[name]: str(value) for name, value in settings.items()}
    given = {name: "0" if value == "False" else value for name, value in given.items()}
    page = Explore(text=text, **given).healthy()
    assert page.meta["tokens"] == list(expected.tokens)
    assert page.meta["notes"] == list(expected.notes)
    for name, table in (
        ("upper", expected.upper),
        ("force", expected.positions),
        ("principal", expected.principal),
    ):
        np.testing.assert_allclose(page.array(name), table.ravel(), atol=1e-5)
    assert [pooler["name"] for pooler in page.meta["poolers"]] == list(expected.poolers)
    for pooler in page.meta["poolers"]:
        table = expected.weights[pooler["name"]]
        sent = page.array(f"pi_{pooler['name']}").reshape(pooler["rows"], -1)
        # One row stands for all of the grid.
        np.testing.assert_allclose(np.broadcast_to(sent, table.shape), table, atol=1e-5)
        probabilities = np.array(pooler["predictions"])
        assert len(probabilities) == pooler["rows"]
        np.testing.assert_allclose(
            np.broadcast_to(probabilities, (len(TAU_GRID), 2)),
            expected.probabilities[pooler["name"]],
            atol=1e-5,
        )


def test_an_example_is_sent_as_it_is_stored_to_the_last_bit():
    page = Explore().healthy()
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    assert page.array("upper").tobytes() == stored.upper.tobytes()
    assert page.array("pi_glot").tobytes() == stored.weights["glot"].tobytes()
    assert page.array("pi_mean").tobytes() == stored.weights["mean"][0].tobytes()
    assert page.meta["taus"] == TAU_GRID.tolist()
    assert page.meta["training_tau"] == stored.training_tau


def test_rows_are_one_where_nothing_depends_on_tau():
    rows = {pooler["name"]: pooler["rows"] for pooler in meta(by_hand())["poolers"]}
    assert rows == {"mean": 1, "adapool": 0, "glot": 3}
    still = by_hand(weights={"glot": np.full((3, 4), 0.25, dtype=np.float32)})
    (glot,) = [each for each in meta(still)["poolers"] if each["name"] == "glot"]
    assert glot["rows"] == len(glot["predictions"]) == 1
    # Equal weights, other predictions: the browser reads both by one row.
    moving = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]], dtype=np.float32)
    other = by_hand(
        weights={"glot": np.full((3, 4), 0.25, dtype=np.float32)}, probabilities={"glot": moving}
    )
    (glot,) = [each for each in meta(other)["poolers"] if each["name"] == "glot"]
    assert glot["rows"] == 3
    assert glot["predictions"] == [[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]]


def test_pieces_show_every_character_once():
    sent = meta(by_hand())
    assert sent["pieces"] == [["", "[CLS]"], ["", "a"], [" ", "🙂"], ["", ""]]
    assert sent["rest"] == "!"
    assert sent["words"] == [0, 1, 2, 2]


def test_numbers_in_place_of_classes():
    values = np.array([1.0, 1.25, 1.5], dtype=np.float32)
    sent = meta(by_hand(labels=(), probabilities={}, values={"glot": values}))
    (glot,) = [each for each in sent["poolers"] if each["name"] == "glot"]
    assert (glot["predictions"], glot["values"]) == (None, [1.0, 1.25, 1.5])
    assert glot["trained"]


def test_heads_of_pairs_predict_nothing_and_are_trained():
    pairs = by_hand(probabilities={})
    sent = meta(pairs, glot="Trained on 9 texts.", adapool="Trained on 9 texts.", mean=None)
    found = {each["name"]: (each["trained"], each["summary"]) for each in sent["poolers"]}
    assert found == {
        "mean": (False, None),
        # Its card is there, but its weights could not be read.
        "adapool": (False, None),
        "glot": (True, "Trained on 9 texts."),
    }


def test_the_view_is_named_by_all_that_decides_it():
    names = {
        meta(by_hand(**changed))["view"]
        for changed in (
            {},
            {"text": "b 🙂!"},
            {"backbone": "other"},
            {"task": "cola"},
            {"layer": 1},
            {"similarity": "centred"},
            {"special_tokens": False},
        )
    }
    assert len(names) == 7
    assert meta(by_hand())["view"] in names


def test_a_single_token_has_a_column_of_pairs_without_a_value():
    single = by_hand(
        tokens=("a",),
        offsets=((0, 1),),
        upper=np.zeros(0, dtype=np.float32),
        positions=np.zeros((1, 2), dtype=np.float32),
        weights={"glot": np.ones((3, 1), dtype=np.float32)},
    )
    data = payload(single, FIRST, {}, 512)
    assert len(data["upper"]) == 1
    assert np.isnan(data["upper"]).all()
    assert data["force"].shape == data["principal"].shape == (2,)
