"""Tiny models whose files have the form of those of the paper's six backbones (B.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from tests.unit.backbones.tiny import CORPUS, byte_pieces, word_pieces


@dataclass(frozen=True)
class PaperBackbone:
    """A tiny model whose files have the form of those that the paper's backbone has on the hub.

    Attributes:
        model: the class that the weights were saved from, output head and all.
        config: its config.json; token numbers and sizes are tiny, names are the hub's.
        tokenizer: makes its tokenizer.json.
        tokenizer_config: its tokenizer_config.json.
        kind: `encoder` or `decoder`.
        added: the tokens before and after a text.
        pad: the token that batches are padded with.
        shard: largest file of weights.
    """

    model: str
    config: dict[str, Any]
    tokenizer: Callable[[], Tokenizer]
    tokenizer_config: dict[str, Any]
    kind: str
    added: tuple[tuple[str, ...], tuple[str, ...]]
    pad: str
    shard: str = "1GB"


def uncased() -> Tokenizer:
    """BERT's: case and accents do not matter."""
    tokenizer = word_pieces(lower_case=True)
    tokenizer.add_special_tokens(["[MASK]"])
    return tokenizer


def roberta_bytes() -> Tokenizer:
    """RoBERTa's: between <s> and </s>; <pad> is token 1."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = byte_pieces(pre_tokenizers.ByteLevel(add_prefix_space=False), special)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False
    )
    return tokenizer


def smollm_bytes() -> Tokenizer:
    """SmolLM2's: digits one by one, nothing around the text."""
    steps = [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
    return byte_pieces(pre_tokenizers.Sequence(steps), ["<|endoftext|>", "<|im_start|>"])


def llama3_bytes() -> Tokenizer:
    """Llama 3's: words by a pattern of its own; special tokens are the vocabulary's last."""
    words = Regex(r" ?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+")
    steps = [
        pre_tokenizers.Split(words, "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer = byte_pieces(pre_tokenizers.Sequence(steps))
    begin = "<|begin_of_text|>"
    tokenizer.add_special_tokens([begin, "<|end_of_text|>"])
    template = processors.TemplateProcessing(
        single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))]
    )
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template]
    )
    return tokenizer


