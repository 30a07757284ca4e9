"""Writes the corpus that fuzzing starts from: small sound files, and some that are known to hurt.

`python -m tests.fuzz.seeds`; all of it is made up here.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
GAP = b"\n\n"


def write() -> None:
    """Add every seed to the corpus under the sha1 of its bytes, as libFuzzer names its own."""
    for name, contents in SEEDS.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for content in contents():
            (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def _settings(pooler: str = "adapool", **more: object) -> dict[str, object]:
    from glot.config import PoolerConfig

    return {
        "format": 1,
        "backbone": "minilm",
        "fingerprint": "f" * 64,
        "width": 4,
        "task": "sst2",
        "labels": ["no", "yes"],
        "pooler": PoolerConfig(pooler, width=3, layers=1).to_dict(),
        **more,
    }


def cards() -> Iterator[bytes]:
    """A plain card, one with all that `glot train` tells, and broken ones."""
    from glot.files import unsealed

    shipped = Path(__file__).parents[2] / "checkpoints/minilm/sst2/glot/config.json"
    # A fuzzer finds no digest: those of cards from before they had any are read, too.
    told = {**unsealed(json.loads(shipped.read_bytes())), "weights_sha256": ""}
    told["training"]["search"] = told["training"]["search"][:1]
    yield _dumped(told)
    yield _dumped(_settings())
    yield _dumped(_settings(metrics={"metric": "accuracy", "evaluation": {"dev": {}}}))
    yield _dumped(_settings(head="regression", labels=[], layer=3, max_tokens=128))
    yield _dumped(_settings(width=10**15))
    yield b'{"format": 1, "a": ' + b"[" * 3000


def checkpoints() -> Iterator[bytes]:
    """Small heads of several kinds, whole and cut short."""
    import torch
    from safetensors.torch import save

    from glot.config import PoolerConfig
    from glot.heads import build_head
    from glot.heads.config import HeadConfig

    for pooler in ("mean", "adapool", "glot"):
        settings = _settings(pooler)
        config = PoolerConfig.from_dict(settings["pooler"])
        torch.manual_seed(0)
        head = build_head(config, 4, HeadConfig("classifier", False, 2))
        weights = save({name: value.contiguous() for name, value in head.state_dict().items()})
        yield _dumped(settings) + GAP + weights
    yield _dumped(settings) + GAP + weights[:-40]
    yield _dumped(settings) + GAP + b"\x80\x04K\x01."
    yield _dumped(_settings(width=10**15)) + GAP + weights


def references() -> Iterator[bytes]:
    """Published heads as torch and safetensors files, the old torch format among them."""
    import torch
    from safetensors.torch import save

    from tests.unit.integrations.test_reference_refusals import adapool, gat

    for content in (adapool(), gat(layers=1), {"state": adapool(), "config": {"conv": "adapool"}}):
        for new in (True, False):
            file = io.BytesIO()
            torch.save(content, file, _use_new_zipfile_serialization=new)
            yield file.getvalue()
    yield save(adapool(), {"conv": "adapool", "tau": "0.3"})
    yield save(adapool())[:60]


def tables() -> dict[str, list[dict[str, object]]]:
    """Rows of several kinds, by what they hold."""
    words = ["a good film", "a bad film", "a fine film", "a poor film"] * 2
    return {
        "classes": [{"text": t, "label": "no" if i % 2 else "yes"} for i, t in enumerate(words)],
        "numbers": [{"text": t, "score": i / 3} for i, t in enumerate(words)],
        "pairs": [{"text_a": t, "text_b": t[::-1], "label": i % 2} for i, t in enumerate(words)],
        "holes": [{"text": t if i % 3 else None, "label": i % 2} for i, t in enumerate(words)],
    }


def csvs() -> Iterator[bytes]:
    """Tables as CSV, and cells that break readers of CSV."""
    import pandas as pd

    for rows in tables().values():
        yield pd.DataFrame(rows).to_csv(index=False).encode()
    yield b'text,label\n"open quote,yes\na,no\n'
    yield b"text,text,label\na,b,1\nc,d,0\n"
    yield b"\xef\xbb\xbftext;label\r\na;1\r\nb;0\r\n"
    yield b"text,label\na\x00b,1\n\x00,0\nc,1,2,3\n"


def jsonls() -> Iterator[bytes]:
    """Tables as lines of JSON, and lines that are no objects."""
    for rows in tables().values():
        yield b"\n".join(map(_dumped, rows))
    yield b'["a", "b"]\n["c", "d"]\n'
    yield b'{"text": ["a"], "label": {"b": 1}}\n{"text": [], "label": 1e999}\n'
    yield b'{"text": "\\ud800 a", "label": "x"}\n{"text": "b", "label": "y"}\n'
    yield b"1\n2\n"


def parquets() -> Iterator[bytes]:
    """Tables as parquet, plain and nested."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = tables()
    nested = [{"text": ["a", "b"], "label": {"c": 1}}] * 4
    for table in (*rows.values(), nested):
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(table), sink, compression="none")
        yield sink.getvalue()
    twice = pa.Table.from_arrays([pa.array(["a", "b"]), pa.array(["c", "d"])], ["text", "text"])
    sink = io.BytesIO()
    pq.write_table(twice, sink)
    yield sink.getvalue()


def ledgers() -> Iterator[bytes]:
    """Rows of the ledger, and lines that are none."""
    from tests.unit.experiments.rows import row

    good = row(right=[1, 0, 1]).line()
    yield (good + "\n" + row("mean").line() + "\n").encode()
    yield good.replace('"settings": {', '"settings": {"lr": [1, null], ').encode()
    yield b'{"schema": 1}\n[]\n' + b"[" * 3000 + b"\n"


def runs() -> Iterator[bytes]:
    """Requests with where they stand."""
    from glot.tasks.own import OwnColumns
    from glot.training.runs.folder import RunState
    from glot.training.runs.request import Request

    request = Request("own", "own.csv", "own.csv", {}, OwnColumns(text="t"), "minilm", ("mean",))
    state = RunState("done", 1.0, "done", 2.5, ({"pooler": "mean"},))
    yield request.to_json().encode() + GAP + _dumped(asdict(state))
    yield request.to_json().encode() + GAP + b"{}"


SEEDS = {
    "card": cards,
    "checkpoint": checkpoints,
    "reference": references,
    "csv": csvs,
    "jsonl": jsonls,
    "parquet": parquets,
    "ledger": ledgers,
    "run": runs,
}

if __name__ == "__main__":
    write()
