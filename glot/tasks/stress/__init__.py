"""The paper's diagnostic stress test (section 4.5): a short signal in a heap of distractors.

Three protocols, one file each: `paper`, `released`, `strict`. Word lists are in `words.py`,
signal phrases in `templates.py`.
"""

from glot.tasks.stress.generator import (
    GENERATOR_VERSION,
    LABELS,
    PROTOCOLS,
    RATIOS,
    SIZES,
    SPLITS,
    generate,
    longest_text,
)
from glot.tasks.stress.texts import StressTexts

__all__ = [
    "GENERATOR_VERSION",
    "LABELS",
    "PROTOCOLS",
    "RATIOS",
    "SIZES",
    "SPLITS",
    "StressTexts",
    "generate",
    "longest_text",
]
