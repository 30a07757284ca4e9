"""The real loading code on tiny models of each architecture."""

import shutil
import subprocess
import sys
from copy import deepcopy

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import normalizers, processors

from glot.backbones import load_backbone
from glot.backbones.base import weights_fingerprint
from glot.backbones.placement import choose_device, choose_dtype, cpu_has_bfloat16
from glot.backbones.tokenization import tokenize, tokenizer_fingerprint
from glot.errors import GlotError
from glot.paths import ROOT
from tests.unit.backbones.tiny import ARCHITECTURES

TEXTS = ["The file has keys but not maps.", "Nobody!", "Über den Wolken 🙂"]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_states_are_the_models_own(folders, name):
    backbone = load_backbone(str(folders[name]), device="cpu", dtype="float32")
    states = backbone.encode(TEXTS)
    model_class, _, kind = ARCHITECTURES[name]
    assert backbone.kind == kind
    assert backbone.width == 16
    assert states.hidden.shape[2] == 16
    assert not states.hidden.requires_grad
    # One text at a time, straight through transformers, without padding.
    model = getattr(transformers, model_class).from_pretrained(folders[name]).eval()
    model = model.get_encoder() if model.config.is_encoder_decoder else model
    tokenizer = transformers.AutoTokenizer.from_pretrained(folders[name])
    for row, text in enumerate(TEXTS):
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            expected = model(input_ids=ids).last_hidden_state[0]
        found = states.hidden[row, states.mask[row]]
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def states_seen_in_passing(folder, name, text):
    """What goes into the first block and comes out of each, by hooks on the blocks themselves."""
    model = getattr(transformers, ARCHITECTURES[name][0]).from_pretrained(folder).eval()
    model = model.get_encoder() if model.config.is_encoder_decoder else model
    blocks = next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == 2)
    seen = []
    blocks[0].register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(args[0] if args else kwargs["hidden_states"]),
        with_kwargs=True,
    )
    for block in blocks:
        block.register_forward_hook(
            lambda _, __, out: seen.append(out if isinstance(out, torch.Tensor) else out[0])
        )
    ids = transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        last = model(input_ids=ids["input_ids"]).last_hidden_state
    return [*(states[0] for states in seen[:2]), last[0]]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_layer_gives_the_states_after_its_block(folders, name):
    backbone = load_backbone(str(folders[name]), device="cpu", dtype="float32")
    assert backbone.n_layers == 2
    for layer in (0, 1, 2):
        states = backbone.encode(TEXTS, layer=layer)
        for row, text in enumerate(TEXTS):
            expected = states_seen_in_passing(folders[name], name, text)[layer]
            found = states.hidden[row, states.mask[row]]
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert torch.equal(states.hidden, backbone.encode(TEXTS).hidden)


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_attention_is_fused_and_gives_what_the_plain_form_gives(folders, name):
    backbone = load_backbone(str(folders[name]), device="cpu", dtype="float32")
    assert backbone._model.config._attn_implementation == "sdpa"
    plain = transformers.AutoModel.from_pretrained(folders[name], attn_implementation="eager")
    assert plain.config._attn_implementation == "eager"
    batch = tokenize(backbone._tokenizer, TEXTS, backbone.context)
    with torch.no_grad():
        expected = plain.eval()(input_ids=batch.ids, attention_mask=batch.mask.long())
    found = backbone.encode(TEXTS).hidden[batch.mask]
    expected = expected.last_hidden_state[batch.mask]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there_is_told(folders, layer):
    backbone = load_backbone(str(folders["bert"]), device="cpu")
    with pytest.raises(GlotError, match=r"Layer -?\d\. Accepted: 0 \(the embeddings\) to 2 "):
        backbone.encode(TEXTS, layer=layer)


