"""Texts in a row: which models read them so, and that each text's states are its own."""

from __future__ import annotations

import threading

import pytest
import torch

from glot.backbones import load_backbone
from glot.backbones.packing import NAME, in_a_row, packs
from glot.backbones.tokenization import first_position
from tests.unit.backbones.tiny import ARCHITECTURES, save_tiny

# ModernBERT's and Mistral's attention has windows; T5's counts distances along the row.
PACKING = {"bert", "roberta", "distilbert", "gpt2", "llama", "qwen2", "gpt_neox"}
TEXTS = [
    "The file has maps but not keys.",
    "Nobody ever said that it was unbelievable, did they?",
    "keys",
    "The file has keys but not maps.",
    "maps and keys, keys and maps, and nobody ever said it",
]


@pytest.fixture(scope="module", params=sorted(ARCHITECTURES))
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def backbone(architecture, tmp_path_factory):
    folder = save_tiny(architecture, tmp_path_factory.mktemp("tiny") / architecture)
    return load_backbone(str(folder), device="cpu", dtype="float32")


def test_models_are_asked_whether_they_read_texts_in_a_row(architecture, backbone):
    assert backbone._packs == (architecture in PACKING)


@pytest.mark.parametrize("layer", [0, 1, None])
def test_every_text_has_the_states_that_it_has_alone(backbone, layer):
    together = backbone.encode(TEXTS, layer=layer)
    for number, text in enumerate(TEXTS):
        alone = backbone.encode([text], layer=layer).hidden[0]
        found = together.hidden[number]
        assert torch.allclose(found[: len(alone)], alone, atol=1e-5)
        assert not found[len(alone) :].any()
    many = {
        row: batch.hidden[place][batch.mask[place]]
        for batch in backbone.encode_many(TEXTS, layer=layer)
        for place, row in enumerate(batch.rows)
    }
    for number, own in many.items():
        assert torch.allclose(own, together.hidden[number][together.mask[number]], atol=1e-5)
    assert sorted(many) == list(range(len(TEXTS)))


def test_the_order_of_lengths_does_not_matter(backbone):
    there = backbone.encode(TEXTS)
    back = backbone.encode(TEXTS[::-1])
    for number in range(len(TEXTS)):
        own, other = there.mask[number], back.mask[-1 - number]
        expected = there.hidden[number][own]
        assert torch.allclose(back.hidden[-1 - number][other], expected, atol=1e-5)


def test_a_model_whose_positions_begin_elsewhere_is_not_read_in_a_row(tmp_path):
    model = load_backbone(str(save_tiny("roberta", tmp_path / "roberta")))._model
    assert first_position(model) == 1
    assert packs(model, 1)
    assert not packs(model, 0)


def test_a_model_with_attention_of_its_own_is_not_read_in_a_row(tmp_path):
    model = load_backbone(str(save_tiny("bert", tmp_path / "bert")))._model
    # Such as asks nobody for its attention, whatever the settings say.
    for layer in model.encoder.layer:
        layer.attention.self.forward = lambda hidden, *_, **__: (hidden, None)
    assert not packs(model, 0)


def test_who_uses_the_model_meanwhile_in_another_thread_is_not_disturbed(tmp_path):
    backbone = load_backbone(str(save_tiny("llama", tmp_path / "llama")))
    model, ids = backbone._model, torch.tensor([[1, 5, 7], [1, 9, 0]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    found = []

    def read() -> None:
        with torch.inference_mode():
            found.append(model(input_ids=ids, attention_mask=mask).last_hidden_state)

    read()
    with in_a_row(model, torch.arange(9), (4, 5), 0):
        assert model.config._attn_implementation == NAME
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(60)
    assert model.config._attn_implementation != NAME
    assert torch.equal(found[0][mask.bool()], found[1][mask.bool()])
