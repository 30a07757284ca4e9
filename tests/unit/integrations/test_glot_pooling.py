"""What sentence-transformers expects of a pooling module, held against its own `Pooling`."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.poolers import POOLERS
from tests.unit.integrations.poolings import (
    MASK,
    WIDTH,
    GlotPooling,
    inferred,
    padded,
    pooling,
    states,
    vectors,
)

pytest.importorskip("sentence_transformers", reason="needs the extra train")

from sentence_transformers.sentence_transformer.modules import Pooling

# Ours → the library's name of the same thing.
THEIRS = {"mean": "mean", "max": "max", "cls": "cls", "eos": "lasttoken"}


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


def test_a_pooler_is_named_in_three_ways():
    config = PoolerConfig("glot", width=4)
    asked = [GlotPooling(WIDTH), GlotPooling(WIDTH, "glot"), GlotPooling(WIDTH, config.to_dict())]
    assert [module.pooler.config.width for module in asked] == [128, 128, 4]
    with pytest.raises(GlotError, match="Unknown pooler"):
        GlotPooling(WIDTH, "glut")


def test_states_of_another_width_are_told():
    with pytest.raises(GlotError, match="width 7"):
        pooling()({"token_embeddings": torch.randn(1, 2, 7)})
