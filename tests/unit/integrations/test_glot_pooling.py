"""What sentence-transformers expects of a pooling module, held against its own `Pooling`."""

import copy
import json
import pickle
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.poolers import POOLERS

pytest.importorskip("sentence_transformers", reason="needs the extra train")

from sentence_transformers.sentence_transformer.modules import Pooling

from glot.integrations.glot_pooling import GlotPooling

WIDTH = 6
# Ours → the library's name of the same thing.
THEIRS = {"mean": "mean", "max": "max", "cls": "cls", "eos": "lasttoken"}
MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])


def states(seed=0):
    return torch.randn(3, 5, WIDTH, generator=torch.Generator().manual_seed(seed))


def pooling(name="glot", **others):
    torch.manual_seed(1)
    return GlotPooling(WIDTH, PoolerConfig(name, width=4, tau=0.2), **others).eval()


def padded(hidden=None, mask=MASK, **others):
    hidden = states() if hidden is None else hidden
    return {"token_embeddings": hidden.clone(), "attention_mask": mask.clone(), **others}


def on_the_left(features):
    """The same texts with their padding on the other side."""
    shifts = (features["attention_mask"] == 0).sum(1).tolist()
    rows = zip(features["token_embeddings"], features["attention_mask"], shifts, strict=True)
    hidden, mask = zip(*((h.roll(n, 0), m.roll(n)) for h, m, n in rows), strict=True)
    return {
        **features,
        "token_embeddings": torch.stack(hidden),
        "attention_mask": torch.stack(mask),
    }


def in_a_row(features):
    """The same texts without padding, as flash attention takes them."""
    hidden, mask = features.pop("token_embeddings"), features.pop("attention_mask").bool()
    ends = torch.cat([torch.zeros(1, dtype=torch.long), mask.sum(1).cumsum(0)])
    return {**features, "token_embeddings": hidden[mask][None], "cu_seq_lens_q": ends}


FORMS = pytest.mark.parametrize("form", [dict, on_the_left, in_a_row])


def vectors(module, features):
    return module(features)["sentence_embedding"]


@pytest.mark.parametrize("name", POOLERS.names())
@FORMS
def test_it_gives_what_the_pooler_gives(name, form):
    module = pooling(name)
    found = module(form(padded()))
    wanted = module.pooler(states(), MASK)
    assert found["sentence_embedding"].shape == (3, module.get_embedding_dimension())
    torch.testing.assert_close(found["sentence_embedding"], wanted.embedding)
    torch.testing.assert_close(found["token_weights"].sum(1), torch.ones(3))


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize(
    "others", [{}, {"prompt_length": 2}, {"prompt_length": torch.tensor([1, 1, 1])}]
)
@pytest.mark.parametrize("include", [True, False])
@FORMS
def test_poolers_that_the_library_has_too_agree_with_it(name, others, include, form):
    ours = pooling(name, include_prompt=include)
    theirs = Pooling(WIDTH, THEIRS[name], include_prompt=include)
    torch.testing.assert_close(
        vectors(ours, form(padded(**others))), vectors(theirs, form(padded(**others)))
    )


@pytest.mark.parametrize("length", [2, torch.tensor([2]), torch.tensor([2, 2, 2])])
@FORMS
def test_a_prompt_left_out_is_as_if_it_were_not_there(length, form):
    module = pooling(include_prompt=False)
    rest = module.pooler(states()[:, 2:], MASK[:, 2:]).embedding
    torch.testing.assert_close(vectors(module, form(padded(prompt_length=length))), rest)


def test_the_callers_mask_stays_as_it_is():
    features = padded(prompt_length=2)
    mask = features["attention_mask"]
    pooling(include_prompt=False)(features)
    assert features["attention_mask"] is mask
    assert torch.equal(mask, MASK)


@pytest.mark.parametrize("mask", [None, torch.ones(3, 9)])
def test_without_a_mask_of_its_length_every_token_counts(mask):
    module = pooling()
    features = {"token_embeddings": states()}
    if mask is not None:
        features["attention_mask"] = mask
    wanted = module.pooler(states(), torch.ones(3, 5)).embedding
    torch.testing.assert_close(vectors(module, features), wanted)


