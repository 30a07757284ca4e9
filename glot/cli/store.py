"""`glot store`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.backbones.batching import CHUNK
from glot.cli import options
from glot.errors import GlotError

if TYPE_CHECKING:
    from collections.abc import Callable

store = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Compute, list, verify and remove stored token states.",
)
Which = Annotated[str, typer.Argument(help="A key or its beginning, or a backbone's name.")]
# Texts of a file are cut where `glot train --task FILE` cuts them.
OWN_MAX_TOKENS = 512


@store.command("extract")
def extract(
    file: Annotated[
        Path | None,
        typer.Argument(help="Texts: .csv, .tsv, .jsonl, .parquet, or .txt with one a line."),
    ] = None,
    task: Annotated[str, typer.Option(help="In the place of a file: all texts of a task.")] = "",
    backbone: options.Backbone = "minilm",
    layer: Annotated[int | None, typer.Option(help="0 to the last, which is the default.")] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(min=0, help="Cut texts to so many tokens (0: context); default as training."),
    ] = None,
    text_column: options.TextColumn = "",
    encoding: options.Encoding = "utf-8",
    drop_empty: options.DropEmpty = False,
    data: options.Data = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    ray: options.Ray = "",
    cores: options.Cores = 0,
    block: Annotated[
        int, typer.Option(min=1, help="With --ray: texts that a worker is given at once.")
    ] = CHUNK,
) -> None:
    """Compute the token states of a file's or a task's texts into the store.

    Texts whose states are stored are not computed again, and a call that was interrupted goes on
    when made again. What trains on these texts later finds their states.

    \b
    Examples:
      glot store extract reviews.csv --text-column review
      glot store extract --task imdb --backbone smollm2 --ray auto
    """
    from glot.cli.texts import table_of_texts, texts_of_task

    if (file is None) == (not task):
        raise GlotError(
            f"{'Neither a file nor' if file is None else 'Both a file and'} --task.",
            "Accepted: one of them.",
            "Such as: glot store extract --task imdb",
        )
    if file is None:
        texts, cut = texts_of_task(task, data)
    else:
        frame, column = table_of_texts(file, text_column, encoding, drop_empty)
        texts, cut = frame[column].tolist(), OWN_MAX_TOKENS
    limit = cut if max_tokens is None else max_tokens
    if ray:
        from glot.integrations.ray_extract import Extraction
        from glot.integrations.ray_extract import extract as extract_on_cluster

        wanted = Extraction(backbone, limit, layer, device, dtype, cores, block)
        done = extract_on_cluster(wanted, texts, ray, _told_progress())
        typer.echo(
            f"{done.texts:,} texts in {done.folder.name}, {done.computed:,} of them computed now; "
            f"room for {done.workers} actor{'' if done.workers == 1 else 's'}."
        )
        return
    from glot.backbones import load_backbone
    from glot.training.store import StateStore

    store = StateStore(load_backbone(backbone, device=device, dtype=dtype), limit, layer)
    store.states(texts, _told_progress())
    typer.echo(f"{len(set(texts)):,} texts in {store.folder.name}.")


def _told_progress() -> Callable[[int, int], None]:
    """Tells each twentieth of the way, with the time that is left."""
    import time

    began: list[tuple[float, int]] = []
    told = [-1]

    def tell(done: int, total: int) -> None:
        began.append((time.monotonic(), done)) if not began else None
        if 20 * done // total == told[0]:
            return
        told[0] = 20 * done // total
        since, first = began[0]
        rate = (done - first) / (time.monotonic() - since) if done > first else 0
        left = f", about {(total - done) / rate:,.0f} s left" if rate and done < total else ""
        typer.echo(f"token states: {done:,} of {total:,} texts{left}", err=True)

    return tell


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