def sentencepiece_like() -> Tokenizer:
    """Llama 2's and Mistral's: ▁ for spaces, bytes for unknown characters, <s> before the text."""
    special = ["<unk>", "<s>", "</s>"]
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=special + fallback)
    # Without its last sentence, so that umlauts and emoji need bytes.
    trained.train_from_iterator([text for text in CORPUS if text.isascii()], trainer)
    learnt = json.loads(trained.to_str())["model"]
    # Made again, as bytes are ordinary tokens in the real one.
    merges = [tuple(pair) for pair in learnt["merges"]]
    tokenizer = Tokenizer(
        models.BPE(learnt["vocab"], merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.add_special_tokens(special)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return tokenizer


# Weights so large that every token's state hangs on the others': a wrong mask cannot hide.
SHAPE = {
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
}
LLAMA = {**SHAPE, "model_type": "llama", "num_key_value_heads": 2, "rms_norm_eps": 1e-5}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
TIED = {"tie_word_embeddings": True, "torch_dtype": "bfloat16"}
ENDS = {"bos_token_id": 1, "eos_token_id": 2}
SENTENCEPIECE = {
    "tokenizer_class": "LlamaTokenizer",
    "add_bos_token": True,
    "add_eos_token": False,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": None,
    "model_max_length": 10**30,
}

# Sizes are tiny; all else is as in the hub's repositories.
PAPER = {
    "bert-base-uncased": PaperBackbone(
        model="BertForPreTraining",
        config={**SHAPE, "model_type": "bert", "pad_token_id": 0},
        tokenizer=uncased,
        # No class, no special tokens: they follow from the model's type.
        tokenizer_config={"do_lower_case": True, "model_max_length": 512},
        kind="encoder",
        added=(("[CLS]",), ("[SEP]",)),
        pad="[PAD]",
    ),
    "roberta-base": PaperBackbone(
        model="RobertaForMaskedLM",
        # Two positions more than a text may have tokens: they are counted from pad_token_id + 1.
        config={
            **SHAPE,
            "model_type": "roberta",
            "max_position_embeddings": 66,
            "type_vocab_size": 1,
            "pad_token_id": 1,
            "bos_token_id": 0,
            "eos_token_id": 2,
        },
        tokenizer=roberta_bytes,
        tokenizer_config={"model_max_length": 512},
        kind="encoder",
        added=(("<s>",), ("</s>",)),
        pad="<pad>",
    ),
    "HuggingFaceTB/SmolLM2-360M": PaperBackbone(
        model="LlamaForCausalLM",
        config={**LLAMA, **TIED, "rope_theta": 100000, "bos_token_id": 0, "eos_token_id": 0},
        tokenizer=smollm_bytes,
        tokenizer_config={
            "tokenizer_class": "GPT2Tokenizer",
            **dict.fromkeys(("bos_token", "eos_token", "unk_token"), "<|endoftext|>"),
            "model_max_length": 8192,
        },
        kind="decoder",
        added=((), ()),
        pad="<|endoftext|>",
    ),
    "TinyLlama/TinyLlama_v1.1": PaperBackbone(
        model="LlamaForCausalLM",
        config={**LLAMA, **ENDS, "rope_theta": 10000.0},
        tokenizer=sentencepiece_like,
        tokenizer_config={**SENTENCEPIECE, "legacy": False},
        kind="decoder",
        added=(("<s>",), ()),
        pad="</s>",
    ),
    "meta-llama/Llama-3.2-3B": PaperBackbone(
        model="LlamaForCausalLM",
        # Heads that are wider together than the hidden states.
        config={
            **LLAMA,
            **TIED,
            "head_dim": 8,
            "rope_theta": 500000.0,
            "rope_scaling": LLAMA3_ROPE,
            "bos_token_id": 320,
            "eos_token_id": 321,
        },
        tokenizer=llama3_bytes,
        tokenizer_config={
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<|begin_of_text|>",
            "eos_token": "<|end_of_text|>",
            "model_max_length": 131072,
        },
        kind="decoder",
        added=(("<|begin_of_text|>",), ()),
        pad="<|end_of_text|>",
        shard="20KB",
    ),
    "mistralai/Mistral-7B-v0.1": PaperBackbone(
        model="MistralForCausalLM",
        config={
            **LLAMA,
            **ENDS,
            "model_type": "mistral",
            "sliding_window": 8,
            "rope_theta": 10000.0,
            "torch_dtype": "bfloat16",
        },
        tokenizer=sentencepiece_like,
        tokenizer_config={**SENTENCEPIECE, "legacy": True},
        kind="decoder",
        added=(("<s>",), ()),
        pad="</s>",
        shard="20KB",
    ),
}


def save_paper(form: PaperBackbone, folder: Path, seed: int = 0) -> Path:
    """Save a tiny model with random weights in a paper backbone's form; returns the folder."""
    folder.mkdir(parents=True)
    write = {"config.json": form.config, "tokenizer_config.json": form.tokenizer_config}
    for name, values in write.items():
        (folder / name).write_text(json.dumps(values))
    form.tokenizer().save(str(folder / "tokenizer.json"))
    torch.manual_seed(seed)
    model_class = getattr(transformers, form.model)
    model = model_class(transformers.AutoConfig.from_pretrained(folder))
    dtype = getattr(torch, form.config.get("torch_dtype", "float32"))
    model.to(dtype).save_pretrained(folder, max_shard_size=form.shard)
    # Saving has written it anew, with the names of this version of transformers.
    (folder / "config.json").write_text(json.dumps(form.config))
    if form.config["model_type"] == "bert":
        _rename_norms(folder / "model.safetensors")
    return folder


def _rename_norms(path: Path) -> None:
    """BERT's weights on the hub bear the names of its first release."""
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    weights = load_file(path)
    for new_end, old_end in old.items():
        for name in [name for name in weights if name.endswith(new_end)]:
            weights[name.removesuffix(new_end) + old_end] = weights.pop(name)
    save_file(weights, path, metadata={"format": "pt"})
