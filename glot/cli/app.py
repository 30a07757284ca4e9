"""`glot app`."""

from __future__ import annotations

from typing import Annotated

import typer


def app(
    port: Annotated[
        int | None,
        typer.Option(envvar="PORT", min=1, max=65535, help="Default: 8501, or the next free one."),
    ] = None,
) -> None:
    """Start the dashboard and print its address.

    \b
    Example:
      glot app --port 8600
    """
    from glot.dashboard import start_dashboard

    start_dashboard(port)
