"""The one error that users are meant to read: what was given, what is accepted, what to do."""

from __future__ import annotations

# Characters of what was given, in a message.
MOST_GIVEN = 2_000


def quoted(value: object, most: int = 60) -> str:
    """A value in a message: as Python writes it, cut to `most` characters."""
    written = repr(value)
    return written if len(written) <= most else f"{written[:most]} …"


def _shown(text: str) -> str:
    """The text as any page and terminal takes it: half a surrogate pair is written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class GlotError(ValueError):
    """A problem with what the user gave, told so that the user can mend it (design, section 7).

    The command line prints it on stderr and exits with code 2; the dashboard shows it in the page.

    Args:
        given: what was given, with its value.
        accepted: what would have been accepted.
        remedy: what to do next.
    """

    def __init__(self, given: str, accepted: str, remedy: str = "") -> None:
        # Whoever gave a megabyte wants to read what is wrong with it, not all of it again.
        self.given = _shown(given if len(given) <= MOST_GIVEN else f"{given[:MOST_GIVEN]} …")
        self.accepted = _shown(accepted)
        self.remedy = _shown(remedy)
        super().__init__(" ".join(part for part in (self.given, accepted, remedy) if part))
