"""Which texts a backbone is given at once: those of similar length, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

# Texts that are sorted by length before they are cut into batches.
CHUNK = 4096
# Padded tokens per backbone call, by type of device.
TOKENS_PER_CALL = {"cpu": 4096, "cuda": 16384}
# The largest share of padding in a call, by type of device: a GPU is better kept full.
PADDING = {"cpu": 0.05, "cuda": 0.15}
# Padded tokens that cost no more than a call of its own would, whatever their share: with few
# texts, batches without padding would be many calls of a few tokens each.
SPARED = {"cpu": 64}


def chunks(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    """Runs of `CHUNK` rows, each of which is sorted on its own."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def exact_batches(
    lengths: Sequence[int], device: str, spared: int | None = None
) -> Iterator[list[int]]:
    """Numbers of texts of similar length, for texts whose tokens are counted.

    A batch ends where one text more would make it too large or too much of it padding: more than
    a share of it, and more than a call of its own would cost. The
    longest come first: what does not fit in memory fails at once.

    Args:
        lengths: tokens of each text.
        device: type of the backbone's device.
        spared: padded tokens that a call costs; None: of the backbone, `SPARED`.
    """
    bound, padding = _bound(device), PADDING.get(device, PADDING["cpu"])
    spared = SPARED.get(device, 0) if spared is None else spared
    batch: list[int] = []
    tokens = longest = 0
    for number in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        padded = (len(batch) + 1) * longest
        waste = padded - tokens - lengths[number]
        if batch and (padded > bound or waste > max(padding * padded, spared)):
            yield batch
            batch, tokens = [], 0
        if not batch:
            longest = lengths[number]
        batch.append(number)
        tokens += lengths[number]
    if batch:
        yield batch


def calls_of(
    batches: Iterable[list[int]], lengths: Sequence[int], device: str, packs: bool
) -> Iterator[list[list[int]]]:
    """Batches for each call of a model.

    What a model is given at once need not be of similar length where it reads texts without
    padding; only its states need, which are padded for the pooler.

    Args:
        batches: numbers of texts.
        lengths: tokens of each text.
        device: type of the backbone's device.
        packs: whether the model reads texts without padding (`glot.backbones.packing`).
    """
    call: list[list[int]] = []
    tokens = 0
    for batch in batches:
        more = sum(lengths[number] for number in batch)
        if call and not (packs and tokens + more <= _bound(device)):
            yield call
            call, tokens = [], 0
        call.append(batch)
        tokens += more
    if call:
        yield call


def length_batches(
    texts: Sequence[str], rows: Sequence[int], max_tokens: int, device: str
) -> Iterator[list[int]]:
    """Rows of texts of similar length, for texts whose tokens are not counted yet.

    The longest come first: what does not fit in memory fails at once.

    Args:
        texts: any number of them.
        rows: those that are wanted.
        max_tokens: texts are cut to this many tokens.
        device: type of the backbone's device.
    """
    for chunk in chunks(rows):
        order = sorted(chunk, key=lambda row: len(texts[row].encode()), reverse=True)
        while order:
            longest = min(max_tokens, estimated_tokens(texts[order[0]]))
            size = max(1, _bound(device) // longest)
            yield order[:size]
            order = order[size:]


def estimated_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few.

    Words tell it for languages that part them; bytes, three to a letter, for Chinese and its like
    and for long strings without a space.
    """
    return max(2 * len(text.split()), len(text.encode()) // 3) + 8


def _bound(device: str) -> int:
    return TOKENS_PER_CALL.get(device, TOKENS_PER_CALL["cpu"])
