import json

import numpy as np
import pytest
import torch

from glot.attributions.bundle import read_bundle, write_bundle
from glot.attributions.examples import BACKBONE, TASK, examples, stored_explanation
from glot.attributions.explanation import TAU_GRID
from glot.attributions.readout import explain_text
from glot.attributions.report import as_record
from glot.errors import GlotError
from glot.heads.checkpoint import weights_digests
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf, load_heads
from tests.unit.attributions.heads import trained


def shelf_for(backbone, *poolers):
    heads = {name: trained(backbone, name=name, tau=0.25) for name in poolers}
    return Shelf(heads, {"max": "It is broken."})


@pytest.fixture
def explained(known):
    shelf = shelf_for(known, "mean", "adapool", "glot")
    return explain_text("a b c d", known, "sst2", shelf), known, shelf


def test_known_edges_at_every_threshold(explained):
    explanation = explained[0]
    counts = {0.1: 2, 0.59: 2, 0.61: 1, 0.79: 1, 0.81: 0, 1.0: 0}
    for tau, edges in counts.items():
        statistics = explanation.statistics(tau)
        assert statistics.edges == edges
        assert statistics.density == edges / 6
        assert statistics.components == 4 - edges
    assert explanation.edges(0.1).tolist() == [[0, 1], [1, 2]]


def test_weights_and_predictions_are_the_heads_own(explained):
    explanation, backbone, shelf = explained
    states = backbone.encode(["a b c d"])
    for name, each in shelf.heads.items():
        for tau in (0.0, 0.3, 0.7, 1.0):
            pooled = each.head.embed(states.hidden, states.mask, tau)
            row = explanation.row(tau)
            np.testing.assert_allclose(
                explanation.weights[name][row], pooled.weights[0].detach(), atol=1e-6
            )
            answer = explanation.prediction(name, tau)
            logits = each.head(pooled.embedding)[0]
            expected = logits.softmax(-1).tolist()
            assert list(answer.probabilities.values()) == pytest.approx(expected, abs=1e-6)
            assert answer.label == ("no", "yes")[int(logits.argmax())]


def test_the_training_threshold_and_the_notes_are_passed_on(explained):
    assert explained[0].training_tau == 0.25
    assert explained[0].notes == ("The max head cannot be used. It is broken.",)


def test_weights_of_poolers_that_learn_nothing_need_no_head(known):
    explanation = explain_text("a b c d", known, "sst2", Shelf())
    assert set(explanation.weights) == {"mean", "max", "cls"}
    assert np.all(explanation.weights["mean"] == 0.25)
    assert np.all(explanation.weights["cls"] == [1, 0, 0, 0])
    # Of three dimensions a, c and the zero of a, b and c hold the largest values.
    np.testing.assert_allclose(explanation.weights["max"][0], [4 / 9, 1 / 9, 4 / 9, 0], atol=1e-6)
    assert explanation.prediction("mean", 0.6) is None
    assert explanation.training_tau is None


def test_a_cut_text_says_how_much_and_where(known):
    explanation = explain_text("a b c d " * 20, known, "sst2", Shelf(), max_tokens=6)
    assert explanation.n_cut == 74
    assert "80 tokens; the first 6 were used and 74 were cut" in explanation.notes[0]
    assert "“…a b c d a b”" in explanation.notes[0]


def test_values_between_the_grids_points_are_not_made_up(explained):
    with pytest.raises(GlotError, match=r"the grid, such as 0\.61"):
        explained[0].row(0.6149)


def test_the_grid_holds_hundredths_exactly():
    assert TAU_GRID.tolist() == [i / 100 for i in range(101)]


def test_a_record_is_json_with_one_weight_a_token(explained):
    record = json.loads(json.dumps(as_record(explained[0], 0.7)))
    assert record["tokens"] == ["a", "b", "c", "d"]
    assert (record["tau"], record["edges"], record["edge_list"]) == (0.7, 1, [[0, 1]])
    assert list(record["weights"]) == ["mean", "max", "cls", "adapool", "mlp", "deepsets", "glot"]
    assert record["weights"]["mlp"] is record["predictions"]["mlp"] is None
    for weights in filter(None, record["weights"].values()):
        assert len(weights) == 4
        assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert set(record["predictions"]["glot"]["probabilities"]) == {"no", "yes"}


def test_heads_of_pairs_give_weights_and_a_note(known):
    head = trained(known, HeadConfig("similarity", pairs=True), task="stsb")
    explanation = explain_text("a b c d", known, "stsb", Shelf({"glot": head}))
    assert explanation.weights["glot"].shape == (101, 4)
    assert as_record(explanation, 0.6)["predictions"]["glot"] is None
    assert "compare two texts" in explanation.notes[0]


