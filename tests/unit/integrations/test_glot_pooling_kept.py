"""A pooling module over time: weights that change, copies, and files."""

import copy
import json
import pickle
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from glot.errors import GlotError
from tests.unit.integrations.poolings import (
    MASK,
    GlotPooling,
    inferred,
    padded,
    pooling,
    states,
    vectors,
)


def by_add_(module):
    with torch.no_grad():
        module.pooler.convs[0].bias.add_(1)


def by_loading(module):
    other = {name: value / 2 for name, value in module.state_dict().items()}
    module.load_state_dict(other)


def by_assigning(module):
    bias = module.pooler.convs[0].bias
    module.pooler.convs[0].bias = torch.nn.Parameter(bias.detach() + 1)


def behind_its_back(module):
    module.pooler.convs[0].bias.data.add_(1)
    # As `encode` does in every call.
    module.eval()


def by_other_memory(module):
    bias = module.pooler.convs[0].bias
    bias.data = bias.detach() + 1


def by_settings(module):
    module.pooler.config = replace(module.pooler.config, tau=0.9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "change", [by_add_, by_loading, by_assigning, behind_its_back, by_other_memory, by_settings]
)
def test_changes_are_followed(change, dtype):
    module = pooling()
    before = inferred(module, dtype=dtype)
    change(module)
    hidden = states().to(dtype).float()
    with torch.inference_mode():
        wanted = module.pooler(hidden, MASK).embedding
    after = inferred(module, dtype=dtype)
    assert torch.cosine_similarity(after, wanted).min() > 0.9999
    assert not torch.allclose(after, before, atol=0.01)


def test_a_copy_of_a_used_module_has_weights_of_its_own():
    module = pooling()
    before = inferred(module)
    copied = copy.deepcopy(module)
    by_add_(copied)
    torch.testing.assert_close(inferred(module), before)
    assert not torch.allclose(inferred(copied), before, atol=0.01)


def test_a_used_module_is_pickled_as_one_that_was_not():
    module = pooling()
    before = len(pickle.dumps(module))
    inferred(module)
    assert len(pickle.dumps(module)) == before


def test_what_is_saved_is_loaded(tmp_path):
    module = pooling(include_prompt=False, backbone="own", fingerprint="ab")
    # However it is asked: nothing is pickled.
    module.save(str(tmp_path), safe_serialization=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    again = GlotPooling.load(str(tmp_path))
    assert repr(again) == repr(module)
    assert again.get_config_dict()["include_prompt"] is False
    assert torch.equal(vectors(again.eval(), padded()), vectors(module, padded()))


def test_a_pooler_without_weights_is_saved_and_loaded(tmp_path):
    pooling("mean").save(str(tmp_path))
    assert GlotPooling.load(str(tmp_path)).pooling_mode == "mean"


def without(path):
    path.unlink()


def pickled(path):
    path.write_bytes(pickle.dumps({"weights": [1, 2]}))


def misshapen(path):
    weights = load_file(path)
    save_file({name: value[:1].clone() for name, value in weights.items()}, path)


def not_finite(path):
    save_file({name: value * float("nan") for name, value in load_file(path).items()}, path)


@pytest.mark.parametrize("damage", [without, pickled, misshapen, not_finite])
def test_broken_weights_are_told(damage, tmp_path):
    pooling().save(str(tmp_path))
    damage(tmp_path / "model.safetensors")
    with pytest.raises(GlotError, match=r"cannot be loaded\. model\.safetensors"):
        GlotPooling.load(str(tmp_path))


@pytest.mark.parametrize(
    "settings",
    [
        {"embedding_dimension": 6, "pooling_mode": "mean"},
        {"embedding_dimension": 6, "pooler": {"name": "glut"}},
        {"embedding_dimension": 6, "pooler": {"name": "glot", "depth": 3}},
        {"pooler": {"name": "glot"}},
    ],
)
def test_settings_of_something_else_are_told(settings, tmp_path):
    pooling().save(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(GlotError, match=r"cannot be loaded\. config\.json"):
        GlotPooling.load(str(tmp_path))
