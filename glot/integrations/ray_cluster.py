"""Joining a Ray cluster, and what each of its workers gets of it. Ray's names for both stay here.

Ray itself is imported inside functions: it is the extra `ray`. Its usage reports are off, and a
cluster that is started here has no dashboard.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from glot.errors import GlotError
from glot.extras import need
from glot.paths import cache_folder, data_folder

AUTO = "auto"
PURPOSE = "Ray runs extractions and searches on many machines (--ray)."
ACCEPTED = "Accepted: auto, or HOST:PORT of a running cluster's head (ray start --head prints it)."
# By how much workers are nicer than their node's `ray start`. Ray's own 15 gives them a weight of
# 36 beside 1,024 of any usual process: on a busy machine they hardly run at all.
NICENESS = "RAY_worker_niceness"
# Of an object store that is started here: texts and settings pass through it, states never do.
OBJECT_STORE = 256 * 2**20
# Seconds that a cluster's head has to answer.
PATIENCE = 5.0
# What an HTTP/2 client says first, with empty settings; a Ray head answers with its own settings.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS_FRAME = 4
# More threads than these speed one model up little; a large machine has several actors then.
MOST_CORES = 8
# With a GPU the cores have only to tokenise.
MOST_CORES_BY_GPU = 4


@dataclass(frozen=True)
class Node:
    """One machine of a cluster: what it offers in all."""

    cores: int
    gpus: int


@dataclass(frozen=True)
class Share:
    """What each worker gets.

    Attributes:
        cores: CPU cores, which are its threads too.
        gpus: 1, or 0 on the CPU.
        workers: how many such workers fit on the cluster at once.
    """

    cores: int
    gpus: int
    workers: int


@contextmanager
def connected(address: str, data: str | None = None) -> Iterator[None]:
    """Be part of a cluster.

    Args:
        address: `auto` joins the cluster that this machine is part of (`running_cluster`), and
            starts one where there is none, which ends with the context; or `HOST:PORT` of a
            cluster's head.
        data: folder of labelled data that workers look into; None: as here.

    Raises:
        GlotError: Ray is not installed, nothing answers at the address, or it is not a cluster
            that this version of Ray can join.
    """
    need("ray", PURPOSE)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_DATA_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
    os.environ["RAY_AIR_NEW_OUTPUT"] = "0"  # Tune prints its settings otherwise, even when silent
    if address != AUTO:
        check_head(address)
    import ray

    settings: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": _environment(data)},
    }
    try:
        _join(address, settings)
    except (OSError, RuntimeError, ValueError) as error:
        raise GlotError(
            f"The Ray cluster {address!r} cannot be joined: {' '.join(str(error).split())[:300]}",
            ACCEPTED,
            "Use the same versions of Ray and Python on every machine; if the cluster asks for a "
            "token, set RAY_AUTH_MODE=token.",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def cluster_errors_told() -> Iterator[None]:
    """Tell what Ray gives up as a problem that the user can mend."""
    from ray.exceptions import RayError

    try:
        yield
    except RayError as error:
        reason = " ".join(str(error).split())[-300:]
        raise GlotError(
            f"The Ray cluster gave up: {reason}",
            "Accepted: a cluster whose head stays up, with the project on every machine.",
            "Run the same command again: what was done is kept.",
        ) from error


def _join(address: str, settings: dict[str, Any]) -> None:
    import ray

    if address == AUTO and not running_cluster():
        started = {"include_dashboard": False, "object_store_memory": OBJECT_STORE}
        ray.init(address="local", **started, **settings)
    else:
        ray.init(address=address, **settings)


def running_cluster() -> str:
    """The address that `auto` stands for: `RAY_ADDRESS`, or the cluster that `ray start` made here.

    A cluster that another `--ray auto` has started is not joined: it ends with that call.

    Returns:
        Empty where there is none, or where Ray's note of it has outlived it.

    Raises:
        GlotError: nothing answers at `RAY_ADDRESS`.
    """
    if named := os.environ.get("RAY_ADDRESS", ""):
        check_head(named)
        return named
    note = Path(os.environ.get("RAY_TMPDIR") or gettempdir()) / "ray" / "ray_current_cluster"
    try:
        noted = note.read_text(encoding="utf-8").strip()
        check_head(noted)
    except (OSError, GlotError):
        return ""
    return noted


def check_head(address: str) -> None:
    """See that a cluster's head answers; Ray itself would try for minutes.

    Raises:
        GlotError: the address is none, or something else answers, or nothing does.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in address:
        raise GlotError(f"--ray {address}.", ACCEPTED)
    reason = "what answers there is not the head of a Ray cluster"
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE) as line:
            # A head that speaks TLS alone answers nobody who does not.
            if os.environ.get("RAY_USE_TLS") == "1":
                return
            line.sendall(PREFACE)
            answer = line.recv(9)
            if len(answer) > 3 and answer[3] == SETTINGS_FRAME:
                return
    except (OSError, OverflowError) as error:
        reason = str(error)
    raise GlotError(
        f"No Ray cluster at {address}: {reason}.",
        ACCEPTED,
        "Start one with: ray start --head --port 6379 (and see that no firewall stands between).",
    )