def test_the_tokenizers_fingerprint_is_the_same_everywhere(folders, bert):
    backbone = load_backbone(str(folders["bert"]), device="cpu")
    first = backbone.tokenizer_fingerprint
    assert len(first) == 64
    # Calls set padding and truncation, which do not count.
    backbone.encode(TEXTS, max_tokens=5)
    assert tokenizer_fingerprint(backbone._tokenizer) == first
    copy = load_backbone(str(bert), device="cpu", dtype="bfloat16")
    assert copy.tokenizer_fingerprint == first
    code = (
        "from glot.backbones import load_backbone;"
        f"print(load_backbone({str(folders['bert'])!r}, 'cpu').tokenizer_fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == first


def other_tokenizers(tokenizer):
    """Each has a setting that gives other ids for some text."""
    lower = deepcopy(tokenizer)
    lower.backend_tokenizer.normalizer = normalizers.Lowercase()
    yield lower
    bare = deepcopy(tokenizer)
    bare.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A [SEP]", special_tokens=[("[SEP]", 3)]
    )
    yield bare
    more = deepcopy(tokenizer)
    more.add_special_tokens({"additional_special_tokens": ["[KEYS]"]})
    yield more
    words = deepcopy(tokenizer)
    words.add_tokens(["zyzzyva"])
    yield words
    split = deepcopy(tokenizer)
    split.split_special_tokens = True
    yield split


def test_the_tokenizers_fingerprint_differs_with_what_shapes_ids(folders):
    tokenizer = load_backbone(str(folders["bert"]), device="cpu")._tokenizer
    text = "The [SEP] [KEYS] zyzzyva keys"
    all_ids = [tuple(tokenizer(text)["input_ids"])]
    prints = [tokenizer_fingerprint(tokenizer)]
    for other in other_tokenizers(tokenizer):
        all_ids.append(tuple(other(text)["input_ids"]))
        prints.append(tokenizer_fingerprint(other))
    assert len(set(all_ids)) == 6
    assert len(set(prints)) == 6
    gpt = load_backbone(str(folders["gpt2"]), device="cpu")
    assert gpt.tokenizer_fingerprint not in prints


def test_a_cut_that_leaves_no_room_beside_special_tokens_is_told(folders):
    backbone = load_backbone(str(folders["bert"]), device="cpu")
    assert len(backbone.encode(["keys maps"], max_tokens=3).tokens[0]) == 3
    for limit in (1, 2):
        with pytest.raises(GlotError, match=rf"cut to {limit} tokens.*3 tokens or more"):
            backbone.encode(["keys maps"], max_tokens=limit)
    with pytest.raises(GlotError, match="max_tokens -1"):
        backbone.encode(["keys maps"], max_tokens=-1)
    gpt = load_backbone(str(folders["gpt2"]), device="cpu")
    assert len(gpt.encode(["keys maps"], max_tokens=1).tokens[0]) == 1


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_padding_is_on_the_right_and_offsets_point_into_the_text(folders, name):
    states = load_backbone(str(folders[name]), device="cpu").encode(TEXTS)
    lengths = states.mask.sum(1)
    assert torch.equal(states.mask, torch.arange(states.mask.shape[1]) < lengths[:, None])
    for text, tokens, offsets in zip(TEXTS, states.tokens, states.offsets, strict=True):
        covered = {i for start, end in offsets for i in range(start, end)}
        assert {i for i, c in enumerate(text) if not c.isspace()} <= covered
        for token, (start, end) in zip(tokens, offsets, strict=True):
            if end > start and token != "[UNK]":
                assert token.removeprefix("##") == (text[start:end].strip() or "␣")


def test_a_missing_pad_token_falls_back_to_eos(folders):
    assert transformers.AutoTokenizer.from_pretrained(folders["llama"]).pad_token is None
    backbone = load_backbone(str(folders["llama"]), device="cpu")
    assert backbone._tokenizer.pad_token == "<|end|>"


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2", "llama"])
def test_texts_beyond_the_context_are_cut_and_counted(folders, name):
    backbone = load_backbone(str(folders[name]), device="cpu")
    assert backbone.context == 40
    states = backbone.encode(["keys " * 60, "keys"])
    assert states.mask.sum(1)[0] == 40
    assert states.n_cut[0] > 0
    assert states.n_cut[1] == 0
    whole = len(backbone._tokenizer("keys " * 60)["input_ids"])
    assert states.n_cut[0] == whole - 40
    assert len(backbone.encode(["keys " * 60], max_tokens=7).tokens[0]) == 7


def test_the_model_is_frozen(folders):
    model = load_backbone(str(folders["bert"]), device="cpu")._model
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())


