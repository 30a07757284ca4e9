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

COLUMN = "embedding"


def embed(
    file: Annotated[
        Path, typer.Argument(help="Texts: .csv, .tsv, .jsonl, .parquet, or .txt with one a line.")
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    backbone: options.Backbone = "minilm",
    task: options.PoolersTask = "",
    pooler: options.UntrainedPooler = "",
    checkpoint: options.Checkpoint = None,
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
    found = options.chosen_pooler(model, task, pooler, checkpoint)
    chosen, card = found.pooler, found.head.card if found.head else None
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


def _write(
    out: Path, frame: pd.DataFrame, vectors: Iterable[np.ndarray], described: dict[str, str]
) -> None:
    """Write chunk by chunk under another name; the file appears when it is whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from glot.errors import GlotError
    from glot.files import disk_told, whole

    rows = pa.Table.from_pandas(frame, preserve_index=False)
    if COLUMN in rows.column_names:
        raise GlotError(
            f"The file has a column {COLUMN!r} already.",
            "Accepted: a file without it.",
            "Rename that column.",
        )
    told = disk_told(
        f"The vectors could not be written to {out}",
        "Free space, or name another file with --out.",
    )
    writer, start = None, 0
    with told, whole(out) as aside:
        for chunk in vectors:
            column = pa.FixedSizeListArray.from_arrays(pa.array(chunk.ravel()), chunk.shape[1])
            part = rows.slice(start, len(chunk)).append_column(COLUMN, column)
            start += len(chunk)
            if writer is None:
                schema = part.schema.with_metadata({f"glot.{k}": v for k, v in described.items()})
                writer = pq.ParquetWriter(aside, schema)
            writer.write_table(part.cast(schema))
        if writer is not None:
            writer.close()
