"""Token states of many texts, computed on a Ray cluster into the hidden-state store.

Ray Data hands blocks of texts to one actor for each GPU or group of cores; each actor loads the
backbone once. States go from the actors straight to the store's folder, which all machines share;
through Ray go texts and the names of shards. When a machine dies, Ray gives its unfinished blocks
to other actors, and what it had written of them never counts (`glot.training.store.filling`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from glot.backbones import load_backbone
from glot.backbones.base import Backbone, check_layer, cut_length
from glot.backbones.batching import CHUNK
from glot.errors import GlotError
from glot.integrations.ray_cluster import (
    Share,
    cluster_errors_told,
    connected,
    share_of_cluster,
)
from glot.training.store.collection import CollectionMeta, collection_key, states_root
from glot.training.store.filling import Filling, filling, write_block

Progress = Callable[[int, int], None]
# Blocks that wait at an actor while it computes another, so that it never waits itself.
IN_FLIGHT = 2


@dataclass(frozen=True)
class Extraction:
    """What is to be computed.

    Attributes:
        backbone: its name; a path must lead to it on every machine.
        max_tokens: see `glot.training.store.StateStore`.
        layer: see there.
        device: `auto`, `cpu` or `cuda`.
        dtype: see `glot.backbones.load_backbone`.
        cores: of each actor; see `glot.integrations.ray_cluster.share_of_cluster`.
        block: texts of a block. `CHUNK` of them are batched as one process would do it, which
            makes states the same to the last bit; fewer spread a small corpus over more actors.
    """

    backbone: str
    max_tokens: int
    layer: int | None = None
    device: str = "auto"
    dtype: str = "auto"
    cores: int = 0
    block: int = CHUNK

    def __post_init__(self) -> None:
        if self.block < 1:
            raise GlotError(f"Blocks of {self.block} texts.", "Accepted: a number from 1.")
        if Path(self.backbone).exists():
            # Workers stand in folders of their own.
            object.__setattr__(self, "backbone", str(Path(self.backbone).absolute()))

    def load(self) -> Backbone:
        """The backbone, on the machine where this is called."""
        return load_backbone(self.backbone, device=self.device, dtype=self.dtype)


@dataclass(frozen=True)
class Extracted:
    """What is in the store now.

    Attributes:
        folder: of the collection.
        texts: how many distinct texts were asked for.
        computed: how many of them were not there before.
        workers: how many actors there were room for.
    """

    folder: Path
    texts: int
    computed: int
    workers: int


def extract(
    extraction: Extraction,
    texts: Sequence[str],
    address: str,
    progress: Progress,
    root: Path | None = None,
) -> Extracted:
    """Compute what the store lacks on a cluster; texts that it holds are not computed again.

    Args:
        extraction: what to compute.
        texts: equal ones are computed once.
        address: see `glot.integrations.ray_cluster.connected`.
        progress: called with how many distinct texts are there and how many were asked for, at
            the beginning and after every block.
        root: the store's folder, on a file system that all machines share; by default the one in
            the cache folder.

    Raises:
        GlotError: no cluster, no backbone, a text that cannot be encoded, a state that float16
            cannot hold, a disk without room, or folders that machines do not share. What was
            done is kept.
    """
    with connected(address):
        share = share_of_cluster(extraction.device, extraction.cores)
        target = _target(extraction, share)
        folder = states_root(root).absolute() / target.key
        with filling(folder, target.meta, texts, extraction.block) as work:
            progress(work.done, work.distinct)
            if work.blocks:
                for number, shards in _computed(extraction, work, target.key, share):
                    work.keep(number, shards)
                    progress(work.done, work.distinct)
            return Extracted(folder, work.distinct, len(work.texts), share.workers)


@dataclass(frozen=True)
class _Target:
    """The collection that workers of a cluster write to: its name and what it is for."""

    key: str
    meta: CollectionMeta

    @classmethod
    def of(cls, backbone: Backbone, extraction: Extraction) -> _Target:
        limit = cut_length(extraction.max_tokens, backbone.context)
        layer = check_layer(extraction.layer, backbone.n_layers)
        key = collection_key(backbone, limit, layer)
        return cls(key, CollectionMeta.of(backbone, limit, layer))


def _target(extraction: Extraction, share: Share) -> _Target:
    """Asked of a worker: the collection depends on its device and number format, not on ours."""
    import ray

    # One call, so that the process gives its GPU back.
    ask = ray.remote(num_cpus=share.cores, num_gpus=share.gpus, max_calls=1)(_told_target)
    with cluster_errors_told():
        told = json.loads(ray.get(ask.remote(extraction)))
    _raise_told(told)
    return _Target(told["key"], CollectionMeta(**told["meta"]))


def _told_target(extraction: Extraction) -> str:
    """Runs on a worker."""
    try:
        target = _Target.of(extraction.load(), extraction)
    except GlotError as error:
        return _told_error(error)
    return json.dumps({"key": target.key, "meta": asdict(target.meta)})


class _BlockWriter:
    """Runs on a worker, as an actor of Ray Data: texts of a block → names of its shards.

    What a user can mend is told in the answer: raised, Ray would try again for ever.
    """

    def __init__(self, extraction: Extraction, key: str, aside: str, share: Share) -> None:
        import torch

        torch.set_num_threads(share.cores)
        self._aside = Path(aside)
        self._error = ""
        try:
            self._backbone = extraction.load()
            self._target = _Target.of(self._backbone, extraction)
            _check_same(self._target, key)
        except GlotError as error:
            self._error = _told_error(error)

    def __call__(self, row: dict[str, Any]) -> dict[str, str]:
        return {"told": self._error or self._told(int(row["block"]), list(row["texts"]))}

    def _told(self, block: int, texts: list[str]) -> str:
        meta = self._target.meta
        try:
            names = write_block(self._backbone, texts, meta.max_tokens, meta.layer, self._aside)
        except GlotError as error:
            return _told_error(error, f"In block {block}, which begins {texts[0][:40]!r}: ")
        return json.dumps({"block": block, "shards": names})


def _check_same(target: _Target, key: str) -> None:
    if target.key != key:
        raise GlotError(
            f"A machine of the cluster would compute {target.meta.backbone} otherwise than "
            f"another: in {target.meta.dtype} on {target.meta.device}, or with other files.",
            "Accepted: the same weights, number format and kind of device on every machine.",
            "Name --dtype and --device, and give every machine the same files.",
        )


def _computed(
    extraction: Extraction, work: Filling, key: str, share: Share
) -> Iterator[tuple[int, list[str]]]:
    """The blocks in the order in which they are done: number and shards."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    items = [{"block": n, "texts": work.block(n)} for n in range(work.blocks)]
    # A block of Ray's for each of ours, which is what an actor gets, and what is done again.
    blocks = ray.data.from_items(items, override_num_blocks=len(items)).map(
        _BlockWriter,
        fn_constructor_args=(extraction, key, str(work.aside), share),
        num_cpus=share.cores,
        num_gpus=share.gpus,
        compute=ray.data.ActorPoolStrategy(
            size=min(share.workers, work.blocks), max_tasks_in_flight_per_actor=IN_FLIGHT
        ),
    )
    with cluster_errors_told():
        for row in blocks.iter_rows():
            told = json.loads(row["told"])
            _raise_told(told)
            yield told["block"], told["shards"]


def _told_error(error: GlotError, where: str = "") -> str:
    return json.dumps({"error": [where + error.given, error.accepted, error.remedy]})


def _raise_told(told: dict[str, Any]) -> None:
    if "error" in told:
        raise GlotError(*told["error"])