@pytest.mark.parametrize("name", ["mean", "eos", "glot"])
def test_a_text_without_a_token_gets_zeros_and_changes_no_other(name):
    module, mask, hidden = pooling(name), MASK.clone(), states()
    mask[1], hidden[1] = 0, float("nan")
    found = vectors(module, padded(hidden, mask))
    assert torch.equal(found[1], torch.zeros(module.get_embedding_dimension()))
    wanted = vectors(module, padded())
    torch.testing.assert_close(found[[0, 2]], wanted[[0, 2]])


@pytest.mark.parametrize("name", ["eos", "glot"])
def test_among_texts_of_all_lengths_one_without_a_token_gets_zeros_too(name):
    module, lengths = pooling(name), torch.tensor([0, 700, 3, 0, 40])
    mask = (torch.arange(700) < lengths[:, None]).long()
    hidden = torch.randn(5, 700, WIDTH)
    some = lengths > 0
    wanted = vectors(module, padded(hidden[some], mask[some]))
    hidden[~some] = float("nan")
    with torch.inference_mode():
        found = vectors(module, padded(hidden, mask))
    assert torch.equal(found[~some], torch.zeros(2, module.get_embedding_dimension()))
    torch.testing.assert_close(found[some], wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", POOLERS.names())
@FORMS
def test_gradients_reach_the_states_and_the_weights(name, form):
    module = pooling(name).train()
    hidden = states().requires_grad_()
    vectors(module, form({"token_embeddings": hidden * 1, "attention_mask": MASK})).sum().backward()
    assert hidden.grad.abs().sum() > 0
    assert hidden.grad[MASK == 0].abs().sum() == 0
    got = [weight.grad.abs().sum() > 0 for weight in module.parameters()]
    # The softmax takes away the score's constant.
    assert sum(got) >= len(got) - 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_it_takes_and_gives_narrow_numbers_and_keeps_its_weights(dtype):
    module = pooling()
    weights = {name: value.clone() for name, value in module.state_dict().items()}
    module.to(dtype)
    for name, value in module.state_dict().items():
        assert torch.equal(value, weights[name])
    found = vectors(module, padded(states().to(dtype)))
    assert found.dtype == dtype
    wanted = module.pooler(states().to(dtype).float(), MASK).embedding
    assert torch.cosine_similarity(found.float(), wanted).min() > 0.9999


def inferred(module, hidden=None, dtype=torch.bfloat16):
    hidden = states() if hidden is None else hidden
    with torch.inference_mode():
        return vectors(module, padded(hidden.to(dtype))).float()


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


@pytest.mark.parametrize("made_in", [torch.inference_mode, torch.no_grad])
def test_a_module_made_for_inference_alone_gives_the_same(made_in):
    with made_in():
        module = pooling()
    torch.testing.assert_close(inferred(module), inferred(pooling()), atol=0.02, rtol=0)


def test_narrow_states_that_are_not_finite_are_told():
    hidden = states()
    hidden[0, 0, 0] = float("nan")
    with pytest.raises(GlotError, match="NaN or infinite"):
        inferred(pooling(), hidden)
    # At padding they do not matter.
    hidden = states()
    wanted = inferred(pooling(), hidden)
    hidden[MASK == 0] = float("nan")
    torch.testing.assert_close(inferred(pooling(), hidden), wanted, atol=0.02, rtol=0)


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


def test_a_pooler_is_named_in_three_ways():
    config = PoolerConfig("glot", width=4)
    asked = [GlotPooling(WIDTH), GlotPooling(WIDTH, "glot"), GlotPooling(WIDTH, config.to_dict())]
    assert [module.pooler.config.width for module in asked] == [128, 128, 4]
    with pytest.raises(GlotError, match="Unknown pooler"):
        GlotPooling(WIDTH, "glut")


def test_states_of_another_width_are_told():
    with pytest.raises(GlotError, match="width 7"):
        pooling()({"token_embeddings": torch.randn(1, 2, 7)})
