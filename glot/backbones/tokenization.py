"""Texts → token ids, mask, readable token strings and character offsets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from glot.backbones.base import check_texts
from glot.errors import GlotError

# Where neither tokenizer nor model says how long a text may be.
FALLBACK_CONTEXT = 512
# Tokenizers write "no limit" as a very large number.
NO_LIMIT = 10**9
# Shown for a token that covers white space only.
SPACE = "␣"


@dataclass(frozen=True)
class TokenizedTexts:
    """A padded batch: ids and mask (B, L), and per text its strings, offsets and cut tokens."""

    ids: torch.Tensor
    mask: torch.Tensor
    tokens: tuple[tuple[str, ...], ...]
    offsets: tuple[tuple[tuple[int, int], ...], ...]
    n_cut: tuple[int, ...]


def prepare_tokenizer(tokenizer: Any) -> Any:
    """Pad right; pad with EOS where no pad token is set (paper, B.2).

    Raises:
        GlotError: the tokenizer cannot tell character offsets.
    """
    if not tokenizer.is_fast:
        raise GlotError(
            f"The tokenizer {type(tokenizer).__name__} cannot tell where tokens stand in the text.",
            "Accepted: tokenizers with a tokenizer.json (the Rust tokenizers).",
            "Convert it with transformers' convert_slow_tokenizer and save it beside the model.",
        )
    tokenizer.padding_side = "right"
    tokenizer.truncation_side = "right"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    return tokenizer


def tokenizer_fingerprint(tokenizer: Any) -> str:
    """sha256 of the tokenizer's serialised form: vocabulary, normaliser, added tokens and so on.

    Its settings of padding and truncation are left out: they change from call to call, and how
    texts are cut is the caller's choice.

    Returns:
        64 hexadecimal digits.
    """
    form = json.loads(tokenizer.backend_tokenizer.to_str())
    # Whether "[SEP]" inside a text becomes one special token or several ordinary ones is kept
    # outside the serialised form.
    form |= {"truncation": None, "padding": None, "split_special": tokenizer.split_special_tokens}
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()


def context_length(tokenizer: Any, model: Any) -> int:
    """The longest text in tokens that both the tokenizer and the position table accept."""
    limits = [tokenizer.model_max_length]
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions:
        table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
        padding = getattr(table, "padding_idx", None)
        # RoBERTa and its kin number positions from padding_idx + 1.
        limits.append(positions - (padding + 1 if padding is not None else 0))
    known = [limit for limit in limits if 0 < limit < NO_LIMIT]
    return int(min(known)) if known else FALLBACK_CONTEXT


def tokenize(tokenizer: Any, texts: Sequence[str], limit: int) -> TokenizedTexts:
    """Tokenise a batch, padded right, each text cut to `limit` tokens.

    Raises:
        GlotError: no text, a blank one, invalid Unicode, one of special tokens only, or a limit
            that leaves no room beside the special tokens.
    """
    check_texts(texts)
    # Below it, the tokenizer would not cut at all.
    fewest = tokenizer.num_special_tokens_to_add() + 1
    if limit < fewest:
        raise GlotError(
            f"Texts cut to {limit} tokens, where {fewest - 1} are the tokenizer's own.",
            f"Accepted: {fewest} tokens or more.",
            f"Set max_tokens to {fewest} or more.",
        )
    full = tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
    n_cut = tuple(max(0, len(ids) - limit) for ids in full)
    batch = tokenizer(
        list(texts),
        truncation=True,
        max_length=limit,
        padding=True,
        return_offsets_mapping=True,
        return_attention_mask=True,
        return_tensors="pt",
    )
    # A word that the vocabulary lacks is a word all the same; GPT-2 and its kin, which lack none,
    # name their end-of-text token there.
    unknown = {tokenizer.unk_token_id} - {tokenizer.bos_token_id, tokenizer.eos_token_id}
    special = set(tokenizer.all_special_ids) - unknown
    tokens, offsets = [], []
    for number, text in enumerate(texts):
        length = int(batch["attention_mask"][number].sum())
        ids = batch["input_ids"][number, :length].tolist()
        spans = [(int(a), int(b)) for a, b in batch["offset_mapping"][number, :length].tolist()]
        if all(token in special for token in ids):
            raise GlotError(
                f"{text[:40]!r} holds only special tokens or none at all for this backbone.",
                "Accepted: a text with at least one word.",
                "Type or paste a sentence.",
            )
        tokens.append(_readable(tokenizer, text, ids, spans, special))
        offsets.append(tuple(spans))
    return TokenizedTexts(
        ids=batch["input_ids"],
        mask=batch["attention_mask"].bool(),
        tokens=tuple(tokens),
        offsets=tuple(offsets),
        n_cut=n_cut,
    )


def _readable(
    tokenizer: Any, text: str, ids: list[int], spans: list[tuple[int, int]], special: set[int]
) -> tuple[str, ...]:
    """Token strings for people.

    WordPiece tokens stay as they are (`##ing` shows a sub-word). Byte-level and SentencePiece
    tokens are unreadable outside ASCII, so the piece of the text that they cover is shown, and
    an open box for a piece of white space.
    """
    raw = tokenizer.convert_ids_to_tokens(ids)
    if "WordPiece" in type(tokenizer.backend_tokenizer.decoder).__name__:
        return tuple(raw)
    return tuple(
        string if token in special else text[start:end].strip() or SPACE
        for string, token, (start, end) in zip(raw, ids, spans, strict=True)
    )
