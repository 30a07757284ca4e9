"""The hidden-state store: token states of many texts, computed once, kept on disk.

The backbone is frozen, so its states are the same in every epoch and for every head
(paper, B.1). States are kept in the backbone's own number format, without loss.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.paths import cache_folder

# Texts per resumable step, and padded tokens per backbone call.
CHUNK = 1024
TOKENS_PER_CALL = 4096


@dataclass(frozen=True)
class StoredStates:
    """Token states of N texts in one long row.

    Attributes:
        states: (sum of lengths, d), the backbone's number format.
        starts: (N,) int64, where each text begins.
        lengths: (N,) int64, how many valid tokens it has.
    """

    states: torch.Tensor
    starts: torch.Tensor
    lengths: torch.Tensor

    def batch(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """States (B, L, d) float32 and mask (B, L) of some texts, padded right."""
        index = torch.as_tensor(rows)
        lengths = self.lengths[index]
        column = torch.arange(int(lengths.max()))
        mask = column[None, :] < lengths[:, None]
        place = self.starts[index][:, None] + column[None, :]
        return self.states[place.where(mask, self.starts[index][:, None])].float(), mask


def store_states(
    backbone: Backbone,
    texts: Sequence[str],
    max_tokens: int,
    progress: Callable[[int, int], None] | None = None,
) -> StoredStates:
    """Token states of all texts, from the store or computed now; an interrupted run resumes.

    Args:
        backbone: computes them.
        texts: N texts.
        max_tokens: texts are cut to this many tokens.
        progress: called with (texts done, N).

    Raises:
        GlotError: a text that cannot be encoded, or a disk without room.
    """
    folder = cache_folder() / "states" / _key(backbone, texts, max_tokens)
    kind = np.dtype(np.int16 if backbone.dtype is torch.bfloat16 else np.float32)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder)
        # A second process that wants the same states waits, and then finds them done.
        with FileLock(folder / "lock"):
            lengths = _fill(folder, backbone, texts, max_tokens, kind, progress or _nobody)
    except OSError as error:
        raise GlotError(
            f"Token states could not be written to {folder}: {error}.",
            "Accepted: a cache folder with room.",
            "Free space, or set GLOT_CACHE to another folder. The work done so far is kept.",
        ) from error
    return _open(folder, lengths, backbone.width, kind)


def _fill(
    folder: Path,
    backbone: Backbone,
    texts: Sequence[str],
    max_tokens: int,
    kind: np.dtype,
    tell: Callable[[int, int], None],
) -> np.ndarray:
    """Compute what the store lacks; returns the lengths of all texts."""
    lengths = _resume(folder, backbone.width * kind.itemsize)
    tell(len(lengths), len(texts))
    with (folder / "states.bin").open("ab") as states, (folder / "lengths.bin").open("ab") as ends:
        while len(lengths) < len(texts):
            chunk = texts[len(lengths) : len(lengths) + CHUNK]
            rows = _encode(backbone, chunk, max_tokens)
            states.write(b"".join(_to_bytes(row, kind) for row in rows))
            states.flush()
            # Lengths go last: a text counts as done when both files hold it.
            new = np.array([len(row) for row in rows], dtype=np.int64)
            ends.write(new.tobytes())
            ends.flush()
            lengths = np.concatenate([lengths, new])
            tell(len(lengths), len(texts))
    return lengths


def _nobody(done: int, total: int) -> None:
    """Hears of progress when nobody else does."""


def _open(folder: Path, lengths: np.ndarray, width: int, kind: np.dtype) -> StoredStates:
    flat = np.memmap(folder / "states.bin", dtype=kind, mode="c").reshape(-1, width)
    states = torch.from_numpy(flat)
    if kind == np.int16:
        states = states.view(torch.bfloat16)
    ends = torch.from_numpy(lengths).cumsum(0)
    return StoredStates(states, ends - torch.from_numpy(lengths), torch.from_numpy(lengths))


def _encode(backbone: Backbone, texts: Sequence[str], max_tokens: int) -> list[torch.Tensor]:
    """States of each text (length, d), computed in batches of similar length."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows: list[torch.Tensor] = [torch.empty(0)] * len(texts)
    while order:
        # Words estimate tokens well enough to bound a call's memory.
        longest = min(max_tokens, 2 * len(texts[order[-1]].split()) + 8)
        batch = order[-max(1, TOKENS_PER_CALL // longest) :]
        del order[-len(batch) :]
        states = backbone.encode([texts[i] for i in batch], max_tokens)
        for i, hidden, mask in zip(batch, states.hidden.cpu(), states.mask.cpu(), strict=True):
            rows[i] = hidden[mask]
    return rows


def _to_bytes(row: torch.Tensor, kind: np.dtype) -> bytes:
    narrow = row.to(torch.bfloat16).view(torch.int16) if kind == np.int16 else row
    return narrow.contiguous().numpy().tobytes()


def _resume(folder: Path, row_bytes: int) -> np.ndarray:
    """Lengths of the texts that are whole in both files; what was half-written is cut off."""
    lengths_path, states_path = folder / "lengths.bin", folder / "states.bin"
    lengths_path.touch()
    states_path.touch()
    raw = lengths_path.read_bytes()
    lengths = np.frombuffer(raw[: len(raw) // 8 * 8], dtype=np.int64)
    whole = int(np.searchsorted(lengths.cumsum() * row_bytes, states_path.stat().st_size, "right"))
    lengths = lengths[:whole].copy()
    with lengths_path.open("r+b") as file:
        file.truncate(whole * 8)
    with states_path.open("r+b") as file:
        file.truncate(int(lengths.sum()) * row_bytes)
    return lengths


def _check_room(folder: Path) -> None:
    if shutil.disk_usage(folder).free < 64 * 2**20:
        raise OSError("less than 64 MiB are free on this disk")


def _key(backbone: Backbone, texts: Sequence[str], max_tokens: int) -> str:
    digest = hashlib.sha256(
        f"{backbone.fingerprint}|{backbone.dtype}|{backbone.device.type}|{max_tokens}".encode()
    )
    for text in texts:
        digest.update(text.encode(errors="surrogatepass") + b"\0")
    return digest.hexdigest()[:24]
