"""`glot store`."""

from __future__ import annotations

from typing import Annotated

import typer

from glot.errors import GlotError

store = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, verify and remove stored token states.",
)
Which = Annotated[str, typer.Argument(help="A key or its beginning, or a backbone's name.")]


@store.command("ls")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List the collections of stored states, with their sizes on disk.

    \b
    Example:
      glot store ls
    """
    import json
    from dataclasses import asdict

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from glot.training.store import list_collections

    found = list_collections()
    if as_json:
        fields = ("key", "shards", "texts", "tokens", "bytes")
        rows = [{**asdict(c.meta), **{name: getattr(c, name) for name in fields}} for c in found]
        typer.echo(json.dumps(rows))
        return
    # A key that is cut off could not be given to rm.
    words = (Column(name, no_wrap=True) for name in ("key", "backbone", "layer"))
    counts = ("cut to", "texts", "tokens", "on disk")
    numbers = (Column(name, justify="right", no_wrap=True) for name in counts)
    table = Table(*words, *numbers, box=SIMPLE_HEAD, show_edge=False)
    for c in found:
        table.add_row(
            c.key,
            c.meta.backbone,
            f"{c.meta.layer}/{c.meta.n_layers}",
            f"{c.meta.max_tokens:,}",
            f"{c.texts:,}",
            f"{c.tokens:,}",
            _size(c.bytes),
        )
    Console().print(table if found else "No states are stored.")


@store.command("rm")
def remove(
    which: Which = "",
    everything: Annotated[bool, typer.Option("--all", help="All collections.")] = False,
) -> None:
    """Remove stored states; they are computed again when they are needed.

    \b
    Example:
      glot store rm minilm
    """
    from glot.training.store import remove as remove_states

    if bool(which) == everything:
        raise GlotError(
            f"{'Both a name and --all' if which else 'Neither a name nor --all'}.",
            "Accepted: one of them.",
            "See the names with: glot store ls",
        )
    removed = remove_states(which or None)
    typer.echo(f"{len(removed.collections)} collections removed, {_size(removed.bytes)} free.")


@store.command("verify")
def verify(
    which: Which = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="Drop broken shards, to be computed again.")
    ] = False,
) -> None:
    """Compare every stored byte with its checksum; exit code 2 when a shard is broken.

    \b
    Example:
      glot store verify --repair
    """
    from glot.training.store import verify as verify_states

    found = verify_states(which or None, repair=repair)
    for shard in found.broken:
        typer.echo(f"{shard.collection} {shard.name} ({shard.backbone}): {shard.reason}", err=True)
    typer.echo(f"{found.shards} shards, {_size(found.bytes)}, {len(found.broken)} broken.")
    if found.broken and not repair:
        raise GlotError(
            f"{len(found.broken)} shards are broken.",
            "Accepted: shards that agree with their checksums.",
            "Drop them with: glot store verify --repair",
        )


def _size(n: int) -> str:
    return f"{n / 2**30:.2f} GiB" if n >= 2**30 else f"{n / 2**20:.1f} MiB"
