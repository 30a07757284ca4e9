"""The library's words for its command line, in those of the training page."""

from __future__ import annotations

from glot.errors import GlotError

_BOXES = (
    ("Name it with --text-column", "Choose it in the box “Column of texts”"),
    ("Name it with --label-column", "Choose it in the box “Column of labels”"),
    ("Name it with --other-column", "Choose it in the box “Column of second texts”"),
    (
        "Check the label column (--label-column), or ask for --kind regression",
        "Check the box “Column of labels”, or choose Numbers under “Labels are”",
    ),
    (
        "Check the label column (--label-column) and --kind",
        "Check the boxes “Column of labels” and “Labels are”",
    ),
    ("Check the label column (--label-column)", "Check the box “Column of labels”"),
    ("Check the label column and --kind", "Check the boxes “Column of labels” and “Labels are”"),
    (
        "or leave such rows out with --drop-empty",
        "or switch on “Leave out rows without text or label”",
    ),
    (
        "or name its encoding with --encoding (such as latin-1)",
        "or choose its encoding in the box below",
    ),
    (
        "Learn from fewer with --n-train and report on fewer with --n-evaluation",
        "Learn from fewer and report on fewer under “Settings”",
    ),
    ("Lower --n-validation, or bring", "Bring"),
    ("Lower --lr, or look", "Lower the learning rate, or look"),
)


def in_words(text: str) -> str:
    """A remedy with the page's boxes in place of options."""
    for option, box in _BOXES:
        text = text.replace(option, box)
    return text


def in_page(error: GlotError) -> GlotError:
    """The same error in the page's words."""
    return GlotError(in_words(error.given), error.accepted, in_words(error.remedy))
