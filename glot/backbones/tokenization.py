"""Texts → token ids, mask, readable token strings and character offsets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
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


@dataclass(frozen=True)
class CountedTexts:
    """Per text, its token ids and how many tokens were cut off; nothing is padded."""

    ids: tuple[npt.NDArray[np.int64], ...]
    n_cut: tuple[int, ...]


@dataclass(frozen=True)
class PaddedIds:
    """Ids (B, L), padded right, and the mask (B, L) of the real ones."""

    ids: torch.Tensor
    mask: torch.Tensor


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
        limits.append(positions - first_position(model))
    known = [limit for limit in limits if 0 < limit < NO_LIMIT]
    return int(min(known)) if known else FALLBACK_CONTEXT


def first_position(model: Any) -> int:
    """The number of a text's first position: RoBERTa and its kin begin at padding_idx + 1."""
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def tokenize(tokenizer: Any, texts: Sequence[str], limit: int) -> TokenizedTexts:
    """Tokenise a batch, padded right, each text cut to `limit` tokens.

    Raises:
        GlotError: no text, a blank one, invalid Unicode, one of special tokens only, or a limit
            that leaves no room beside the special tokens.
    """
    check_texts(texts)
    encodings = _encodings(tokenizer, texts, limit)
    special = _special_ids(tokenizer)
    rows, tokens, offsets = [], [], []
    for text, encoding in zip(texts, encodings, strict=True):
        ids, spans = encoding.ids, encoding.offsets
        _check_words(ids, special, repr(text[:40]))
        rows.append(ids)
        tokens.append(_readable(tokenizer, text, ids, spans, special))
        offsets.append(tuple(spans))
    batch = padded(rows, tokenizer.pad_token_id)
    return TokenizedTexts(
        ids=batch.ids,
        mask=batch.mask,
        tokens=tuple(tokens),
        offsets=tuple(offsets),
        n_cut=_cut(tokenizer, encodings),
    )


def count_tokens(
    tokenizer: Any, texts: Sequence[str], rows: Sequence[int], limit: int
) -> CountedTexts:
    """Token ids of some of the texts (checked by `check_texts`), each cut to `limit` tokens.

    Raises:
        GlotError: a text of special tokens only, told by its number in `texts`, or a limit that
            leaves no room beside the special tokens.
    """
    encodings = _encodings(tokenizer, [texts[row] for row in rows], limit)
    special = _special_ids(tokenizer)
    ids = []
    for row, encoding in zip(rows, encodings, strict=True):
        found = encoding.ids
        _check_words(found, special, f"Text {row + 1} of {len(texts)}, {texts[row][:40]!r},")
        # Eight bytes a token instead of a Python number each.
        ids.append(np.array(found, dtype=np.int64))
    return CountedTexts(tuple(ids), _cut(tokenizer, encodings))


def padded(rows: Sequence[Sequence[int] | npt.NDArray[np.int64]], pad: int) -> PaddedIds:
    """Ids of texts as one batch, padded right to the longest."""
    lengths = np.array([len(row) for row in rows])
    ids = np.full((len(rows), lengths.max()), pad, dtype=np.int64)
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids[mask] = np.concatenate(rows)
    return PaddedIds(torch.from_numpy(ids), torch.from_numpy(mask))


def _encodings(tokenizer: Any, texts: Sequence[str], limit: int) -> list[Any]:
    """The Rust tokenizer's own record of each text, cut to `limit` tokens.

    Raises:
        GlotError: a limit that leaves no room beside the special tokens.
    """
    # Below it, the tokenizer would not cut at all.
    fewest = tokenizer.num_special_tokens_to_add() + 1
    if limit < fewest:
        raise GlotError(
            f"Texts cut to {limit} tokens, where {fewest - 1} are the tokenizer's own.",
            f"Accepted: {fewest} tokens or more.",
            f"Set max_tokens to {fewest} or more.",
        )
    batch = tokenizer(
        list(texts),
        truncation=True,
        max_length=limit,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    encodings: list[Any] = batch.encodings
    return encodings


def _cut(tokenizer: Any, encodings: Sequence[Any]) -> tuple[int, ...]:
    """Tokens that did not fit, of each text.

    They lie in further pieces, each with the special tokens around it that every text gets.
    """
    added = tokenizer.num_special_tokens_to_add()
    return tuple(
        sum(len(piece) - added for piece in encoding.overflowing) for encoding in encodings
    )


def _special_ids(tokenizer: Any) -> frozenset[int]:
    # A word that the vocabulary lacks is a word all the same; GPT-2 and its kin, which lack none,
    # name their end-of-text token there.
    unknown = {tokenizer.unk_token_id} - {tokenizer.bos_token_id, tokenizer.eos_token_id}
    return frozenset(tokenizer.all_special_ids) - unknown


def _check_words(ids: Sequence[int], special: frozenset[int], name: str) -> None:
    """Refuse a text without a word; `name` begins the message.

    Raises:
        GlotError: all of its tokens are special, or it has none.
    """
    if all(token in special for token in ids):
        raise GlotError(
            f"{name} holds only special tokens or none at all for this backbone.",
            "Accepted: a text with at least one word.",
            "Type or paste a sentence.",
        )


def _readable(
    tokenizer: Any, text: str, ids: list[int], spans: list[tuple[int, int]], special: frozenset[int]
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
