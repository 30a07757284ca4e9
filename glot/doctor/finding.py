"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        section: what it belongs to.
        name: of the thing.
        status: `ok`; `note`: something optional is not there, or not as tested; `missing`:
            something that the project needs.
        told: what was found.
        remedy: how to get it; empty where nothing is to be done.
    """

    section: str
    name: str
    status: Literal["ok", "note", "missing"]
    told: str
    remedy: str = ""
