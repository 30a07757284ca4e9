"""`glot embed`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.cli import options

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from glot.backbones.base import Backbone
    from glot.heads.card import HeadCard
    from glot.poolers.base import Pooler

COLUMN = "embedding"


def embed(
    file: Annotated[
        Path, typer.Argument(help="Texts: .csv, .tsv, .jsonl, .parquet, or .txt with one a line.")
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
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
    text_column: options.TextColumn = "",
    encoding: options.Encoding = "utf-8",
    drop_empty: options.DropEmpty = False,
    tau: Annotated[
        float | None, typer.Option(help="Instead of the τ that the head was trained with.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(help="Cut texts to so many tokens (0: context).")] = 0,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Write sentence vectors of a file's texts.

    They stand in the column `embedding`, beside the file's own columns.

    \b
    Example:
      glot embed reviews.csv --text-column review --out vectors.parquet
    """
    from glot.backbones import load_backbone
    from glot.cli.texts import table_of_texts
    from glot.config import check_tau
    from glot.errors import GlotError
    from glot.heads.embed import embed_texts

    if out.suffix.lower() != ".parquet":
        raise GlotError(f"--out {out}.", "Accepted: a name that ends in .parquet.")
    if tau is not None:
        check_tau(tau)
    frame, column = table_of_texts(file, text_column, encoding, drop_empty)
    model = load_backbone(backbone, device=device, dtype=dtype)
    chosen, card = _pooler(model, task, pooler, checkpoint)
    vectors = embed_texts(
        frame[column].tolist(),
        model,
        chosen,
        max_tokens or (card.max_tokens if card else 0) or None,
        card.layer if card else None,
        tau,
    )
    described = {
        "backbone": model.name,
        "fingerprint": model.fingerprint,
        "pooler": chosen.config.name,
        "task": card.task if card else "",
        "tau": str((chosen.config.tau if tau is None else tau) if chosen.uses_graph else ""),
    }
    _write(out, frame, vectors, described)
    typer.echo(f"{len(frame):,} vectors of width {chosen.out_width} → {out}")


def _pooler(
    model: Backbone, task: str, name: str, checkpoint: Path | None
) -> tuple[Pooler, HeadCard | None]:
    """A trained head's pooler, or one that needs no training."""
    from glot.config import PoolerConfig
    from glot.errors import GlotError
    from glot.heads.checkpoint import checkpoint_folder, load_head, trained_task
    from glot.poolers import build_pooler, for_backbone

    config = for_backbone(PoolerConfig(name or ("glot" if task else "mean")), model.kind)
    if task and checkpoint is None:
        checkpoint = checkpoint_folder(model.name, trained_task(model.name, task), config.name)
    if checkpoint is not None:
        trained = load_head(checkpoint, model)
        return trained.head.pooler, trained.card
    pooler = build_pooler(config, model.width).eval()
    if pooler.n_parameters():
        raise GlotError(
            f"The pooler {config.name} has weights, and no trained head was named.",
            "Accepted without one: mean, max, cls, eos.",
            "Name a task with --task, or a checkpoint with --checkpoint.",
        )
    return pooler, None


def _write(
    out: Path, frame: pd.DataFrame, vectors: Iterable[np.ndarray], described: dict[str, str]
) -> None:
    """Write chunk by chunk under another name; the file appears when it is whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from glot.errors import GlotError

    partial = out.with_name(f".{out.name}.partial")
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    if COLUMN in rows.column_names:
        raise GlotError(
            f"The file has a column {COLUMN!r} already.",
            "Accepted: a file without it.",
            "Rename that column.",
        )
    writer, start = None, 0
    try:
        for chunk in vectors:
            column = pa.FixedSizeListArray.from_arrays(pa.array(chunk.ravel()), chunk.shape[1])
            part = rows.slice(start, len(chunk)).append_column(COLUMN, column)
            start += len(chunk)
            if writer is None:
                schema = part.schema.with_metadata({f"glot.{k}": v for k, v in described.items()})
                writer = pq.ParquetWriter(partial, schema)
            writer.write_table(part.cast(schema))
        if writer is not None:
            writer.close()
        partial.rename(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise GlotError(
            f"The vectors could not be written to {out}: {error}.",
            "Accepted: a folder with room that you may write to.",
            "Free space, or name another file with --out.",
        ) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
