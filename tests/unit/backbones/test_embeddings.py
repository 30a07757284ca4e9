"""The model as a function of its input embeddings, on tiny models of each architecture."""

import threading

import pytest
import torch

from glot.backbones import load_backbone
from glot.errors import GlotError
from tests.unit.backbones.tiny import ARCHITECTURES

TEXT = "The file has keys but not maps."


def tiny(folders, name):
    return load_backbone(str(folders[name]), device="cpu", dtype="float32")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_texts_embeddings_give_its_states_at_every_layer(folders, name):
    backbone = tiny(folders, name)
    embedded = backbone.embeddings(TEXT)
    assert not embedded.requires_grad
    for layer in (None, 0, 1, 2):
        expected = backbone.encode([TEXT], layer=layer).hidden
        with torch.no_grad(), backbone.from_embeddings(layer) as states:
            found = states(embedded.expand(2, -1, -1))
        torch.testing.assert_close(found, expected.expand(2, -1, -1), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_gradients_flow_from_the_tokens_that_attention_sees(folders, name):
    backbone = tiny(folders, name)
    embedded = backbone.embeddings(TEXT).requires_grad_()
    with backbone.from_embeddings() as states:
        # Of one value: a layer norm makes the sum of a state the same whatever it is.
        (slopes,) = torch.autograd.grad(states(embedded)[0, 1, 0], embedded)
    size = slopes[0].abs().sum(dim=1)
    assert (size[:2] > 0).all()
    assert bool((size[2:] > 0).all()) == (backbone.kind == "encoder")
    assert bool((size[2:] == 0).all()) == (backbone.kind == "decoder")


def test_embeddings_are_cut_and_are_a_copy(folders):
    backbone = tiny(folders, "bert")
    whole, cut = backbone.embeddings(TEXT), backbone.embeddings(TEXT, 4)
    assert cut.shape == (1, 4, 16)
    assert torch.equal(cut[0, :3], whole[0, :3])
    whole.zero_()
    assert torch.equal(backbone.embeddings(TEXT, 4), cut)


def test_others_run_between_two_calls_and_change_nothing(folders):
    backbone = tiny(folders, "bert")
    inputs = backbone.embeddings(TEXT)
    alone = backbone.encode([TEXT]).hidden
    with backbone.from_embeddings() as states:
        first = states(inputs)
        found = []
        thread = threading.Thread(target=lambda: found.append(backbone.encode([TEXT]).hidden))
        thread.start()
        thread.join(60)
        assert torch.equal(states(inputs), first)
    # A long attribution holds nobody up.
    assert torch.equal(found[0], alone)


def test_an_error_inside_lets_others_run_again(folders):
    backbone = tiny(folders, "bert")
    with pytest.raises(ZeroDivisionError), backbone.from_embeddings():
        raise ZeroDivisionError
    assert backbone.encode([TEXT]).hidden.shape[0] == 1


def test_what_encode_refuses_is_refused(folders):
    backbone = tiny(folders, "bert")
    with pytest.raises(GlotError, match="Layer 3"), backbone.from_embeddings(3):
        pass
    with pytest.raises(GlotError):
        backbone.embeddings(" ")
