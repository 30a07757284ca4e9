"""Tiny models of several architectures with real tokenizers, made on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

CORPUS = [
    "The file has keys but not maps.",
    "The file has maps but not keys.",
    "Nobody ever said that it was unbelievable, did they?",
    "Über den Wolken 🙂",
] * 5
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
GROUPED = {**SMALL, "num_key_value_heads": 1}
DISTILBERT = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
T5 = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}

# name: (model class, settings, kind)
ARCHITECTURES = {
    "bert": ("BertModel", SMALL, "encoder"),
    # RoBERTa's positions begin after its pad token's number.
    "roberta": ("RobertaModel", {**SMALL, "max_position_embeddings": 41}, "encoder"),
    "distilbert": ("DistilBertModel", {**DISTILBERT, "max_position_embeddings": 40}, "encoder"),
    "modernbert": ("ModernBertModel", SMALL, "encoder"),
    "gpt2": ("GPT2Model", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40}, "decoder"),
    "llama": ("LlamaModel", SMALL, "decoder"),
    "mistral": ("MistralModel", GROUPED, "decoder"),
    "qwen2": ("Qwen2Model", GROUPED, "decoder"),
    "gpt_neox": ("GPTNeoXModel", SMALL, "decoder"),
    "t5": ("T5Model", T5, "encoder"),
}


def wordpiece() -> transformers.PreTrainedTokenizerFast:
    """Like BERT's: specials around the text, a pad token."""
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_pieces(lower_case=False),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def byte_level() -> transformers.PreTrainedTokenizerFast:
    """Like GPT-2's: no specials around the text, no pad token, padding on the left."""
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_pieces(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|end|>"]),
        eos_token="<|end|>",
        padding_side="left",
    )


def word_pieces(lower_case: bool) -> Tokenizer:
    """WordPiece between [CLS] and [SEP]; lower-casing takes the accents away, too."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    if lower_case:
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_pieces(
    pre_tokenizer: pre_tokenizers.PreTokenizer, special: Sequence[str] = ()
) -> Tokenizer:
    """Byte-level BPE; special tokens come first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=list(special),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    return tokenizer


def save_tiny(name: str, folder: Path) -> Path:
    """Save a tiny model with random weights and its tokenizer; returns the folder."""
    model_class, values, kind = ARCHITECTURES[name]
    tokenizer = wordpiece() if kind == "encoder" else byte_level()
    torch.manual_seed(0)
    cls = getattr(transformers, model_class)
    # The default numbers of special tokens lie beyond a tiny vocabulary.
    special = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), 0)
    special |= dict.fromkeys(("cls_token_id", "sep_token_id"), 0) if name == "modernbert" else {}
    # Some tokenizer classes add special tokens of their own when they are loaded again.
    config = cls.config_class(**values, **special, vocab_size=len(tokenizer) + 8)
    cls(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
