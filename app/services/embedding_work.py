"""The long work behind an embedding map, done in jobs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.services import models
from app.services.embedding_atlas import Asked, Atlas, OwnUpload
from app.services.jobs import Job
from app.services.uploads import check_rows, check_size
from glot.errors import GlotError
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors
from glot.tasks import get_task

if TYPE_CHECKING:
    import numpy as np

DIMENSIONS = (2, 3)
# Of a job's progress: how much of it is reading, and how much embedding.
READING, EMBEDDING = 0.1, 0.75
# Of a reader's file; what is larger is no map.
MAX_MEGABYTES = 50
# The library speaks of its own command line; the page has boxes instead.
_BOXES = (
    ("with --text-column", "in the box “Column of texts”"),
    ("(--label-column) and --kind", "(the box “Column of labels”)"),
    ("(--label-column), or ask for --kind regression", "(the box “Column of labels”)"),
    ("(--label-column)", "(the box “Column of labels”)"),
    ("with --label-column", "in the box “Column of labels”"),
    ("or leave such rows out with --drop-empty", "or delete such rows in the file"),
    ("or name its encoding with --encoding (such as latin-1)", "then open it again"),
    ("Set --data or GLOT_DATA, or leave both out to use the hub", "Set GLOT_DATA to such a folder"),
    ("Set --data or GLOT_DATA", "Set GLOT_DATA"),
)


def embed(
    here: Atlas, asked: Asked, poolers: tuple[str, ...], upload: OwnUpload | None, job: Job
) -> bool:
    """Embed texts by poolers, find PCA's axes and measure the vectors; all goes into the atlas.

    Args:
        here: where it is kept.
        asked: which texts.
        poolers: those that are missing.
        upload: the reader's file, where it is asked for.
        job: hears of progress.

    Raises:
        GlotError: no texts, no backbone, or no pooler that can be used.
    """
    from glot.projection.vectors import embed_rows, ways

    job.report(0.0, "Reading the texts")
    rows = here.rows or _rows(asked, upload)
    job.report(READING / 2, f"Loading {asked.backbone}")
    backbone = models.backbone(asked.backbone)
    shelf = models.heads(asked.backbone, asked.task)
    limit = 0 if asked.source == "file" else get_task(asked.task).max_tokens
    chosen = ways(poolers, backbone, shelf.heads, limit)

    def report(share: float, told: str) -> None:
        job.report(READING + EMBEDDING * share, told)

    made = embed_rows(rows, backbone, chosen, report)
    for number, (name, vectors) in enumerate(made.items()):
        job.report(READING + EMBEDDING + 0.15 * number / len(made), f"Measuring {name}")
        _measure(here, name, vectors, rows)
    here.rows, here.notes = rows, shelf.notes()
    here.unusable |= set(poolers) - set(made)
    # Last: what is not here counts as missing.
    here.vectors.update(made)
    return True


def _measure(here: Atlas, name: str, vectors: Vectors, rows: MapRows) -> None:
    from glot.projection.maps import principal_axes
    from glot.projection.quality import quality, trustworthiness

    here.quality[name] = quality(vectors.values, rows)
    try:
        axes = principal_axes(vectors.values)
    except GlotError as error:
        here.problems[name, "pca", 0] = error
        return
    for dimensions in DIMENSIONS:
        places = axes.fitted(vectors.values, dimensions).coordinates
        here.trust[name, "pca", dimensions] = trustworthiness(vectors.values, places)
    here.principal[name] = axes


def _rows(asked: Asked, upload: OwnUpload | None) -> MapRows:
    from glot.paths import data_folder
    from glot.projection.rows import file_rows, stress_rows, task_rows
    from glot.tasks.files import read_table
    from glot.tasks.own import OwnColumns

    try:
        if asked.source == "stress":
            return stress_rows(asked.protocol, asked.ratios, asked.rows)
        if asked.source == "task":
            return task_rows(get_task(asked.task), data_folder(), asked.rows)
        if upload is None:
            raise GlotError("No file.", "Accepted: a table with texts and labels.", "Open one.")
        columns = OwnColumns(text=asked.text_column, label=asked.label_column)
        check_size(upload.name, upload.content, MAX_MEGABYTES)
        with TemporaryDirectory(prefix="glot-map-") as folder:
            path = Path(folder) / Path(upload.name).name
            path.write_bytes(upload.content)
            check_rows(upload.name, len(read_table(path)))
            return file_rows(path, columns, asked.rows)
    except GlotError as error:
        raise in_boxes(error) from error


def in_boxes(error: GlotError) -> GlotError:
    """The same error, with the page's boxes in place of the command line's options."""
    remedy = error.remedy
    for option, box in _BOXES:
        remedy = remedy.replace(option, box)
    return GlotError(error.given, error.accepted, remedy)


def draw(here: Atlas, poolers: tuple[str, ...], kind: str, dimensions: int, job: Job) -> bool:
    """Fit maps, one pooler after the other; why one cannot be made goes into the atlas too."""
    from glot.projection.maps import fit_map
    from glot.projection.quality import trustworthiness

    for number, name in enumerate(poolers):

        def report(share: float, told: str, done: int = number, whose: str = name) -> None:
            job.report((done + share) / len(poolers), f"{whose}: {told}")

        key, values = (name, kind, dimensions), here.vectors[name].values
        try:
            fitted = fit_map(kind, values, dimensions, report)
        except GlotError as error:
            here.problems[key] = error
            continue
        here.trust[key] = trustworthiness(values, fitted.coordinates)
        here.maps[key] = fitted
    return True


def place(
    here: Atlas,
    asked: Asked,
    poolers: tuple[str, ...],
    kind: str,
    dimensions: int,
    sentence: str,
    job: Job,
) -> dict[str, np.ndarray]:
    """Where a sentence stands on each of the maps, by pooler: 2 or 3 coordinates.

    Raises:
        GlotError: the sentence cannot be read.
    """
    from glot.projection.vectors import embed_rows, ways

    job.report(0.05, f"Loading {asked.backbone}")
    backbone = models.backbone(asked.backbone)
    shelf = models.heads(asked.backbone, asked.task)
    limit = 0 if asked.source == "file" else get_task(asked.task).max_tokens
    alone = MapRows((sentence,), (0.0,), (), "typed")
    job.report(0.5, "Reading the sentence")
    chosen = ways(poolers, backbone, shelf.heads, limit)
    made = embed_rows(alone, backbone, chosen, lambda *_: None)
    places = {}
    for number, (name, vectors) in enumerate(made.items()):
        job.report(0.7 + 0.3 * number / len(made), f"Finding its place: {name}")
        fitted = here.map(name, kind, dimensions)
        if fitted is not None:
            places[name] = fitted.place(vectors.values)[0]
    return places
