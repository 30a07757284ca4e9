"""Extraction on a Ray cluster of one node against two, each node a raylet of one core.

Both run on this machine, so two nodes can be no faster than its cores allow: the backbone alone
in one process and in two at once, without Ray, is measured beside them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.measure import Row, row
from benchmarks.store import reviews
from glot.integrations.ray_extract import Extraction, extract
from glot.paths import ROOT

BLOCK, MAX_TOKENS = 32, 64
MEMORY = 128 * 2**20
BUDGET = "two nodes ≥ 1.6 × one, or as the processes alone"
# What a process of its own does: load, say so, wait for a line, encode, say how long it took.
ALONE = """
import sys, time, torch
from benchmarks.store import reviews
from glot.backbones import load_backbone
torch.set_num_threads(1)
backbone = load_backbone("minilm", device="cpu", dtype="float32")
texts = reviews({n})[{part}::{parts}]
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
for start in range(0, len(texts), {block}):
    for _ in backbone.encode_many(texts[start : start + {block}], {max_tokens}):
        pass
print(time.perf_counter() - began, flush=True)
"""


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: MiniLM in float32, one thread a node, in turns."""
    n, repeats = (256, 1) if quick else (2048, 3)
    texts = reviews(n)
    found: dict[str, list[float]] = {}
    with _settings():
        for _ in range(repeats):
            for nodes in (1, 2):
                found.setdefault(f"alone {nodes}", []).append(_alone(n, nodes))
                timed = _cluster(texts, nodes)
                found.setdefault(f"whole {nodes}", []).append(timed.whole)
                found.setdefault(f"steady {nodes}", []).append(timed.steady())
    return [
        *_pair("processes without Ray", found, "alone", n),
        *_pair("Ray, once all actors work", found, "steady", n),
        *_pair("Ray, start of actors included", found, "whole", n),
    ]


def _pair(name: str, found: dict[str, list[float]], kind: str, n: int) -> Iterator[Row]:
    """One node and two, as milliseconds for all texts; the factor is that of two over one."""
    one, two = (row("", [1000 * s for s in found[f"{kind} {k}"]]) for k in (1, 2))
    for nodes, each in ((1, one), (2, two)):
        rate = n / each.median * 1000
        yield replace(
            each,
            name=f"{name}, {nodes}: {rate:,.0f} texts/s",
            factor=one.median / each.median,
            budget=BUDGET if nodes == 2 and kind == "steady" else "",
        )


@dataclass(eq=False)
class _Timed:
    """When blocks of an extraction came in.

    Attributes:
        began: of the call.
        ended: of the call.
        seen: (time, texts that are done), first before any is.
    """

    began: float = 0.0
    ended: float = 0.0
    seen: list[tuple[float, int]] = field(default_factory=list)

    def hear(self, done: int, total: int) -> None:
        """Progress of the extraction."""
        self.seen.append((time.perf_counter(), done))

    @property
    def whole(self) -> float:
        """Seconds of the call."""
        return self.ended - self.began

    def steady(self) -> float:
        """Seconds that all texts take at the pace of the middle half of the blocks.

        Before it some actors still load, after it some have run dry.
        """
        first, last = (self.seen[len(self.seen) * part // 8] for part in (3, 7))
        return (last[0] - first[0]) / (last[1] - first[1]) * self.seen[-1][1]


def _cluster(texts: Sequence[str], nodes: int) -> _Timed:
    """Extract texts on a fresh cluster whose head has no cores."""
    from ray.cluster_utils import Cluster

    settings = {"object_store_memory": MEMORY}
    head = {"num_cpus": 0, "include_dashboard": False, **settings}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    timed = _Timed()
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, **settings)
        wanted = Extraction("minilm", MAX_TOKENS, device="cpu", dtype="float32", block=BLOCK)
        with tempfile.TemporaryDirectory() as root:
            timed.began = time.perf_counter()
            extract(wanted, texts, cluster.address, timed.hear, Path(root))
            timed.ended = time.perf_counter()
    finally:
        cluster.shutdown()
    return timed


def _alone(n: int, parts: int) -> float:
    """Seconds until the slowest of so many processes has encoded its part of the texts."""
    codes = [
        ALONE.format(n=n, part=part, parts=parts, block=BLOCK, max_tokens=MAX_TOKENS)
        for part in range(parts)
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for code in codes
    ]
    for process in started:
        assert process.stdout
        process.stdout.readline()
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return max(float(process.communicate()[0]) for process in started)


@contextmanager
def _settings() -> Iterator[None]:
    """One thread each, and the project to be found by workers of every node."""
    wanted = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
