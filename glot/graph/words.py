"""Which tokens are pieces of one word. No torch."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from glot.errors import GlotError

RULE = (
    "Tokens belong to one word when nothing stands between them in the text and letters, digits "
    "or accents meet where they join (an apostrophe or hyphen inside a word counts as a letter), "
    "or when they share a character; Chinese, Japanese, Thai, Lao, Khmer and Burmese letters, "
    "written without spaces, are not joined, and tokens that the backbone adds stand alone."
)

APOSTROPHES_AND_HYPHENS = frozenset("'’-‐‑\u00ad")
# Zero-width non-joiner and joiner: they stand inside Persian words, and inside emoji.
NON_JOINER, JOINER = "\u200c", "\u200d"
# Beginnings of the Unicode names of letters that are written without spaces between words.
UNSPACED = (
    "CJK ",
    "IDEOGRAPHIC ",
    "HIRAGANA ",
    "KATAKANA",
    "HALFWIDTH KATAKANA ",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
)


def words_of(
    tokens: Sequence[str], offsets: Sequence[tuple[int, int]], text: str
) -> tuple[int, ...]:
    """For each token the number of its word, from 0, never falling.

    A token continues the word of the token before it when

    - nothing stands between them in the text, and on both sides of the joint there is a letter,
      digit or combining mark, or an apostrophe or hyphen with one of these on both of its own
      sides; letters of scripts that put no spaces between words (`UNSPACED`) are not joined, but
      their combining marks are;
    - or the joint is inside one character as people see it: a combining mark or zero-width joiner
      stands there;
    - or the two share a character: pieces of one that takes several bytes.

    White space that a token brings along, as byte-pair tokens do, stands between words. Tokens
    of white space alone are words of their own, and so are tokens that cover none of the text:
    those that the backbone adds, and white space that a tokenizer trims away.

    Args:
        tokens: the L token strings.
        offsets: (start, end) of each token in the text, in characters; (0, 0) for added tokens.
        text: the text.

    Raises:
        GlotError: there are not as many offsets as tokens, or one lies outside the text.
    """
    _check(tokens, offsets, text)
    words: list[int] = []
    for i, span in enumerate(offsets):
        joined = i > 0 and _is_continued(offsets[i - 1], span, text)
        words.append(words[-1] + (not joined) if words else 0)
    return tuple(words)


def _check(tokens: Sequence[str], offsets: Sequence[tuple[int, int]], text: str) -> None:
    if len(offsets) != len(tokens):
        raise GlotError(f"{len(offsets)} offsets.", f"Accepted: one for each of {len(tokens)}.")
    outside = [span for span in offsets if not 0 <= span[0] <= span[1] <= len(text)]
    if outside:
        raise GlotError(
            f"Offsets {outside[0]} in a text of {len(text):,} characters.",
            "Accepted: (start, end) in the text.",
            "Give the text that the tokens come from, uncut.",
        )


def _is_continued(before: tuple[int, int], after: tuple[int, int], text: str) -> bool:
    """Whether the second of two neighbouring tokens continues the word of the first."""
    if before[0] == before[1] or after[0] == after[1]:
        return False
    if after[0] < before[1] and before[0] < after[1]:
        return True
    end = before[0] + len(text[before[0] : before[1]].rstrip())
    start = after[1] - len(text[after[0] : after[1]].lstrip())
    return end == start and end > before[0] and start < after[1] and _is_inside(text, start)


def _is_inside(text: str, joint: int) -> bool:
    """Whether a word goes on across a place in the text, which characters stand before and at."""
    left, right = text[joint - 1], text[joint]
    if _is_mark(right) or left == JOINER:
        return True
    if _is_unspaced(left) or _is_unspaced(right):
        return False
    return _is_of_a_word(text, joint - 1) and _is_of_a_word(text, joint)


def _is_of_a_word(text: str, at: int) -> bool:
    if text[at] not in APOSTROPHES_AND_HYPHENS:
        return _is_alphanumeric(text[at])
    inner = 0 < at < len(text) - 1
    return inner and _is_alphanumeric(text[at - 1]) and _is_alphanumeric(text[at + 1])


def _is_alphanumeric(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" or _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in (NON_JOINER, JOINER)


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(UNSPACED)
