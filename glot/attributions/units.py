"""What is taken away together: the tokens of a text, or its words. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glot.errors import GlotError
from glot.graph.words import words_of

Floats = npt.NDArray[np.float64]
Kept = npt.NDArray[np.bool_]

REMOVALS = ("pooling", "text")


@dataclass(frozen=True)
class Units:
    """The parts of a text that attributions are told of.

    Attributes:
        names: of the U units: token strings, or words as they stand in the text.
        groups: (L,) the unit of each token, from 0, never falling.
        removable: (U,) whether a unit can be taken away; tokens that the backbone adds cannot be
            taken from a text.

    Raises:
        GlotError: the numbers disagree.
    """

    names: tuple[str, ...]
    groups: npt.NDArray[np.int64]
    removable: Kept

    def __post_init__(self) -> None:
        units = int(self.groups.max()) + 1 if self.groups.size else 0
        if (len(self.names), len(self.removable)) != (units, units):
            raise GlotError(
                f"{len(self.names)} names and {len(self.removable)} marks of {units} units.",
                "Accepted: one each.",
            )

    @classmethod
    def of(
        cls,
        tokens: Sequence[str],
        offsets: Sequence[tuple[int, int]],
        text: str,
        words: bool,
        removal: str,
    ) -> Units:
        """The tokens of a text, or its words by `glot.graph.words`.

        Args:
            tokens: the L token strings.
            offsets: (start, end) of each in the text; (0, 0) for added tokens.
            text: the text.
            words: whether the tokens of a word make one unit.
            removal: `pooling` (all tokens can be taken away) or `text` (those that stand in it).

        Raises:
            GlotError: the removal is neither.
        """
        if removal not in REMOVALS:
            raise GlotError(f"removal {removal!r}.", f"Accepted: {', '.join(REMOVALS)}.")
        groups = np.array(words_of(tokens, offsets, text) if words else range(len(tokens)))
        spans = np.array(offsets).reshape(-1, 2)
        names, removable = [], []
        for unit in range(int(groups.max()) + 1):
            places = np.flatnonzero(groups == unit)
            start, end = int(spans[places, 0].min()), int(spans[places, 1].max())
            whole = text[start:end].strip() or tokens[places[0]]
            names.append(tokens[places[0]] if len(places) == 1 else whole)
            removable.append(removal == "pooling" or end > start)
        return cls(tuple(names), groups, np.array(removable))

    def sums(self, values: npt.ArrayLike) -> Floats:
        """(L,) numbers of tokens → (U,) their sums, one for each unit."""
        found = np.bincount(self.groups, np.asarray(values), len(self.names))
        return np.asarray(found, dtype=np.float64)

    def kept(self, gone: Sequence[Sequence[int]]) -> Kept:
        """Lists of units to take away → (N, L), true at the tokens that stay."""
        masks = np.ones((len(gone), len(self.groups)), dtype=bool)
        for mask, units in zip(masks, gone, strict=True):
            mask[np.isin(self.groups, list(units))] = False
        return masks


def shortened(text: str, offsets: Sequence[tuple[int, int]], kept: Kept) -> str:
    """A text without the characters of some of its tokens, which is then read anew.

    Characters that a token shares with one that stays are kept. Where white space stood on both
    sides of what is gone, one side of it goes too. What follows the last token, as in a text that
    was cut, is left out.

    Args:
        text: the text.
        offsets: (start, end) of each of its L tokens; (0, 0) for added tokens.
        kept: (L,) true at the tokens that stay.
    """
    stays = np.ones(max(end for _, end in offsets), dtype=bool)
    for (start, end), keep in zip(offsets, kept, strict=True):
        if not keep:
            stays[start:end] = False
    for (start, end), keep in zip(offsets, kept, strict=True):
        if keep:
            stays[start:end] = True
    pieces: list[str] = []
    for at in np.flatnonzero(stays).tolist():
        after_gap = at > 0 and not stays[at - 1]
        if after_gap and text[at].isspace() and (not pieces or pieces[-1].isspace()):
            continue
        pieces.append(text[at])
    return "".join(pieces)
