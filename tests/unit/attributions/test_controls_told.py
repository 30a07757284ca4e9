"""What is said of the controls is true in every case."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glot.attributions.controls import ControlGraph, GraphControls, largest_change
from glot.attributions.explanation import Prediction


def answer(positive):
    probabilities = {"negative": 1 - positive, "positive": positive}
    return Prediction(max(probabilities, key=probabilities.get), probabilities)


def controls(this, without, random, complete=None, edges=2, answers=None, tokens="abcd"):
    """Controls with these weights; answers: of this graph, none, each random one, all."""
    weights = [this, without, *random, complete or without]
    n = len(this)
    names = ["this graph", "no edges", *["random edges"] * len(random), "all edges"]
    numbers = [edges, 0, *[edges] * len(random), n * (n - 1) // 2]
    graphs = [
        ControlGraph(name, number, np.array(row, dtype=np.float32), given)
        for name, number, row, given in zip(
            names, numbers, weights, answers or [None] * len(names), strict=True
        )
    ]
    return GraphControls(
        text=" ".join(tokens[:n]),
        tokens=tuple(tokens[:n]),
        pooler="glot",
        tau=0.6,
        similarity="cosine",
        this=graphs[0],
        without=graphs[1],
        random=tuple(graphs[2:-1]),
        complete=graphs[-1],
    )


def test_a_token_that_falls_and_a_prediction_that_stays():
    found = controls(
        [0.21, 0.29, 0.5],
        [0.08, 0.38, 0.54],
        [[0.19, 0.31, 0.5], [0.24, 0.26, 0.5]],
        answers=[answer(0.07), answer(0.188), answer(0.1), answer(0.05), answer(0.2)],
        tokens=("not", "bad", "film"),
    )
    assert largest_change(found) == (
        "Without edges, “not” falls from π 0.21 to 0.08, the largest change of a token; the "
        "prediction stays negative (81.2 % instead of 93.0 %). With as many random edges "
        "(2 draws), “not” has π 0.19 to 0.24, and the prediction stays negative (90.0 to 95.0 %)."
    )


def test_a_prediction_that_flips_and_random_graphs_that_differ():
    found = controls(
        [0.2, 0.3, 0.5],
        [0.9, 0.05, 0.05],
        [[0.3, 0.2, 0.5]] * 3,
        answers=[answer(p) for p in (0.1, 0.6, 0.3, 0.7, 0.8, 0.4)],
    )
    assert largest_change(found) == (
        "Without edges, “a” rises from π 0.20 to 0.90, the largest change of a token; the "
        "prediction turns from negative (90.0 %) to positive (60.0 %). With as many random edges "
        "(3 draws), “a” has π 0.30, and the prediction stays negative in 1 of 3."
    )


@pytest.mark.parametrize(
    ("others", "told"),
    [((0.9,), "is no longer negative."), ((0.9, 0.8), "is negative in none of them.")],
)
def test_random_graphs_that_all_say_otherwise(others, told):
    found = controls(
        [0.2, 0.3, 0.5],
        [0.3, 0.2, 0.5],
        [[0.2, 0.3, 0.5]] * len(others),
        answers=[answer(p) for p in (0.1, 0.1, *others, 0.1)],
    )
    assert "stays negative (90.0 % as before)" in largest_change(found)
    assert largest_change(found).endswith(f"and the prediction {told}")


def test_one_token():
    told = largest_change(controls([1.0], [1.0], [[1.0]], edges=0))
    assert told == (
        "The text has one token, so there is no edge to take away: its π is 1 on any graph."
    )


def test_a_graph_without_edges_is_held_against_all_edges():
    told = largest_change(
        controls([0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [[0.2, 0.3, 0.5]], [0.6, 0.2, 0.2], edges=0)
    )
    assert told == (
        "At τ 0.6 the graph has no edges: to take them away or to draw them at random changes "
        "nothing. With all edges, “a” rises from π 0.20 to 0.60, the largest change of a token."
    )


def test_a_graph_with_all_edges_has_no_other_of_its_size():
    told = largest_change(controls([0.2, 0.8], [0.5, 0.5], [[0.2, 0.8]], edges=1))
    assert told.endswith(
        "The graph has all edges already, so a random one with as many is the same."
    )


def test_no_change_is_told_as_none():
    same = [0.2, 0.3, 0.5]
    told = largest_change(controls(same, same, [same, same]))
    assert told.count("no token's π changes by as much as 0.0001") == 2
    told = largest_change(controls(same, same, [[0.14, 0.38, 0.48]]))
    assert "random edges (1 draw), “b” has π 0.380 instead of 0.300." in told


def test_numbers_that_are_predicted():
    weights = [[0.2, 0.3, 0.5], [0.3, 0.2, 0.5], [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]]]
    told = largest_change(controls(*weights, answers=[3.2141, 2.8, 3.0, 3.1, 1.0]))
    assert "; the prediction is 2.800 instead of 3.214." in told
    assert told.endswith("and the prediction is 3.000 to 3.100.")
    told = largest_change(controls(*weights, answers=[3.2141, 3.2142, 3.0, 3.0, 1.0]))
    assert "; the prediction stays 3.214." in told
    assert told.endswith("and the prediction is 3.000.")


def test_a_token_that_stands_there_twice_is_told_with_its_place():
    told = largest_change(
        controls([0.2, 0.3, 0.5], [0.3, 0.3, 0.4], [[0.2, 0.3, 0.5]], tokens=("x", "y", "x"))
    )
    assert "“x” (token 3 of 3) falls" in told or "“x” (token 1 of 3) rises" in told


shares = st.lists(st.floats(0.001, 1), min_size=4, max_size=4).map(
    lambda values: [value / sum(values) for value in values]
)


@given(shares, shares, st.lists(shares, min_size=1, max_size=4), st.lists(st.floats(0, 1)))
def test_what_is_told_is_true(this, without, random, given_answers):
    positives = (given_answers + [0.5] * 7)[: len(random) + 3]
    found = controls(this, without, random, answers=[answer(p) for p in positives])
    told = largest_change(found)
    change = np.abs(found.without.weights - found.this.weights)
    match = re.search(r"“(.)” (falls|rises) from π ([\d.]+) to ([\d.]+), the largest", told)
    if match is None:
        assert change.max() < 1e-4
        assert "Without edges, no token's π changes by as much" in told
    else:
        place = "abcd".index(match[1])
        assert change[place] == pytest.approx(change.max(), abs=1e-7)
        before, after = found.this.weights[place], found.without.weights[place]
        assert float(match[3]) == pytest.approx(before, abs=0.00501)
        assert float(match[4]) == pytest.approx(after, abs=0.00501)
        assert match[3] != match[4]
        assert (match[2] == "falls") == (after < before)
    flips = found.this.prediction.label != found.without.prediction.label
    assert ("turns from" in told) == flips
    labels = [graph.prediction.label == found.this.prediction.label for graph in found.random]
    assert (" in none of them" in told or "no longer" in told) == (not any(labels))
