"""Layer, similarity and special tokens of the graph that is shown."""

import numpy as np
import pytest
import torch

from glot.attributions.readout import explain_text
from glot.errors import GlotError
from glot.graph.similarity import token_similarity
from glot.graph.statistics import upper_triangle
from glot.heads.shelf import Shelf, load_heads
from glot.types import TokenStates
from tests.conftest import FakeBackbone
from tests.unit.attributions.heads import trained

TEXT = "The plot is thin, but the film is not bad at all."


class Framed(FakeBackbone):
    """The fake backbone with a token of its own before each text and one after it."""

    def encode(self, texts, max_tokens=None, layer=None):
        inner = super().encode([f"<s> {text} </s>" for text in texts], max_tokens, layer)
        n = len("<s> ")
        offsets = tuple(
            ((0, 0), *((start - n, end - n) for start, end in row[1:-1]), (0, 0))
            for row in inner.offsets
        )
        return TokenStates(inner.hidden, inner.mask, inner.tokens, offsets, inner.n_cut)


def head_for(backbone, pooler="glot", **settings):
    return trained(backbone, name=pooler, tau=0.25, **settings)


@pytest.fixture
def framed():
    return Framed(width=6)


@pytest.mark.parametrize("similarity", ["cosine", "centred"])
@pytest.mark.parametrize("layer", [0, 1, 4, None])
def test_the_graph_shown_is_that_of_the_layer_and_the_kind(fake, layer, similarity):
    found = explain_text("a b c d e", fake, "sst2", Shelf(), layer=layer, similarity=similarity)
    states = fake.encode(["a b c d e"], layer=layer)
    expected = token_similarity(states.hidden, states.mask, similarity)[0].numpy()
    np.testing.assert_array_equal(found.upper, upper_triangle(expected))
    assert (found.n_layers, found.similarity) == (4, similarity)
    assert found.layer == (None if layer == 4 else layer)
    told = [note for note in found.notes if "graph shown" in note]
    assert bool(told) == (layer in (0, 1))
    assert all(f"layer {layer} of 4" in note for note in told)


def test_heads_read_their_own_layer_whichever_is_shown(fake):
    shelf = Shelf({"glot": head_for(fake), "adapool": head_for(fake, "adapool", layer=1)})
    shown = [explain_text("a b c d e", fake, "sst2", shelf, layer=k) for k in (None, 1, 3)]
    for other in shown[1:]:
        for name in shown[0].weights:
            np.testing.assert_array_equal(other.weights[name], shown[0].weights[name])
    notes = [" ".join(each.notes) for each in shown]
    assert "adapool head reads layer 1; the graph shows the last one." in notes[0]
    assert "adapool head reads layer 1." in notes[1]
    assert "adapool head reads layer 1; the graph shows layer 3." in notes[2]


def test_heads_that_read_one_layer_are_told_together(fake):
    heads = {name: head_for(fake, name, layer=1) for name in ("mean", "adapool", "glot")}
    shelf = Shelf({**heads, "deepsets": head_for(fake, "deepsets", layer=2)})
    assert explain_text("a b c", fake, "sst2", shelf, layer=2).notes[-1] == (
        "The mean, adapool and glot heads read layer 1; the graph shows layer 2. The deepsets "
        "head reads layer 2."
    )


def test_positions_stay_where_they_are_when_a_setting_changes(framed):
    first = explain_text("a b c d e", framed, "sst2", Shelf())
    for settings in ({"layer": 2}, {"similarity": "centred"}):
        again = explain_text("a b c d e", framed, "sst2", Shelf(), **settings)
        np.testing.assert_array_equal(again.positions, first.positions)
    bare = explain_text("a b c d e", framed, "sst2", Shelf(), special_tokens=False)
    np.testing.assert_array_equal(bare.positions, first.positions[1:-1])


def test_given_positions_are_used(framed):
    places = np.arange(14, dtype=np.float32).reshape(7, 2)
    whole = explain_text("a b c d e", framed, "sst2", Shelf(), positions=places)
    np.testing.assert_array_equal(whole.positions, places)
    for given in (places, places[1:-1]):
        bare = explain_text(
            "a b c d e", framed, "sst2", Shelf(), special_tokens=False, positions=given
        )
        np.testing.assert_array_equal(bare.positions, places[1:-1])
    with pytest.raises(GlotError, match=r"positions of shape \(5, 2\)"):
        explain_text("a b c d e", framed, "sst2", Shelf(), positions=places[1:-1])


def test_the_graph_pooler_is_run_on_the_kind_that_is_asked_for(fake):
    own_kind, twin = head_for(fake), head_for(fake, similarity="centred")
    twin.head.load_state_dict(own_kind.head.state_dict())
    before = torch.get_rng_state()
    shelf = Shelf({"glot": own_kind})
    found = explain_text("a b c d e", fake, "sst2", shelf, similarity="centred")
    assert torch.equal(torch.get_rng_state(), before)
    states = fake.encode(["a b c d e"])
    taus = torch.tensor([0.0, 0.2, 0.5])
    rows = [found.row(tau) for tau in (0.0, 0.2, 0.5)]
    own, other = (
        each.head.embed(states.hidden, states.mask, taus).weights.detach()
        for each in (own_kind, twin)
    )
    np.testing.assert_allclose(found.weights["glot"][rows], other, atol=1e-6)
    assert not np.allclose(own, other, atol=1e-3)
    assert found.trained_similarity == "cosine"
    assert "trained on graphs of cosine similarity; here it is run on centred" in found.notes[0]
    assert own_kind.head.pooler.config.similarity == "cosine"