def test_a_number_that_is_predicted(known):
    each = trained(known, HeadConfig("regression"), task="own", name="mean")
    each.head.prepare(torch.tensor([0.0, 4.0]))
    explanation = explain_text("a b", known, "own", Shelf({"mean": each}))
    states = known.encode(["a b"])
    expected = float(each.head(states.hidden.mean(1)))
    record = as_record(explanation, 0.6)
    assert record["predictions"]["mean"] == {"value": pytest.approx(expected, abs=1e-5)}


def test_a_head_on_another_layer_reads_that_layer(known):
    each = trained(known, name="adapool", layer=1)
    explanation = explain_text("a b c", known, "sst2", Shelf({"adapool": each}))
    states = known.encode(["a b c"], layer=1)
    expected = each.head.embed(states.hidden, states.mask).weights[0]
    np.testing.assert_allclose(explanation.weights["adapool"][0], expected, atol=1e-6)
    assert "reads layer 1" in explanation.notes[0]


def test_a_stored_explanation_comes_back_whole(explained, tmp_path):
    path = tmp_path / "deep" / "one.safetensors"
    write_bundle(path, explained[0], {"glot": "abc"})
    bundle = read_bundle(path)
    assert bundle.heads == {"glot": "abc"}
    assert as_record(bundle.explanation, 0.3) == as_record(explained[0], 0.3)
    for name, value in vars(explained[0]).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(bundle.explanation, name), value)
        elif name not in ("weights", "probabilities", "values", "timeline"):
            assert getattr(bundle.explanation, name) == value


def test_a_shipped_explanation_written_again_is_the_same_file(tmp_path):
    for example in examples():
        path = tmp_path / example.path.name
        bundle = read_bundle(example.path)
        write_bundle(path, bundle.explanation, bundle.heads)
        assert path.read_bytes() == example.path.read_bytes()


def test_the_settings_of_the_graph_come_back(known, tmp_path):
    path = tmp_path / "one.safetensors"
    settings = {"layer": 2, "similarity": "centred", "special_tokens": False}
    write_bundle(path, explain_text("a b c d", known, "sst2", Shelf(), **settings), {})
    found = read_bundle(path).explanation
    assert {name: getattr(found, name) for name in settings} == settings
    assert (found.n_layers, found.special, found.trained_similarity) == (4, (), None)


@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_a_broken_stored_explanation_is_told(tmp_path, content):
    path = tmp_path / "one.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GlotError, match="make examples"):
        read_bundle(path)


@pytest.mark.parametrize("name", ["positions", "principal"])
def test_an_explanation_whose_parts_disagree_is_refused(explained, name):
    values = {**vars(explained[0]), name: np.zeros((3, 2), dtype=np.float32)}
    with pytest.raises(GlotError, match=f"{name} has shape"):
        type(explained[0])(**values)


def test_special_tokens_that_are_not_there_are_refused(explained):
    with pytest.raises(GlotError, match="special is \\(4,\\)"):
        type(explained[0])(**{**vars(explained[0]), "special": (4,)})


def test_the_examples_are_the_six_that_were_asked_for(minilm):
    texts = {example.key: example.text for example in examples()}
    assert list(texts) == ["negation", "long", "ambiguity", "german", "review", "paper"]
    assert len(minilm.encode([texts["review"]]).tokens[0]) >= 120


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.key)
def test_what_is_stored_is_what_the_shipped_heads_say(example, minilm):
    stored = stored_explanation(example.text, "minilm", "sst2")
    assert stored is not None
    live = explain_text(example.text, minilm, "sst2", load_heads(minilm, "sst2"))
    assert stored.tokens == live.tokens
    assert stored.offsets == live.offsets
    assert stored.labels == live.labels
    assert stored.special == live.special == (0, len(live.tokens) - 1)
    assert (stored.n_layers, stored.trained_similarity) == (6, "cosine")
    np.testing.assert_allclose(stored.principal, live.principal, atol=1e-3)
    np.testing.assert_allclose(stored.upper, live.upper, atol=1e-5)
    # An edge within rounding of a threshold may flip on another machine, so compare where none is.
    near = np.abs(live.upper[:, None] - live.taus[None]).min(axis=0) < 1e-5
    for name, weights in live.weights.items():
        np.testing.assert_allclose(stored.weights[name][~near], weights[~near], atol=1e-4)
        np.testing.assert_allclose(
            stored.probabilities[name][~near], live.probabilities[name][~near], atol=1e-4
        )
    assert (~near).sum() > 50


def test_a_changed_head_makes_the_stored_explanations_stale(tmp_path, monkeypatch):
    assert stored_explanation(examples()[0].text, "minilm", "sst2") is not None
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert weights_digests(BACKBONE, TASK) == {}
    assert stored_explanation(examples()[0].text, "minilm", "sst2") is None


def test_other_texts_and_backbones_are_computed():
    assert stored_explanation("Another text.", "minilm", "sst2") is None
    assert stored_explanation(examples()[0].text, "smollm2", "sst2") is None
