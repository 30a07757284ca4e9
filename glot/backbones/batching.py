"""Which texts a backbone is given at once: those of similar length, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# Texts that are sorted by length before they are cut into batches.
CHUNK = 4096
# Padded tokens per backbone call, by type of device.
TOKENS_PER_CALL = {"cpu": 4096, "cuda": 16384}


def length_batches(texts: Sequence[str], max_tokens: int, device: str) -> Iterator[list[int]]:
    """Numbers of texts of similar length, so that a call has little padding and bounded memory.

    The longest come first: what does not fit in memory fails at once.

    Args:
        texts: N texts; every `CHUNK` of them is sorted on its own.
        max_tokens: texts are cut to this many tokens.
        device: type of the backbone's device.
    """
    for start in range(0, len(texts), CHUNK):
        numbers = range(start, min(start + CHUNK, len(texts)))
        order = sorted(numbers, key=lambda i: len(texts[i].encode()), reverse=True)
        while order:
            longest = min(max_tokens, estimated_tokens(texts[order[0]]))
            size = max(1, TOKENS_PER_CALL.get(device, TOKENS_PER_CALL["cpu"]) // longest)
            yield order[:size]
            order = order[size:]


def estimated_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few.

    Words tell it for languages that part them; bytes, three to a letter, for Chinese and its like
    and for long strings without a space.
    """
    return max(2 * len(text.split()), len(text.encode()) // 3) + 8
