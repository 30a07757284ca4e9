"""`glot serve` against the same texts through backbone and pooler in this process.

Server, clients and the work in this process take turns on the same cores. The clients send what is
encoded already and read answers without looking into them: what they cost, a server on a machine
of its own would have for itself. So the processors' time that they take is told beside the rate.

Few texts at once are slower than many without any server, as batches of one length are smaller. So
the work in this process is also done in rounds of no more texts than clients of that kind wait for.
"""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue

import numpy as np
import psutil

from benchmarks.extraction import mixed
from benchmarks.measure import Row, alternate, row
from glot.backbones import load_backbone
from glot.config import PoolerConfig
from glot.heads.embed import embed_texts
from glot.poolers.mean import MeanPooler

BUDGET = "≥ 80 % of the local rate"
LOCAL = "MiniLM and mean pooling in this process"
JSON, NPY = "application/json", "application/x-npy"
# Of each text's vector and the local one: batches of other texts round otherwise in bfloat16.
LEAST_COSINE = 0.999


@dataclass
class Load:
    """Clients that each send the next request when the last one is answered.

    Attributes:
        texts: in one request.
        clients: at the same time.
        accept: the form of the answers.
        latencies: of all requests so far, ms.
        busy: share of all processors' time that the clients took, in each run.
    """

    texts: int
    clients: int
    accept: str = JSON
    latencies: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For the table."""
        form = "JSON" if self.accept == JSON else ".npy"
        each = "1 text" if self.texts == 1 else f"{self.texts} texts"
        return f"glot serve, {self.clients} clients, {each} a request, {form}"

    def send(self, port: int, texts: Sequence[str]) -> None:
        """Send all texts and wait for the answers."""
        requests: SimpleQueue[bytes] = SimpleQueue()
        for start in range(0, len(texts), self.texts):
            requests.put(json.dumps({"texts": texts[start : start + self.texts]}).encode())
        began, taken = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(self.clients) as pool:
            for done in [pool.submit(self._client, port, requests) for _ in range(self.clients)]:
                done.result()
        taken, passed = time.process_time() - taken, time.perf_counter() - began
        self.busy.append(taken / passed / (psutil.cpu_count() or 1))

    def _client(self, port: int, requests: SimpleQueue[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            while True:
                body = requests.get_nowait()
                began = time.perf_counter()
                ask(connection, body, self.accept)
                self.latencies.append((time.perf_counter() - began) * 1000)
        except Empty:
            connection.close()


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: whole runs, then the latency of single requests."""
    texts = mixed(60 if quick else 1024)
    backbone = load_backbone("minilm", device="cpu")
    pooler = MeanPooler(PoolerConfig("mean"), backbone.width)

    def local() -> np.ndarray:
        return np.concatenate(list(embed_texts(texts, backbone, pooler)))

    def in_rounds(size: int) -> None:
        for start in range(0, len(texts), size):
            list(embed_texts(texts[start : start + size], backbone, pooler))

    loads = [
        Load(128, 4),
        Load(128, 4, NPY),
        Load(64, 4),
        Load(64, 4, NPY),
        Load(8, 16),
        Load(1, 64),
    ]
    works: dict[str, Callable[[], object]] = {LOCAL: local} | {
        f"{LOCAL}, {size} texts at once": partial(in_rounds, size) for size in (256, 128, 64)
    }
    with server() as port:
        _check_same(port, texts, local())
        works |= {load.name: partial(load.send, port, texts) for load in loads}
        rows = alternate(works, 1 if quick else 3)
    # The first run warmed up.
    busy = {load.name: np.median(load.busy[1:]) for load in loads}
    told = [_told(each, len(texts), rows[0].median, busy.get(each.name)) for each in rows]
    return told + [_latency(load) for load in loads]


def ask(connection: http.client.HTTPConnection, body: bytes, accept: str = JSON) -> bytes:
    """One request for vectors; the answer's body.

    Raises:
        RuntimeError: the server refuses it.
    """
    headers = {"Content-Type": JSON, "Accept": accept}
    connection.request("POST", "/embed", body, headers)
    answer = connection.getresponse()
    found = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"glot serve answered {answer.status}: {found[:200]!r}")
    return found


@contextmanager
def server(*arguments: str) -> Iterator[int]:
    """A `glot serve` of its own on a free port, which it gives."""
    command = [sys.executable, "-m", "glot.cli", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait()


def _check_same(port: int, texts: Sequence[str], expected: np.ndarray) -> None:
    """Refuse to time what gives other numbers.

    Raises:
        RuntimeError: the two vectors of some text differ in direction.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    found = []
    for start in range(0, len(texts), 64):
        body = json.dumps({"texts": texts[start : start + 64]}).encode()
        found.append(np.load(io.BytesIO(ask(connection, body, NPY)), allow_pickle=False))
    connection.close()
    vectors = np.concatenate(found)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(expected, axis=1)
    cosine = ((vectors * expected).sum(axis=1) / lengths).min()
    # Written so that NaN is refused.
    if not cosine >= LEAST_COSINE:
        raise RuntimeError(f"A served vector has cosine {cosine:.6f} with the local one.")


def _told(found: Row, n_texts: int, here: float, busy: float | None) -> Row:
    """A row with its rate, its share of the local one, and what its clients took."""
    name = f"{found.name}: {n_texts / found.median * 1000:,.0f} texts/s"
    if found.name != LOCAL:
        name += f", {here / found.median:.0%}"
    if busy is None:
        return replace(found, name=name, factor=None)
    name += f", clients {busy:.0%} of all cores"
    return replace(found, name=name, factor=None, budget=BUDGET)


def _latency(load: Load) -> Row:
    p95 = np.percentile(load.latencies, 95)
    return row(f"{load.name}: one request, p95 {p95:,.0f} ms", load.latencies)
