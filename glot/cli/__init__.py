"""The command line: heads, experiments, checkpoints, stored states, stress texts, servers."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from glot.cli.app import app
from glot.cli.checkpoints import checkpoints
from glot.cli.doctor import doctor
from glot.cli.embed import embed
from glot.cli.evaluate import evaluate
from glot.cli.explain import explain
from glot.cli.mteb import mteb
from glot.cli.reproduce import reproduce
from glot.cli.results import results
from glot.cli.serve import serve
from glot.cli.store import store
from glot.cli.stress import stress
from glot.cli.train import train
from glot.errors import GlotError
from glot.memory import keep_freed_memory

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Token graphs, trained heads and the dashboard of GLOT Explorer.",
)
for command in (train, evaluate, embed, explain, mteb, reproduce, results, serve, app, doctor):
    cli.command()(command)
cli.add_typer(checkpoints, name="checkpoints")
cli.add_typer(store, name="store")
cli.add_typer(stress, name="stress")


def main() -> None:
    """Entry point: what the user can mend goes to stderr in one line, with exit code 2.

    Texts that the shell passes as invalid UTF-8 reach the checks as they are.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    keep_freed_memory()
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except GlotError as error:
        told = " ".join(str(error).split())
    except TyperException as error:
        told = error.format_message()
    except KeyboardInterrupt:
        sys.exit(130)
    typer.echo(told if told.startswith("Usage:") else f"glot: {told}", err=True)
    sys.exit(2)
