"""Phrases of one's own among the distractors of a protocol, and pairs of phrases to start from."""

from __future__ import annotations

import string
from typing import NamedTuple

import numpy as np

from glot.errors import GlotError
from glot.tasks.stress.generator import LABELS, longest_text, protocol_of
from glot.tasks.stress.templates import PAPER, RELEASED, STRICT
from glot.tasks.stress.texts import StressTexts
from glot.tasks.stress.words import ANIMALS, NOUNS, OBJECTS

# What a template may leave open, and what is drawn for it: plurals that training has not seen of
# the strict protocol's categories; any of the other protocols' nouns.
OPEN = {
    "animal": tuple(noun.plural for noun in ANIMALS["test"]),
    "object": tuple(noun.plural for noun in OBJECTS["test"]),
    "x": NOUNS,
    "y": NOUNS,
}
MAX_PHRASE = 60
MAX_LENGTH = 400
# Protocols whose texts have a length of their own, whatever the phrase.
WITH_LENGTH = {"paper": 256, "released": 128}


class PhrasePair(NamedTuple):
    """Two templates of a protocol's test split that say the opposite.

    Attributes:
        first: of class 0.
        second: of class 1.
    """

    first: str
    second: str


def pairs_of(protocol: str) -> tuple[PhrasePair, ...]:
    """The test split's own templates, as `around_phrase` takes them.

    Raises:
        GlotError: unknown protocol.
    """
    if protocol == "strict":
        animal, thing = "{animal}", "{object}"
        return tuple(
            PhrasePair(
                template.format(had=animal, lacked=thing),
                template.format(had=thing, lacked=animal),
            )
            for template in STRICT["test"].all()
        )
    protocol_of(protocol)
    templates = PAPER if protocol == "paper" else RELEASED
    half = len(templates) // 2
    pairs = zip(templates[:half], templates[half:], strict=True)
    return tuple(PhrasePair(without[0], both[0]) for without, both in pairs)


def around_phrase(
    protocol: str,
    template: str,
    label: int,
    ratio: float,
    n: int,
    n_words: int = 0,
    seed: int = 42,
) -> StressTexts:
    """Texts with a phrase of one's own among distractors that the protocol's generator draws.

    Draw number i is the same for every template with equally many words, so that two phrases
    stand at the same place among the same words.

    Args:
        protocol: its name.
        template: the phrase; `{animal}`, `{object}`, `{x}` and `{y}` are filled in each draw.
        label: the class number that is expected.
        ratio: distractor ratio.
        n: number of draws.
        n_words: length that the paper's and the released protocol start from; 0: their own. The
            strict one has the length that ratio and phrase give.
        seed: of the draws.

    Raises:
        GlotError: an empty or too long phrase, an unknown name in braces, a ratio or a length
            that the protocol cannot express.
    """
    longest_text(protocol, ratio)
    _check(protocol, template, label, n, n_words)
    texts, signals = [], []
    for number in range(n):
        nouns, noise = (np.random.default_rng([number, kind, seed]) for kind in range(2))
        phrase = _filled(template, nouns).split()
        made = protocol_of(protocol).surroundings(len(phrase), ratio, noise, n_words)
        texts.append(" ".join(made.around(phrase)))
        signals.append(made.signal)
    return StressTexts(
        texts=tuple(texts),
        labels=(label,) * n,
        groups=tuple(range(n)),
        signals=tuple(signals),
        source=f"phrase of one's own, protocol {protocol}, ratio {ratio:g}, seed {seed}",
    )


def _filled(template: str, random: np.random.Generator) -> str:
    """The template with a noun in place of each name; `{x}` and `{y}` differ."""
    chosen = {name: OPEN[name][int(random.integers(len(OPEN[name])))] for name in OPEN}
    if chosen["x"] == chosen["y"]:
        chosen["y"] = NOUNS[(NOUNS.index(chosen["x"]) + 1) % len(NOUNS)]
    return template.format_map(chosen)


def _check(protocol: str, template: str, label: int, n: int, n_words: int) -> None:
    words = len(template.split())
    if not 1 <= words <= MAX_PHRASE:
        raise GlotError(
            f"A phrase of {words} words.",
            f"Accepted: 1 to {MAX_PHRASE} words.",
            "Write a shorter one." if words else "Write one, or take one of the test's.",
        )
    _check_names(template)
    if n < 1 or label not in range(len(LABELS[protocol])):
        raise GlotError(f"{n} draws of class {label}.", "Accepted: 1 or more, of class 0 or 1.")
    if n_words and protocol in WITH_LENGTH and not words <= n_words <= MAX_LENGTH:
        raise GlotError(
            f"A length of {n_words} words for a phrase of {words}.",
            f"Accepted: {words} to {MAX_LENGTH}.",
            "Choose another length.",
        )


def _check_names(template: str) -> None:
    known = ", ".join(f"{{{name}}}" for name in OPEN)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise GlotError(
            f"The phrase {template!r} has a brace on its own.",
            f"Accepted: words, and {known}.",
            "Remove the brace, or close it.",
        ) from error
    for _, name, layout, conversion in parts:
        if name is not None and (name not in OPEN or layout or conversion):
            raise GlotError(
                f"The phrase {template!r} leaves {{{name}}} open.",
                f"Accepted in braces: {known}.",
                "Write one of these, or the word itself.",
            )
