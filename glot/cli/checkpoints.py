"""`glot checkpoints`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glot.cli import options

checkpoints = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List trained heads, score them again, write their model cards, upload them.",
)
Root = Annotated[
    Path | None, typer.Option(help="Folder of checkpoints; default GLOT_CHECKPOINTS or ours.")
]


@checkpoints.command("list")
def list_(root: Root = None) -> None:
    """List the trained heads with the first number of their cards, and their sizes.

    \b
    Example:
      glot checkpoints list
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from glot.errors import GlotError
    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD
    from glot.heads.shipped import checkpoint_folders, scores
    from glot.paths import checkpoints_folder

    words = (Column(name, no_wrap=True) for name in ("backbone", "task", "pooler", "metric"))
    numbers = (Column(name, justify="right", no_wrap=True) for name in ("value", "n", "bytes"))
    table = Table(*words, *numbers, box=SIMPLE_HEAD, show_edge=False)
    total, folders = 0, checkpoint_folders(root or checkpoints_folder())
    for folder in folders:
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        total += size
        try:
            found = scores(HeadCard.read(folder / CARD))
        except GlotError:
            told = ["its card cannot be read", "", ""]
        else:
            told = [found[0].metric, f"{found[0].value:.2f}", f"{found[0].n:,}"] if found else []
        table.add_row(*folder.parts[-3:], *(told or ["no score", "", ""]), f"{size:,}")
    # Names are not cut where the output is no terminal.
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)
    typer.echo(f"Heads: {len(folders)}, {total:,} bytes ({total / 1e6:.1f} MB).")


@checkpoints.command("verify")
def verify(
    root: Root = None,
    backbone: Annotated[str, typer.Option(help="Only heads on this backbone.")] = "",
    task: Annotated[str, typer.Option("--task", help="Only heads for this task.")] = "",
    pooler: Annotated[str, typer.Option("--pooler", help="Only heads of this pooler.")] = "",
    sample: Annotated[
        int,
        typer.Option(help="Score so many rows; the card's value must lie in their interval."),
    ] = 0,
    whole: Annotated[
        bool, typer.Option("--whole", help="Score the whole split, not the card's sample.")
    ] = False,
    data: options.Data = None,
) -> None:
    """Score heads again from texts and compare with their cards; exit code 1 if one differs.

    Each head is scored on the sample of 200 rows that its card holds the score of, or on the
    whole split where it holds none.

    \b
    Example:
      glot checkpoints verify --backbone minilm --task sst2
    """
    from collections import Counter

    from glot.heads.shipped import checkpoint_folders
    from glot.paths import checkpoints_folder, data_folder
    from glot.training.verify import verify_heads

    folders = checkpoint_folders(root or checkpoints_folder(), backbone, task, pooler)
    found: Counter[str] = Counter()
    for check in verify_heads(folders, data_folder(data), sample, whole):
        typer.echo(check.line())
        found[check.status] += 1
    counted = (f"{found[status]} {status}" for status in ("ok", "differs", "broken", "skipped"))
    typer.echo(f"Heads: {', '.join(counted)}.")
    if found["differs"] or found["broken"]:
        raise typer.Exit(1)


@checkpoints.command("card")
def card(
    root: Root = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if a card is outdated.")
    ] = False,
) -> None:
    """Write the README.md of every head whose config.json says something else.

    \b
    Example:
      glot checkpoints card --check
    """
    from glot.files import disk_told
    from glot.heads.readme import outdated_cards
    from glot.heads.shipped import checkpoint_folders
    from glot.paths import checkpoints_folder

    folders = checkpoint_folders(root or checkpoints_folder())
    outdated = outdated_cards(folders)
    for path, text in outdated.items():
        typer.echo(f"{'outdated' if check else 'written '}  {'/'.join(path.parts[-4:])}")
        if not check:
            with disk_told(f"{path} could not be written"):
                path.write_text(text, encoding="utf-8")
    typer.echo(f"Heads: {len(folders)}, {len(outdated)} {'outdated' if check else 'written'}.")
    if check and outdated:
        raise typer.Exit(1)


@checkpoints.command("push")
def push(
    head: Annotated[Path, typer.Argument(help="A folder, or BACKBONE/TASK/POOLER.")],
    repository: Annotated[str, typer.Argument(help="On the hub: owner/name.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    root: Root = None,
) -> None:
    """Upload a trained head to the Hugging Face hub, and print the commit's address.

    The token is the one that `hf auth login` stored, or HF_TOKEN.

    \b
    Example:
      glot checkpoints push minilm/sst2/glot me/minilm-sst2-glot --private
    """
    from glot.heads.checkpoint import TrainedHead
    from glot.paths import checkpoints_folder, is_folder

    folder = head if is_folder(head) else (root or checkpoints_folder()) / head
    trained = TrainedHead.from_pretrained(folder)
    typer.echo(trained.push_to_hub(repository, private=private or None))
