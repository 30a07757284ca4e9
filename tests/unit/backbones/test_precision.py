"""float32 weights are narrowed only where the states survive it."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from glot.backbones import load_backbone, placement
from glot.backbones.precision import narrowed

TEXTS = ["The file has keys but not maps.", "Nobody ever said that."]


@pytest.fixture(autouse=True)
def bfloat16_in_hardware(monkeypatch):
    """Where it is not, torch computes it in software: slower, and the same."""
    monkeypatch.setattr(placement, "cpu_has_bfloat16", lambda: True)


@pytest.fixture
def ill_scaled(bert):
    """A constant so large that bfloat16 holds nothing beside it; the next norm takes it away."""
    weights = load_file(bert / "model.safetensors")
    weights["embeddings.LayerNorm.bias"] += 1000
    save_file(weights, bert / "model.safetensors", metadata={"format": "pt"})
    return bert


def test_minilm_is_narrowed_and_its_states_stay(minilm):
    narrow = load_backbone("minilm", device="cpu")
    assert narrow.dtype is torch.bfloat16
    assert narrow.fingerprint == minilm.fingerprint
    texts = ["The film is not bad at all.", "Warm! 🙂", "the plot is slow " * 100]
    for layer in range(7):
        states, other = minilm.encode(texts, layer=layer), narrow.encode(texts, layer=layer)
        cosine = torch.cosine_similarity(states.hidden, other.hidden, dim=-1)[states.mask]
        assert float(cosine.min()) >= 0.999


def test_a_model_whose_states_change_stays_in_float32(ill_scaled):
    kept = load_backbone(str(ill_scaled), device="cpu")
    assert kept.dtype is torch.float32
    wide = load_backbone(str(ill_scaled), device="cpu", dtype="float32")
    narrow = load_backbone(str(ill_scaled), device="cpu", dtype="bfloat16")
    states = wide.encode(TEXTS)
    assert torch.equal(kept.encode(TEXTS).hidden, states.hidden)
    cosine = torch.cosine_similarity(states.hidden, narrow.encode(TEXTS).hidden, dim=-1)
    assert float(cosine[states.mask].min()) < 0.999


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_format_that_is_named_is_taken(ill_scaled, dtype):
    backbone = load_backbone(str(ill_scaled), device="cpu", dtype=dtype)
    assert backbone.dtype is getattr(torch, dtype)


def test_weights_stored_in_a_narrow_format_are_not_checked(ill_scaled):
    file = ill_scaled / "model.safetensors"
    weights = {key: value.bfloat16() for key, value in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})
    config = json.loads((ill_scaled / "config.json").read_text()) | {"dtype": "bfloat16"}
    (ill_scaled / "config.json").write_text(json.dumps(config))
    assert load_backbone(str(ill_scaled), device="cpu").dtype is torch.bfloat16


def test_a_cpu_without_bfloat16_computes_in_float32(folders, monkeypatch):
    monkeypatch.setattr(placement, "cpu_has_bfloat16", lambda: False)
    assert load_backbone(str(folders["bert"]), device="cpu").dtype is torch.float32


def test_narrowing_leaves_the_model_and_its_tables_as_they_are(folders):
    model = load_backbone(str(folders["llama"]), device="cpu", dtype="float32")._model
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    copy = narrowed(model, torch.device("cpu"), torch.bfloat16)
    for name, weight in copy.named_parameters():
        assert weight.dtype is torch.bfloat16
        assert torch.equal(weight, before[name].bfloat16())
        assert torch.equal(model.get_parameter(name), before[name])
    tables = dict(copy.named_buffers())
    assert tables
    assert all(torch.equal(table, model.get_buffer(name)) for name, table in tables.items())