def _environment(data: str | None) -> dict[str, str]:
    """Of workers: where the shared folders lie, and whether they yield to other work."""
    found = {
        "GLOT_CACHE": str(cache_folder().absolute()),
        NICENESS: os.environ.get(NICENESS, "0"),
    }
    if folder := data_folder(data):
        found["GLOT_DATA"] = str(folder.absolute())
    if offline := os.environ.get("HF_HUB_OFFLINE"):
        found["HF_HUB_OFFLINE"] = offline
    return found


def share_of_cluster(device: str, cores: int) -> Share:
    """What each worker gets of the cluster that this process has joined.

    Args:
        device: `auto` takes the GPUs where there are any; `cpu`; `cuda`.
        cores: of each worker; 0: a GPU's part of its machine's cores, at most
            `MOST_CORES_BY_GPU`; without GPUs those of the smallest machine, at most `MOST_CORES`.

    Raises:
        GlotError: see `share_of`.
    """
    import ray

    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return share_of([Node(_whole(r, "CPU"), _whole(r, "GPU")) for r in alive], device, cores)


def share_of(nodes: Sequence[Node], device: str, cores: int) -> Share:
    """What each worker gets of some machines; see `share_of_cluster`.

    Raises:
        GlotError: no machine has so many cores, or none has any, or none has a GPU where one is
            asked for.
    """
    with_gpu = [node for node in nodes if node.gpus and node.cores]
    if device.startswith("cuda") and not with_gpu:
        raise GlotError(
            f"Device {device!r} was asked for, and no machine of the cluster has a GPU.",
            "Accepted: auto, cpu, or a cluster with GPUs.",
        )
    used = [node for node in nodes if node.cores]
    if not used:
        raise GlotError(
            "A cluster none of whose machines offers a core.",
            "Accepted: a cluster with workers beside its head.",
            "Start one on another machine, or here, with: ray start --address HOST:PORT",
        )
    by_gpu = bool(with_gpu) and device != "cpu"
    if by_gpu:
        used = with_gpu
        cores = cores or min([MOST_CORES_BY_GPU, *(max(1, n.cores // n.gpus) for n in used)])
        workers = sum(min(node.gpus, node.cores // cores) for node in used)
    else:
        cores = cores or min([MOST_CORES, *(node.cores for node in used)])
        workers = sum(node.cores // cores for node in used)
    if not workers:
        most = max(node.cores for node in used)
        raise GlotError(
            f"{cores} cores for each worker.",
            f"Accepted: at most {most}, which is what the cluster's largest machine offers.",
            "Lower --cores-per-actor.",
        )
    return Share(cores, int(by_gpu), workers)


def _whole(resources: Mapping[str, float], name: str) -> int:
    return int(resources.get(name, 0))