def test_the_fingerprint_depends_on_weights_alone(folders, bert):
    first = load_backbone(str(folders["bert"]), device="cpu").fingerprint
    assert load_backbone(str(bert), device="cpu").fingerprint == first
    assert load_backbone(str(bert), device="cpu", dtype="bfloat16").fingerprint == first
    weights = load_file(bert / "model.safetensors")
    weights["encoder.layer.1.output.dense.bias"][3] += 0.5
    save_file(weights, bert / "model.safetensors", metadata={"format": "pt"})
    assert load_backbone(str(bert), device="cpu").fingerprint != first


def test_a_missing_pooling_layer_does_not_make_the_fingerprint_random(bert):
    weights = load_file(bert / "model.safetensors")
    kept = {key: value for key, value in weights.items() if "pooler" not in key}
    assert len(kept) < len(weights)
    save_file(kept, bert / "model.safetensors", metadata={"format": "pt"})
    first, second = (load_backbone(str(bert), device="cpu").fingerprint for _ in range(2))
    assert first == second


def test_fingerprints_differ_by_name_shape_and_value():
    base = [("a", torch.ones(2, 2))]
    other = [[("b", torch.ones(2, 2))], [("a", torch.ones(4))], [("a", torch.zeros(2, 2))]]
    prints = {weights_fingerprint(weights) for weights in [base, *other]}
    assert len(prints) == 4
    assert weights_fingerprint([("a", torch.ones(2, 2, dtype=torch.float16))]) in prints


def test_a_hub_id_that_the_hub_does_not_give_is_told(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(GlotError, match="the hub did not give it"):
        load_backbone("nobody/no-such-model")


def test_a_hub_model_in_the_cache_needs_no_network(folders, tmp_path, monkeypatch):
    """A hub cache as the hub's own library lays it out."""
    import huggingface_hub.constants

    cached = tmp_path / "hub" / "models--someone--tiny"
    shutil.copytree(folders["bert"], cached / "snapshots" / "abc")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    backbone = load_backbone("someone/tiny", device="cpu")
    assert backbone.name == "someone/tiny"
    assert backbone.fingerprint == load_backbone(str(folders["bert"]), device="cpu").fingerprint


BLANK = ["", " ", "\n\t", "\u00a0"]


@pytest.mark.parametrize("text", BLANK)
def test_blank_texts_are_told(folders, text):
    with pytest.raises(GlotError, match="is empty"):
        load_backbone(str(folders["bert"]), device="cpu").encode([text])


def test_which_text_is_blank_is_told(folders):
    with pytest.raises(GlotError, match="Text 2 of 3 is empty"):
        load_backbone(str(folders["bert"]), device="cpu").encode(["a", "", "b"])


def test_no_text_and_special_tokens_only_and_half_surrogates_are_told(folders):
    backbone = load_backbone(str(folders["bert"]), device="cpu")
    for texts, message in (
        ([], "No text"),
        (["[CLS] [SEP]"], "only special tokens"),
        (["\ud800"], "not valid Unicode"),
    ):
        with pytest.raises(GlotError, match=message):
            backbone.encode(texts)


def test_devices():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(GlotError, match="Unknown device 'tpu'"):
        choose_device("tpu")
    with pytest.raises(GlotError, match="was asked for"):
        choose_device(f"cuda:{torch.cuda.device_count()}")


def test_number_formats():
    cpu = torch.device("cpu")
    narrow = torch.bfloat16 if cpu_has_bfloat16() else torch.float32
    assert choose_dtype("auto", cpu) is narrow
    assert choose_dtype("float16", cpu) is torch.float16
    with pytest.raises(GlotError, match="Unknown dtype"):
        choose_dtype("int8", cpu)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none")
def test_on_cuda_the_states_are_those_of_the_cpu(folders):
    there = load_backbone(str(folders["bert"]), device="cuda")
    assert there.dtype is torch.bfloat16
    here = load_backbone(str(folders["bert"]), device="cpu", dtype="float32").encode(TEXTS)
    found = there.encode(TEXTS)
    cosine = torch.cosine_similarity(found.hidden.cpu()[here.mask], here.hidden[here.mask], dim=-1)
    assert float(cosine.min()) > 0.999
