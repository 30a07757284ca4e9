"""The widget's Python side: what is sent, what is accepted, what stands in its stead."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.errors import GlotError
from glot.heads.shelf import load_heads
from glot.live import show
from glot.live.payload import MAX_POOLERS
from glot.live.still import still
from glot.paths import ROOT


@pytest.fixture
def view(shown, wired):
    made = show(shown)
    yield made
    made.close()


def received(view):
    """The first message as the browser gets it: state, with the buffers where they belong."""
    kind, data, buffers = view.comm.sent[0]
    assert kind == "comm_open"
    state = {**data["state"], "_message": dict(data["state"]["_message"])}
    for (trait, name), buffer in zip(data["buffer_paths"], buffers, strict=True):
        state[trait][name] = buffer
    return state


def test_all_numbers_arrive(view, shown):
    state = received(view)
    message = state["_message"]
    meta = json.loads(message["meta"])
    assert meta["tokens"] == list(shown.tokens)
    for name, table in (("upper", shown.upper), ("force", shown.positions)):
        np.testing.assert_array_equal(np.frombuffer(message[name], "<f4"), table.ravel())
    for pooler in meta["poolers"]:
        table = shown.weights[pooler["name"]]
        sent = np.frombuffer(message[f"pi_{pooler['name']}"], "<f4").reshape(pooler["rows"], -1)
        np.testing.assert_array_equal(np.broadcast_to(sent, table.shape), table)
    assert state["tau"] == 0.6
    assert state["poolers"] == ["mean", "adapool", "deepsets", "glot"]
    assert state["_esm"] == (ROOT / "glot/live/static/token_graph.js").read_text("utf-8")


def test_a_text_is_explained_as_the_library_does(wired):
    text = "The acting is wooden, but I could not look away."
    backbone = load_backbone("minilm")
    settings = {"layer": 3, "similarity": "centred", "special_tokens": False}
    made = show(text, backbone, "sst2", tau=0.3, poolers=["glot"], tint="mean", **settings)
    expected = explain_text(text, backbone, "sst2", load_heads(backbone, "sst2"), **settings)
    np.testing.assert_allclose(made.explanation.upper, expected.upper, atol=1e-6)
    for name, table in expected.weights.items():
        np.testing.assert_allclose(made.explanation.weights[name], table, atol=1e-6)
    assert (made.tau, made.poolers, made.tint) == (0.3, ["glot"], "mean")
    made.close()


def test_a_long_text_is_cut_and_copied_code_cuts_it_too(wired):
    made = show("word " * 50, max_tokens=16)
    assert len(made.explanation.tokens) == 16
    meta = json.loads(made._message["meta"])
    assert (meta["max_tokens"], meta["n_cut"]) == (16, made.explanation.n_cut)
    made.close()


def test_python_hears_the_browser_and_tells_it_nothing_back(view):
    changes = []
    view.observe(lambda change: changes.append((change.name, change.new)), ["tau", "pinned"])
    view.comm.hear(tau=0.42)
    view.comm.hear(pinned=[3, 1])
    assert changes == [("tau", 0.42), ("pinned", [3, 1])]
    assert (view.tau, view.pinned) == (0.42, [3, 1])
    assert view.comm.updates() == []


def test_the_browser_hears_python(view):
    view.tau = 0.3
    view.poolers = ["glot", "mean"]
    view.words = True
    # In the order in which the view has them.
    assert view.comm.updates() == [{"tau": 0.3}, {"poolers": ["mean", "glot"]}, {"words": True}]


def test_a_tau_between_two_of_the_grid_is_the_nearest(view):
    view.tau = 0.3371
    assert view.tau == 0.34


@pytest.mark.parametrize(
    ("trait", "value", "accepted"),
    [
        ("tau", 1.2, "0 to 1"),
        ("tau", float("nan"), "0 to 1"),
        ("poolers", [], f"1 to {MAX_POOLERS} of mean"),
        ("poolers", ["mean", "eos"], f"1 to {MAX_POOLERS} of mean"),
        ("poolers", ["mean", "max", "cls", "mlp", "glot"], f"1 to {MAX_POOLERS} of mean"),
        ("tint", "eos", "mean, max"),
        ("arrangement", "spiral", "force, arc"),
        ("pinned", [1, 99], "places from 0"),
    ],
)
def test_what_is_not_accepted_is_told_and_nothing_changes(view, trait, value, accepted):
    before = getattr(view, trait)
    with pytest.raises(GlotError, match=accepted):
        setattr(view, trait, value)
    assert getattr(view, trait) == before
    assert view.comm.updates() == []


def test_what_is_not_accepted_at_the_beginning(shown, wired):
    with pytest.raises(GlotError, match="τ = 3"):
        show(shown, tau=3)
    with pytest.raises(GlotError, match="nosuch"):
        show("A text.", "minilm", "nosuch")


def test_places_without_widgets_get_a_table(view, shown):
    view.tau = 0.5
    data, _ = view._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    page = ElementTree.fromstring(f"<div>{data['text/html']}</div>")
    statistics = shown.statistics(0.5)
    assert f"τ = 0.50: {statistics.tokens} tokens, {statistics.edges} edges" in page[0].text
    head, *lines = [[cell.text for cell in line] for line in page.iter("tr")]
    assert head == ["token", "π Mean", "π AdaPool", "π DeepSets", "π GLOT"]
    assert [line[0] for line in lines] == list(shown.tokens)
    weights = shown.weights["glot"][shown.row(0.5)]
    assert [float(line[-1]) for line in lines] == pytest.approx(weights, abs=1e-4)
    answer = shown.prediction("glot", 0.5)
    assert f"GLOT: {answer.label} {answer.probabilities[answer.label]:.1%}" in page[1].text


def test_the_table_shows_markup_as_text_and_ends():
    backbone = load_backbone("minilm")
    text = "<script>alert(1)</script> & " + "word " * 60
    found = explain_text(text, backbone, "sst2", load_heads(backbone, "sst2"))
    html = still(found, 0.6, ["mean"])
    page = ElementTree.fromstring(f"<div>{html}</div>")
    assert text[:100] in page[0].text
    assert len(list(page.iter("tr"))) == 41
    assert page[-1].text == f"{len(found.tokens) - 40} more tokens."


def test_without_anywidget_the_extra_is_named():
    code = """
import importlib.util
import sys
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "anywidget" else whole(name, *a)
from glot.errors import GlotError
from glot.live import show
assert "torch" not in sys.modules
try:
    show("A text.")
except GlotError as error:
    print(error)
assert "torch" not in sys.modules, "it was loaded before the package was asked for"
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "anywidget is not installed" in done.stdout
    assert "[notebook]" in done.stdout
