"""A map as a parquet file: texts, labels, coordinates and vectors."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from glot.errors import GlotError
from glot.projection.maps import FittedMap
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors

AXES = ("x", "y", "z")


def map_parquet(
    rows: MapRows,
    vectors: Mapping[str, Vectors],
    maps: Mapping[str, FittedMap],
    described: Mapping[str, str],
) -> bytes:
    """A parquet file with one row for each text.

    Columns: `text` (and `text_b` of pairs), `label`, `class` and `distractor_ratio` where there
    are any, and of each pooler `<pooler>_tokens`, `<pooler>_prediction`, `<pooler>_x`, `_y` and
    `_z`, and `<pooler>_vector`, a list of fixed length in float32.

    Args:
        rows: N rows.
        vectors: by pooler.
        maps: by pooler; those without one have no coordinates.
        described: backbone, task and the like; metadata of the file, under `glot.<name>`.

    Raises:
        GlotError: a text that is not valid Unicode.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    try:
        table = pa.table(_columns(rows, vectors, maps))
        described = {f"glot.{key}": value for key, value in described.items()}
        pq.write_table(table.replace_schema_metadata(described), file)
    except UnicodeEncodeError as error:
        raise GlotError(
            "A text holds half of a surrogate pair: the map cannot be written.",
            "Accepted: texts that are valid Unicode.",
            "Save your file as UTF-8 and open it again.",
        ) from error
    return file.getvalue()


def _columns(
    rows: MapRows, vectors: Mapping[str, Vectors], maps: Mapping[str, FittedMap]
) -> dict[str, Any]:
    import pyarrow as pa

    columns: dict[str, Any] = {"text": pa.array(rows.texts)}
    if rows.others:
        columns["text_b"] = pa.array(rows.others)
    columns["label"] = pa.array(np.array(rows.labels))
    if rows.classes:
        columns["class"] = pa.array([rows.label(i) for i in range(len(rows))])
    if rows.ratios:
        columns["distractor_ratio"] = pa.array(np.array(rows.ratios))
    for name, made in vectors.items():
        columns[f"{name}_tokens"] = pa.array(made.lengths)
        if made.predictions is not None:
            columns[f"{name}_prediction"] = pa.array(made.predictions)
        if name in maps:
            for axis, places in zip(AXES, maps[name].coordinates.T, strict=False):
                columns[f"{name}_{axis}"] = pa.array(np.ascontiguousarray(places))
        flat = np.ascontiguousarray(made.values).ravel()
        columns[f"{name}_vector"] = pa.FixedSizeListArray.from_arrays(
            pa.array(flat), made.values.shape[1]
        )
    return columns
