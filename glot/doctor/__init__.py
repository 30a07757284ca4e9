"""`glot doctor`: what is installed, which device, which models and heads, and what is missing."""

from __future__ import annotations

from collections.abc import Callable

from glot.doctor.finding import Finding as Finding


def examine() -> list[Finding]:
    """Look at everything; nothing is downloaded, and nothing stays written.

    Returns:
        What was found, by section, in the order in which it is told.
    """
    from glot.doctor.models import backbones, data, heads
    from glot.doctor.place import configuration, device, folders, front_end
    from glot.doctor.software import extras, packages, python

    looks: tuple[Callable[[], list[Finding]], ...] = (
        python, packages, extras, device, backbones, heads, data, configuration, folders, front_end,
    )  # fmt: skip
    return [finding for look in looks for finding in look()]
