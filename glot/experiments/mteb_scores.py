"""A head's scores on tasks of `mteb`, as rows with all that stands behind a number."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

from glot.errors import GlotError, quoted
from glot.experiments.row import Row
from glot.extras import need
from glot.heads.card import HeadCard
from glot.integrations.mteb_encoder import DirectEncoder
from glot.integrations.mteb_tasks import TASKS, MtebTask, Size
from glot.provenance import device_name, provenance

EXPERIMENT = "mteb"
LOCAL = {task.name: task for task in TASKS}
# Of the digits of an encoder's revision.
SHORT = 12


@dataclass(frozen=True)
class Chosen:
    """A task by the name it was asked for: of local data, else mteb's own, from the hub."""

    name: str
    local: MtebTask | None = None
    hub: Any = None


def choose(name: str) -> Chosen:
    """The task of a name, before a model or data is loaded.

    Args:
        name: one of `LOCAL`, or of a task that mteb knows.

    Raises:
        GlotError: mteb is not installed, the name is unknown, or the task is not about text.
    """
    need("mteb", "Its tasks and scores evaluate sentence vectors.")
    if name in LOCAL:
        return Chosen(name, local=LOCAL[name])
    import mteb

    try:
        task = mteb.get_task(name)
    except KeyError as error:
        near = _near(name)
        raise GlotError(
            f"Unknown mteb task {quoted(name)}.",
            f"Accepted: {', '.join(LOCAL)} of a local folder, or a name that mteb knows.",
            f"Did you mean {' or '.join(map(repr, near))}?" if near else "",
        ) from error
    if other := set(task.metadata.modalities) - {"text"}:
        raise GlotError(
            f"The mteb task {name!r} is about {', '.join(sorted(other))}.",
            "Accepted: tasks about text alone.",
        )
    return Chosen(name, hub=task)


def _near(name: str) -> list[str]:
    """Names like this one, here and among mteb's, however it is capitalised."""
    import mteb

    names = [*LOCAL, *(task.metadata.name for task in mteb.get_tasks(exclude_superseded=False))]
    by_lower = {known.lower(): known for known in reversed(names)}
    lower = name.lower()
    same = [known for known in names if known.lower() == lower]
    return same or [by_lower[each] for each in get_close_matches(lower, by_lower)]


def score(
    chosen: Chosen, encoder: DirectEncoder, card: HeadCard | None, data: Path | None
) -> Iterator[Row]:
    """One row for each split of a task, and on several languages for each of them.

    Args:
        chosen: the task.
        encoder: of the head.
        card: the head's; None for a pooler without weights.
        data: local folder of labelled data, for local tasks.

    Raises:
        GlotError: the data is not to be had, or a text cannot be encoded.
    """
    began = time.perf_counter()
    about = _about(chosen, encoder, card)
    numbers = list(_local(chosen.local, encoder, data) if chosen.local else _hub(chosen, encoder))
    seconds = round(time.perf_counter() - began, 2)
    for number in numbers:
        settings = about["settings"] | number.pop("settings", {})
        yield Row(**{**about, **number, "settings": settings, "seconds": seconds})


def _local(task: MtebTask, encoder: DirectEncoder, data: Path | None) -> Iterator[dict[str, Any]]:
    found = task.evaluate(encoder, data, Size())
    yield {
        "split": task.split,
        "metric": task.metric,
        "value": found.value,
        "n_eval": found.n,
        "settings": {"data": "local", "mteb_task": task.original},
    }


def _hub(chosen: Chosen, encoder: DirectEncoder) -> Iterator[dict[str, Any]]:
    """By `mteb.evaluate`, and without its cache: what is filed was measured now."""
    import mteb

    task = chosen.hub
    try:
        if not hasattr(task.metadata, "tasks"):
            # Not of a task that is made of several others, which load their own.
            task.load_data()
        result = mteb.evaluate(
            encoder, [task], cache=None, co2_tracker=False, show_progress_bar=False
        )
    # What the hub, the network and the library's reading of files raise all stem from it.
    except OSError as error:
        raise GlotError(
            f"The data of the mteb task {chosen.name!r} could not be loaded: "
            f"{' '.join(str(error).split())[:200]}.",
            f"Accepted: a task whose data the hub gives, or a local one: {', '.join(LOCAL)}.",
            "Check the connection; some data needs a login.",
        ) from error
    revision = task.metadata.dataset.get("revision", "")
    for found in result.task_results:
        for split, parts in found.scores.items():
            for part in parts:
                yield {
                    "split": split,
                    "metric": task.metadata.main_score,
                    "value": 100.0 * float(part["main_score"]),
                    "n_eval": _size(task.dataset, part["hf_subset"], split),
                    "settings": {
                        "data": "hub",
                        "data_revision": revision,
                        "mteb_task": found.task_name,
                        "subset": part["hf_subset"],
                    },
                }
    task.unload_data()


def _size(dataset: Any, subset: str, split: str) -> int:
    """How many rows, or queries of a search, a score is over; 0 where the task does not tell."""
    own = dataset.get(subset, dataset) if isinstance(dataset, Mapping) else {}
    part = own.get(split, ()) if isinstance(own, Mapping) else ()
    return len(part["queries"] if isinstance(part, Mapping) and "queries" in part else part)


def _about(chosen: Chosen, encoder: DirectEncoder, card: HeadCard | None) -> dict[str, Any]:
    """What all rows of a task have in common."""
    backbone, pooler = encoder.backbone, encoder.head.pooler
    config, meta = pooler.config, encoder.mteb_model_meta
    told = provenance(device_name(backbone.device))
    training = card.training if card else {}
    return {
        **{name: told[name] for name in ("device", "threads", "versions", "commit", "date")},
        "experiment": EXPERIMENT,
        "table": "ours",
        "cell": f"{EXPERIMENT}/{meta.name}/{meta.revision[:SHORT]}/{chosen.name}",
        "task": chosen.name,
        "backbone": backbone.name,
        "fingerprint": backbone.fingerprint,
        "pooler": config.name,
        "method": f"{config.name}, trained on {card.task}" if card else config.name,
        "conv": config.conv if pooler.uses_graph else "",
        "tau": config.tau if pooler.uses_graph else None,
        "seed": int(training.get("seed", 0)),
        "n_train": int(training.get("n_train", 0)),
        "parameters": sum(weight.numel() for weight in pooler.parameters()),
        "settings": {
            "head_revision": meta.revision,
            "trained_on": card.task if card else "",
            "layer": encoder.layer,
            "max_tokens": encoder.max_tokens,
            "dtype": str(backbone.dtype).removeprefix("torch."),
            "mteb": version("mteb"),
        },
    }
