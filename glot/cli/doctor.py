"""`glot doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from glot.doctor.finding import Finding

SIGNS = {"ok": "ok      ", "note": "note    ", "missing": "MISSING "}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list of findings.")] = False,
) -> None:
    """Say what is installed, which device, which models and heads, and how to get what is not.

    Nothing is downloaded. Exit code 1 if something that is needed is missing.

    \b
    Example:
      glot doctor
    """
    from glot.doctor import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in findings], indent=1))
    else:
        _tell(findings)
    if any(each.status == "missing" for each in findings):
        raise typer.Exit(1)


def _tell(findings: list[Finding]) -> None:
    section = ""
    for each in findings:
        if each.section != section:
            section = each.section
            typer.echo(section)
        typer.echo(f"  {SIGNS[each.status]}{each.name}: {' '.join(each.told.split())}")
        if each.remedy:
            typer.echo(f"            {each.remedy}")
    counts = {status: sum(f.status == status for f in findings) for status in SIGNS}
    typer.echo(f"{counts['ok']} ok, {counts['note']} to note, {counts['missing']} missing.")
