"""The numbers that the lesson shows, of real states of real models, stored to need no torch.

`python -m glot.attributions.lesson` computes them again; a test proves that what is stored is what
backbones and shipped heads say. What follows τ is in the examples' files (`examples`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from glot.arrays import (
    Arrays,
    StoredArrays,
    load_arrays,
    of_prefix,
    reading,
    save_arrays,
    with_prefix,
)
from glot.attributions.bundle import read_bundle
from glot.attributions.examples import BACKBONE, TASK, examples
from glot.attributions.explanation import Explanation
from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, checkpoint_folder, weights_digests
from glot.paths import ROOT, assets_folder

Floats = npt.NDArray[np.float32]

# The sentence of most steps; a backbone that sees nearly all its tokens as alike.
EXAMPLE = examples()[0]
OTHER = "smollm2"
# One word in two sentences that agree up to it, so that its embeddings are equal.
SENTENCES = ("She walked to the bank of the river.", "She walked to the bank for a loan.")
SHARED = ("she", "walked", "to", "the", "bank")
# The strict stress test: the same pairs of phrases among more and more distractors.
STRESS_TASK = "stress-strict-0.9"
RATIOS = (0.0, 0.5, 0.8, 0.9, 0.95)
PAIRS = 20
# The lesson is about the heads that ship, whatever folder of heads a reader uses.
SHIPPED = ROOT / "checkpoints"
KIND = "lesson"
COMMAND = "python -m glot.attributions.lesson"


@dataclass(frozen=True)
class StressPair:
    """Two texts with the same words in another order.

    Attributes:
        texts: both.
        labels: their classes.
        signal: (start, end) of the phrase among the words, the same in both.
        signal_tokens: tokens of the phrase in the first text.
        tokens: all of its tokens.
    """

    texts: tuple[str, str]
    labels: tuple[str, str]
    signal: tuple[int, int]
    signal_tokens: int
    tokens: int

    @property
    def distractors(self) -> int:
        """Words around the phrase."""
        return len(self.texts[0].split()) - (self.signal[1] - self.signal[0])

    @property
    def share(self) -> float:
        """The phrase's share of the mean, from 0 to 1."""
        return self.signal_tokens / self.tokens


@dataclass(frozen=True)
class Lesson:
    """Stored numbers.

    Attributes:
        words: (2, layers + 1, S, d) states of `SHARED` in `SENTENCES`, from the embeddings on.
        pairs: one pair of the stress test at each of `RATIOS`.
        distances: (R, PAIRS) distance between the two means of each pair.
        shares: pooler → (R, 2 · PAIRS) π on the phrase, by the shipped heads of `STRESS_TASK`.
        influence: (K + 1, L, L), `influence` of the shipped GLOT head on `EXAMPLE`.
        other_tokens: tokens of `EXAMPLE` on the backbone `OTHER`.
        other_upper: their similarities above the diagonal.

    Raises:
        GlotError: sizes disagree.
    """

    words: Floats
    pairs: tuple[StressPair, ...]
    distances: Floats
    shares: dict[str, Floats]
    influence: Floats
    other_tokens: tuple[str, ...]
    other_upper: Floats

    def __post_init__(self) -> None:
        n = len(self.other_tokens)
        shapes = {
            "words": (self.words.shape[:1] + self.words.shape[2:3], (2, len(SHARED))),
            "distances": (self.distances.shape, (len(self.pairs), PAIRS)),
            "influence": (self.influence.shape[1:2], self.influence.shape[2:]),
            "other_upper": (self.other_upper.shape, (n * (n - 1) // 2,)),
        }
        for name, (given, expected) in shapes.items():
            if given != expected:
                raise GlotError(f"{name} has shape {given}.", f"Accepted: {expected}.")


def lesson_path() -> Path:
    """The stored numbers."""
    return assets_folder() / "lesson" / "states.safetensors"


def stored_lesson(path: Path | None = None) -> Lesson:
    """The stored numbers, without loading torch.

    Raises:
        GlotError: the file is missing, broken, or made by other heads or another backbone.
    """
    path = path or lesson_path()
    what = f"The lesson's numbers ({path.name})"
    with reading(what, COMMAND):
        found = load_arrays(path, KIND)
        lesson, made_by = _lesson(found), found.words["made_by"]
    if made_by != fingerprints():
        raise _stale(what, COMMAND)
    return lesson


def stored_example() -> Explanation:
    """The lesson's sentence as the shipped heads of `TASK` see it.

    Raises:
        GlotError: the file is missing, broken, or made by other heads.
    """
    bundle = read_bundle(EXAMPLE.path)
    if bundle.heads != weights_digests(BACKBONE, TASK, tuple(bundle.heads), SHIPPED):
        raise _stale(f"The stored explanation {EXAMPLE.path.name}", "make examples")
    return bundle.explanation


def fingerprints() -> dict[str, str]:
    """What the stored numbers rest on: sha256 of the weights of shipped heads and backbone."""
    used = {
        TASK: weights_digests(BACKBONE, TASK, ("glot",), SHIPPED),
        STRESS_TASK: weights_digests(BACKBONE, STRESS_TASK, root=SHIPPED),
    }
    heads = {f"{task}/{name}": used[task][name] for task in used for name in used[task]}
    card = HeadCard.read(checkpoint_folder(BACKBONE, TASK, "glot", SHIPPED) / CARD)
    return heads | {BACKBONE: card.fingerprint}


def write_lesson(path: Path, lesson: Lesson) -> None:
    """Store the numbers."""
    words = {
        "pairs": [vars(pair) for pair in lesson.pairs],
        "other_tokens": lesson.other_tokens,
        "made_by": fingerprints(),
    }
    arrays: Arrays = {
        # Half precision moves no cosine in its third digit, and halves the file.
        "words": lesson.words.astype(np.float16),
        "distances": lesson.distances,
        "influence": lesson.influence,
        "other_upper": lesson.other_upper,
        **with_prefix("shares", lesson.shares),
    }
    save_arrays(path, KIND, words, arrays)


def _lesson(found: StoredArrays) -> Lesson:
    header, arrays = found.words, found.arrays
    return Lesson(
        words=arrays["words"].astype(np.float32),
        pairs=tuple(
            StressPair(**each | {name: tuple(each[name]) for name in ("texts", "labels", "signal")})
            for each in header["pairs"]
        ),
        distances=arrays["distances"],
        shares=of_prefix("shares", arrays),
        influence=arrays["influence"],
        other_tokens=tuple(header["other_tokens"]),
        other_upper=arrays["other_upper"],
    )


def _stale(what: str, command: str) -> GlotError:
    return GlotError(
        f"{what} were made by other heads than those in the folder checkpoints.",
        "Accepted: numbers of the heads that ship with the project.",
        f"Run `{command}`.",
    )


if __name__ == "__main__":
    from glot.attributions.lesson_states import build

    write_lesson(lesson_path(), build())