def test_nothing_is_noted_where_the_kind_is_the_heads_own(fake):
    shelf = Shelf({"glot": head_for(fake, similarity="centred")})
    found = explain_text("a b c", fake, "sst2", shelf, similarity="centred")
    assert found.notes == ()
    assert found.trained_similarity == "centred"


@pytest.mark.parametrize("similarity", ["shuffled", "euclid"])
def test_other_kinds_are_refused(fake, similarity):
    with pytest.raises(GlotError, match=f"{similarity}.*Accepted: cosine, centred"):
        explain_text("a b", fake, "sst2", Shelf(), similarity=similarity)


def test_a_layer_that_is_not_there_is_refused(fake):
    with pytest.raises(GlotError, match=r"Layer 5.*0 .* to 4"):
        explain_text("a b", fake, "sst2", Shelf(), layer=5)


@pytest.mark.parametrize("similarity", ["cosine", "centred"])
def test_tokens_left_out_are_left_out_as_padding_is(framed, similarity):
    names = ("mean", "cls", "adapool", "deepsets", "glot")
    shelf = Shelf({name: head_for(framed, name) for name in names})
    found = explain_text(
        "a b c d", framed, "sst2", shelf, similarity=similarity, special_tokens=False
    )
    assert found.tokens == ("a", "b", "c", "d")
    assert (found.special, found.special_tokens) == ((), False)
    states = framed.encode(["a b c d"])
    mask = torch.tensor([[False, True, True, True, True, False]])
    expected = token_similarity(states.hidden, mask, similarity)[0, 1:-1, 1:-1].numpy()
    np.testing.assert_allclose(found.upper, upper_triangle(expected), atol=1e-6)
    for name in ("mean", "adapool", "deepsets", "glot"):
        twin = head_for(framed, name, similarity=similarity)
        for tau in (0.0, 0.3, 1.0):
            pooled = twin.head.embed(states.hidden, mask, tau)
            row = found.row(tau)
            np.testing.assert_allclose(
                found.weights[name][row], pooled.weights[0, 1:-1].detach(), atol=1e-6
            )
            expected = twin.head(pooled.embedding).softmax(-1)[0].tolist()
            answer = found.prediction(name, tau)
            assert list(answer.probabilities.values()) == pytest.approx(expected, abs=1e-6)


def test_the_pooler_of_a_token_left_out_is_left_out_and_told(framed):
    shelf = Shelf({"cls": head_for(framed, "cls")})
    whole = explain_text("a b", framed, "sst2", shelf)
    assert whole.special == (0, 3)
    assert "cls" in whole.poolers
    bare = explain_text("a b", framed, "sst2", shelf, special_tokens=False)
    for names in (bare.poolers, bare.weights, bare.probabilities):
        assert "cls" not in names
    assert "(<s>, </s>) is left out" in bare.notes[0]
    assert "so is the cls pooler" in bare.notes[0]
    framed.kind = "decoder"
    bare = explain_text("a b", framed, "sst2", Shelf(), special_tokens=False)
    assert "eos" not in bare.poolers
    assert "so is the eos pooler" in bare.notes[0]
    assert "cls" not in bare.notes[0]


def test_where_no_token_is_added_none_is_left_out(fake):
    bare = explain_text("a b", fake, "sst2", Shelf(), special_tokens=False)
    assert bare.tokens == ("a", "b")
    assert "cls" in bare.poolers
    assert "none to leave out" in bare.notes[0]


def test_one_token_is_left(framed):
    found = explain_text("a", framed, "sst2", Shelf(), special_tokens=False)
    assert found.tokens == ("a",)
    assert found.upper.shape == (0,)
    assert found.weights["mean"][0].tolist() == [1.0]
    assert found.principal.tolist() == [[0.0, 0.0]]
    assert found.timeline.tau_for_density(0.5, found.taus) == 1.0


def test_principal_places_are_those_of_the_layer_shown(fake):
    from sklearn.decomposition import PCA

    found = explain_text("a b c d e", fake, "sst2", Shelf(), layer=2)
    states = fake.encode(["a b c d e"], layer=2).hidden[0].numpy()
    expected = PCA(2).fit_transform(states)
    expected /= np.abs(expected).max()
    np.testing.assert_allclose(np.abs(found.principal), np.abs(expected), atol=1e-5)


def test_a_real_text_on_a_real_backbone(minilm):
    shelf = load_heads(minilm, "sst2")
    whole = explain_text(TEXT, minilm, "sst2", shelf)
    settings = {"layer": 3, "similarity": "centred", "special_tokens": False}
    found = explain_text(TEXT, minilm, "sst2", shelf, positions=whole.positions, **settings)
    assert whole.tokens[1:-1] == found.tokens
    assert whole.special == (0, len(whole.tokens) - 1)
    assert set(whole.weights) - set(found.weights) == {"cls"}
    for weights in found.weights.values():
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(found.positions, whole.positions[1:-1])
    told = " ".join(found.notes)
    for part in ("([CLS], [SEP])", "layer 3 of 6", "on centred similarity"):
        assert part in told
    assert explain_text(TEXT, minilm, "sst2", shelf, layer=6).layer is None
