"""How many tokens texts have, told before a backbone is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from glot.backbones.source import resolve
from glot.errors import GlotError

# Tokens of a word where the tokenizer is not at hand.
TOKENS_PER_WORD = 4 / 3
Count = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True)
class Lengths:
    """What counts the tokens of texts, special tokens included.

    Attributes:
        count: N texts → N numbers.
        exact: whether the backbone's own tokenizer counts; else words are counted.
        context: the longest text that the backbone reads; 0: not known before it is loaded.
    """

    count: Count
    exact: bool
    context: int


def lengths_of(backbone: str) -> Lengths:
    """What counts tokens for a backbone, read from its folder alone: torch is not needed.

    GGUF files and models on the hub have no tokenizer at hand, so that their texts are estimated
    at 4/3 tokens a word.

    Args:
        backbone: as for `glot.backbones.load_backbone`.
    """
    try:
        source = resolve(backbone)
    except GlotError:
        return Lengths(_by_words, False, 0)
    file = Path(source.location) / "tokenizer.json"
    if source.gguf_file or not source.is_local or not file.is_file():
        return Lengths(_by_words, False, 0)
    return Lengths(_by_tokenizer(file), True, _context(file.parent))


def _by_words(texts: Sequence[str]) -> list[int]:
    return [round(TOKENS_PER_WORD * len(text.split())) for text in texts]


def _by_tokenizer(file: Path) -> Count:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        return [len(each.ids) for each in tokenizer.encode_batch(list(texts))]

    return count


def _context(folder: Path) -> int:
    """The smaller of what tokenizer and model say; 0 where neither says anything."""
    said = [
        _number(folder / "tokenizer_config.json", "model_max_length"),
        _number(folder / "config.json", "max_position_embeddings"),
    ]
    # Tokenizers write "no limit" as a very large number.
    known = [number for number in said if 0 < number < 10**9]
    return min(known, default=0)


def _number(file: Path, key: str) -> int:
    try:
        return int(json.loads(file.read_text(encoding="utf-8")).get(key) or 0)
    except (OSError, ValueError, TypeError, AttributeError):
        return 0
