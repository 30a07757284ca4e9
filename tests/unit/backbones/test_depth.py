"""Reading a layer without the blocks above it, on tiny models of each architecture."""

import pytest
import torch
import transformers

from glot.backbones import load_backbone
from glot.backbones.depth import states_before
from tests.unit.backbones.tiny import ARCHITECTURES, save_tiny, wordpiece

TEXTS = ["The file has keys but not maps.", "Nobody!"]


def tiny(folder):
    return load_backbone(str(folder), device="cpu", dtype="float32")


def runs_of(blocks, call):
    """How often each block came to its end while `call` ran."""
    counts = [0] * len(blocks)
    hooks = []
    for i, block in enumerate(blocks):

        def count(*_, at=i):
            counts[at] += 1

        hooks.append(block.register_forward_hook(count))
    call()
    for hook in hooks:
        hook.remove()
    return counts


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_blocks_above_a_layer_do_not_run(folders, name):
    backbone = tiny(folders[name])
    blocks = backbone._blocks
    assert len(blocks) == 2
    whole = backbone.encode(TEXTS).hidden
    for layer in (0, 1, 2):
        ran = runs_of(blocks, lambda at=layer: backbone.encode(TEXTS[:1], layer=at))
        assert ran == [1] * layer + [0] * (2 - layer)
    # Nothing that stopped the model stays behind.
    assert torch.equal(backbone.encode(TEXTS).hidden, whole)
    assert not any(block._forward_pre_hooks for block in blocks)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_states_are_those_of_the_whole_model_to_the_last_digit(folders, name):
    backbone, whole = tiny(folders[name]), tiny(folders[name])
    whole._blocks = ()
    for layer in (0, 1):
        found = backbone.encode(TEXTS, layer=layer).hidden
        assert torch.equal(found, whole.encode(TEXTS, layer=layer).hidden)


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_gradients_come_back_from_a_layer_in_the_middle(folders, name):
    slopes = []
    for blocks_told in (True, False):
        backbone = tiny(folders[name])
        if not blocks_told:
            backbone._blocks = ()
        embedded = backbone.embeddings(TEXTS[0]).requires_grad_()
        with backbone.from_embeddings(1) as states:
            slopes += torch.autograd.grad(states(embedded)[0, 1, 0], embedded)
    assert slopes[0].abs().sum() > 0
    assert torch.equal(*slopes)


def test_a_model_that_runs_one_block_many_times_is_run_whole(tmp_path):
    tokenizer = wordpiece()
    torch.manual_seed(0)
    config = transformers.AlbertConfig(
        vocab_size=len(tokenizer),
        embedding_size=8,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
    )
    model = transformers.AlbertModel(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    backbone = tiny(tmp_path)
    assert backbone.n_layers == 3
    assert backbone._blocks == ()
    ids = tokenizer(TEXTS[0], return_tensors="pt")["input_ids"]
    with torch.no_grad():
        expected = model(input_ids=ids, output_hidden_states=True).hidden_states
    for layer in range(4):
        found = backbone.encode(TEXTS[:1], layer=layer).hidden
        torch.testing.assert_close(found, expected[layer], atol=1e-5, rtol=1e-4)


def test_errors_on_the_way_are_their_own(tmp_path):
    backbone = tiny(save_tiny("bert", tmp_path))

    def fail(*_):
        raise ZeroDivisionError

    first, second = backbone._blocks
    hook = first.register_forward_hook(fail)
    with pytest.raises(ZeroDivisionError):
        backbone.encode(TEXTS, layer=1)
    hook.remove()
    assert not second._forward_pre_hooks
    # A block that nothing comes to is no layer without states.
    with pytest.raises(RuntimeError, match="did not come to a block"):
        states_before(second, lambda: None)
