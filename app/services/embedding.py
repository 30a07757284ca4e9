"""Embedding maps: what is asked for, what is known of it already, and the work still to do."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from app.services import embedding_work, jobs, models
from app.services.embedding_atlas import Asked, Atlas, OwnUpload
from app.services.jobs import Job
from app.services.kept import kept
from glot.errors import GlotError
from glot.projection.bundle import BACKBONE, PROTOCOL, RATIO, TASK, N, stored_map
from glot.projection.maps import TITLES
from glot.tasks import get_task

OPENING = Asked(BACKBONE, TASK, "stress", N, PROTOCOL, (RATIO,))

_numbers = itertools.count(1)


@kept(32, growing=Atlas.size)
def _atlas(asked: Asked, stamp: float) -> Atlas:  # noqa: ARG001 - new heads, new vectors
    atlas = Atlas(next(_numbers))
    bundle = None
    if asked == OPENING:
        try:
            bundle = stored_map()
        except GlotError:
            # It is computed instead, as any other map is.
            bundle = None
    if bundle is not None:
        atlas.rows = bundle.rows
        for name, part in bundle.parts.items():
            atlas.vectors[name] = part.vectors
            atlas.principal[name] = part.principal
            atlas.quality[name] = part.quality
            for dimensions, measure in part.trust.items():
                atlas.trust[name, "pca", dimensions] = measure
    return atlas


def atlas(asked: Asked) -> Atlas:
    """What is known of these texts; the same object for the same question.

    Raises:
        GlotError: the task is unknown.
    """
    if asked.source != "file":
        get_task(asked.task)  # an unknown one is told before anything is loaded
    return _atlas(asked, models.stamp(asked.backbone, asked.task))


def stress_task(backbone: str, protocol: str, ratios: Sequence[float]) -> str:
    """The task whose heads embed stress-test texts: of their ratio, where there are heads, or 0.9.

    Args:
        backbone: its name.
        protocol: of the texts.
        ratios: of the texts.
    """
    usual = f"stress-{protocol}-{RATIO:g}"
    if len(ratios) != 1:
        return usual
    exact = f"stress-{protocol}-{ratios[0]:g}"
    return exact if exact in models.tasks_with_heads(backbone) else usual


def embedding(asked: Asked, poolers: Sequence[str], upload: OwnUpload | None) -> Job | None:
    """The job that embeds what is not there yet; None where nothing is missing.

    One that failed or was cancelled is given as it ended: `again` starts it anew.

    Args:
        asked: which texts.
        poolers: names.
        upload: the reader's file, where it is asked for.
    """
    here = atlas(asked)
    wanted = here.missing(poolers)
    if not wanted:
        return None
    title = "Embedding the texts"
    return _job(
        f"embed {here.number} {','.join(wanted)}",
        title,
        embedding_work.embed,
        here,
        asked,
        wanted,
        upload,
    )


def mapping(asked: Asked, poolers: Sequence[str], kind: str, dimensions: int) -> Job | None:
    """The job that makes the maps which are not there yet; None where nothing is missing."""
    here = atlas(asked)
    wanted = here.unmapped(poolers, kind, dimensions)
    if not wanted:
        return None
    key = f"map {here.number} {kind} {dimensions} {','.join(wanted)}"
    title = f"{TITLES[kind]} in {dimensions} dimensions"
    return _job(key, title, embedding_work.draw, here, wanted, kind, dimensions)


def placing(
    asked: Asked, poolers: Sequence[str], kind: str, dimensions: int, sentence: str
) -> Job | None:
    """The job that finds a sentence's place on each map; its result is pooler → coordinates.

    None where there are no maps, or where the texts are pairs: a single sentence has no place.
    """
    here = atlas(asked)
    drawn = tuple(p for p in here.shown(poolers) if here.map(p, kind, dimensions) is not None)
    if not drawn or here.rows is None or here.rows.others:
        return None
    digest = hashlib.sha256(sentence.encode(errors="surrogatepass")).hexdigest()[:16]
    key = f"place {here.number} {kind} {dimensions} {','.join(drawn)} {digest}"
    title = "Placing your sentence"
    given = here, asked, drawn, kind, dimensions, sentence
    return _job(key, title, embedding_work.place, *given, lane="short")


def again(job: Job) -> None:
    """Start a job anew that failed or was cancelled."""
    work = _works.get(job.key)
    if work is not None:
        jobs.start(job.key, job.title, work, job.lane)


# What the jobs of this page do, so that one that failed or was cancelled can be started anew. Each
# holds its texts and the reader's file: what is done is let go.
_works: dict[str, Callable[[Job], Any]] = {}
_MOST_WORKS = 16


def _job(
    key: str, title: str, work: Callable[..., Any], *given: Any, lane: jobs.Lane = "long"
) -> Job:
    found = jobs.find(key)
    if found is not None:
        return found
    _let_go()
    _works[key] = partial(work, *given)
    return jobs.start(key, title, _works[key], lane)


def _let_go() -> None:
    """Forget works that nobody can start anew, and the oldest of too many."""
    for key in list(_works):
        job = jobs.find(key)
        if job is None or job.state == "done":
            _works.pop(key, None)
    while len(_works) >= _MOST_WORKS:
        _works.pop(next(iter(_works)), None)


def parquet(asked: Asked, poolers: Sequence[str], kind: str, dimensions: int) -> bytes:
    """The map that is shown as a parquet file; see `glot.projection.export`.

    Raises:
        GlotError: texts that no file can hold.
    """
    from glot.projection.export import map_parquet

    here = atlas(asked)
    assert here.rows is not None
    shown = here.shown(poolers)
    maps = {name: here.map(name, kind, dimensions) for name in shown}
    described = {
        "backbone": asked.backbone,
        "task": asked.task,
        "projection": kind,
        "dimensions": str(dimensions),
        "source": here.rows.source,
        "untrained": ",".join(name for name in shown if not here.vectors[name].trained),
    }
    return map_parquet(
        here.rows,
        {name: here.vectors[name] for name in shown},
        {name: made for name, made in maps.items() if made is not None},
        described,
    )
