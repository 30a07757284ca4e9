"""`glot mteb`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.cli import options

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.experiments.row import Row
    from glot.heads.base import Head
    from glot.heads.card import HeadCard


def mteb(
    tasks: Annotated[
        list[str],
        typer.Option(help="Of local data: sts12, emotion, scifact …; or any of mteb's. Repeat."),
    ],
    backbone: options.Backbone = "minilm",
    task: Annotated[
        str, typer.Option(help="Use the pooler trained for this task; without it, --pooler mean.")
    ] = "",
    pooler: Annotated[
        str, typer.Option(help="Without --task: mean, max, cls or eos; default there: mean.")
    ] = "",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Use the pooler of this checkpoint.")
    ] = None,
    max_tokens: Annotated[
        int, typer.Option(help="Cut texts to so many tokens (0: as the head was trained).")
    ] = 0,
    data: options.Data = None,
    out: Annotated[Path, typer.Option(help="File that a line is added to for each score.")] = Path(
        "glot-mteb.jsonl"
    ),
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Score a head's sentence vectors on tasks of mteb, without training.

    Each score is printed and added to a file, with versions, device and settings beside it.

    \b
    Example:
      glot mteb --tasks sts12 --tasks emotion --backbone minilm --task sst2 --pooler glot
    """
    from glot.backbones import load_backbone
    from glot.experiments.ledger import append_to
    from glot.experiments.mteb_scores import choose, score
    from glot.integrations.mteb_encoder import DirectEncoder
    from glot.paths import data_folder
    from glot.poolers import POOLERS

    # What is misspelt is told before a model is loaded.
    chosen = [choose(name) for name in dict.fromkeys(tasks)]
    if pooler:
        POOLERS.get(pooler)
    _check_out(out)
    model = load_backbone(backbone, device=device, dtype=dtype)
    head, card = _head(model, task, pooler, checkpoint)
    limit = max_tokens or (card.max_tokens if card else 0)
    encoder = DirectEncoder(model, head, limit, card.layer if card else None)
    width = max(len(each.name) for each in chosen)
    typer.echo(f"{'task':<{width}}  {'split':<10}  {'metric':<16}  {'score':>6}  {'n':>7}")
    n = 0
    for each in chosen:
        rows = list(score(each, encoder, card, data_folder(data)))
        append_to(out, rows)
        n += len(rows)
        for row in rows:
            typer.echo(_line(row, width))
    typer.echo(f"{n} {'row' if n == 1 else 'rows'} → {out}")


def _line(row: Row, width: int) -> str:
    subset = row.settings.get("subset", "default")
    split = row.split if subset == "default" else f"{row.split} {subset}"
    size = f"{row.n_eval:,}" if row.n_eval else ""
    return f"{row.task:<{width}}  {split:<10}  {row.metric:<16}  {row.value:>6.2f}  {size:>7}"


def _check_out(out: Path) -> None:
    """Refuse, before hours of work, a file that cannot be written at their end."""
    from glot.errors import GlotError
    from glot.paths import is_folder

    if is_folder(out) or not is_folder(out.absolute().parent):
        raise GlotError(
            f"--out {out}.",
            "Accepted: a file, there already or not, in a folder that is there.",
            "Make the folder, or name another file.",
        )


def _head(
    model: Backbone, task: str, name: str, checkpoint: Path | None
) -> tuple[Head, HeadCard | None]:
    """A trained head, or one around a pooler that needs no training."""
    from glot.heads import build_head
    from glot.heads.config import HeadConfig

    chosen = options.chosen_pooler(model, task, name, checkpoint)
    if chosen.head is not None:
        return chosen.head.head, chosen.head.card
    around = HeadConfig("contrastive", pairs=True)
    return build_head(chosen.pooler.config, model.width, around).eval(), None
