"""Names to classes, as a list one can read; classes load on first use, so imports stay light."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from glot.errors import GlotError, quoted


class Registry:
    """A fixed table of names and the classes behind them.

    Args:
        kind: what the entries are, in the words of the design ("pooler", "task" …).
        entries: name → "module:attribute".
    """

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def names(self) -> tuple[str, ...]:
        """All names, in the order of the list."""
        return tuple(self._entries)

    def get(self, name: str) -> Any:
        """The class registered under `name`.

        Raises:
            GlotError: the name is unknown; the message lists the known ones.
        """
        if not isinstance(name, str) or name not in self._entries:
            close = difflib.get_close_matches(str(name)[:60], self._entries, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Choose another {self.kind}."
            raise GlotError(
                f"Unknown {self.kind} {quoted(name)}.",
                f"Known: {', '.join(self._entries)}.",
                hint,
            )
        module, attribute = self._entries[name].split(":")
        return getattr(import_module(module), attribute)
