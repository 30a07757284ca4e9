"""One entrance to the three protocols: checks, random streams, provenance."""

from __future__ import annotations

import numpy as np

from glot.errors import GlotError
from glot.tasks.stress.paper import PaperProtocol
from glot.tasks.stress.released import ReleasedProtocol
from glot.tasks.stress.strict import StrictProtocol
from glot.tasks.stress.texts import Protocol, Streams, StressTexts
from glot.tasks.stress.vocabulary import wordfreq_version

# Raised whenever the same arguments give other texts: results name it.
GENERATOR_VERSION = 1

# A protocol's and a split's place in these lists is part of its seed: append only.
_PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol for protocol in (PaperProtocol(), ReleasedProtocol(), StrictProtocol())
}
SPLITS = ("train", "test")
# More would fill the memory before the first is written.
MAX_TEXTS = 1_000_000

PROTOCOLS = tuple(_PROTOCOLS)
RATIOS = {name: protocol.ratios for name, protocol in _PROTOCOLS.items()}
SIZES = {name: protocol.sizes for name, protocol in _PROTOCOLS.items()}
LABELS = {name: protocol.labels for name, protocol in _PROTOCOLS.items()}


def generate(
    protocol: str, split: str, ratio: float, n: int | None = None, seed: int = 42
) -> StressTexts:
    """Labelled texts of the paper's diagnostic task (section 4.5), by one of three protocols.

    The same arguments give the same texts, whatever the process. A smaller `n` gives the first
    texts of a larger one, and the signal phrases are the same at every ratio.

    Args:
        protocol: `paper` (Algorithm 2 as written: the ratio hardly changes the task),
            `released` (the published script's properties: length leaks the label at low ratios)
            or `strict` (minimal pairs, true distractor share, unseen nouns and templates).
        split: `train` or `test`; drawn from different streams.
        ratio: distractor ratio, in [0, 1).
        n: number of texts; None takes the protocol's own (`SIZES`).
        seed: of the draw, ≥ 0.

    Raises:
        GlotError: an argument is out of its range, the protocol cannot express the ratio, or
            the package wordfreq is missing where distractors come from it.
    """
    chosen = protocol_of(protocol)
    _check(split, ratio, seed)
    chosen.longest(ratio)
    n = chosen.sizes[split] if n is None else n
    if n < 2:
        raise GlotError(f"{n} texts.", "Accepted: 2 or more.", "Ask for more texts.")
    if n > MAX_TEXTS:
        raise GlotError(f"{n:,} texts.", f"Accepted: up to {MAX_TEXTS:,}.", "Ask for fewer texts.")
    place = PROTOCOLS.index(protocol), SPLITS.index(split)
    # The seed comes last: numpy pads short seeds with zeros, which would make [1] equal [1, 0].
    streams = Streams(*(np.random.default_rng([*place, kind, seed]) for kind in range(2)))
    made = list(chosen.samples(split, ratio, n, streams))
    words = f" {wordfreq_version()}" if chosen.wordfreq else ""
    return StressTexts(
        texts=tuple(" ".join(sample.words) for sample in made),
        labels=tuple(sample.label for sample in made),
        groups=tuple(sample.group for sample in made),
        signals=tuple(sample.signal for sample in made),
        traits=tuple(sample.traits for sample in made) if made[0].traits else (),
        source=f"stress test {protocol}/{split} ratio {ratio:g} n {n} seed {seed} "
        f"generator {GENERATOR_VERSION}{words}",
    )


def longest_text(protocol: str, ratio: float) -> int:
    """Number of words of the longest text.

    Raises:
        GlotError: unknown protocol, or a ratio that it cannot express.
    """
    _check("train", ratio, 0)
    return protocol_of(protocol).longest(ratio)


def protocol_of(name: str) -> Protocol:
    """A protocol by its name.

    Raises:
        GlotError: it is unknown.
    """
    if name not in _PROTOCOLS:
        raise GlotError(
            f"Unknown stress test protocol {name!r}.",
            f"Known: {', '.join(PROTOCOLS)}.",
            "Choose another protocol.",
        )
    return _PROTOCOLS[name]


def _check(split: str, ratio: float, seed: int) -> None:
    if split not in SPLITS:
        raise GlotError(
            f"Unknown split {split!r} of the stress test.",
            f"Known: {', '.join(SPLITS)}.",
            "Cut a validation split from train, by groups.",
        )
    if not 0 <= ratio < 1:
        raise GlotError(
            f"A distractor ratio of {ratio:g}.",
            "Accepted: from 0 (the signal alone) to below 1.",
            "Give a share, not a percentage.",
        )
    if seed < 0:
        raise GlotError(f"The seed {seed}.", "Accepted: 0 or more.", "Choose another seed.")
