"""Fuzzes one reader until told to stop: `python -m tests.fuzz.one TARGET [libFuzzer's options]`."""

from __future__ import annotations

import os
import sys
import warnings
from functools import reduce
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp

# Loaded before anything is instrumented: their own branches would drown ours.
OTHERS = ("torch", "pandas", "pyarrow.parquet", "safetensors.torch", "sklearn", "huggingface_hub")


def main() -> None:
    """Instrument our readers, then hand over to libFuzzer, which ends the process."""
    # Other threads would only disturb what the fuzzer counts.
    os.environ["OMP_NUM_THREADS"] = "1"
    import atheris

    warnings.simplefilter("ignore")
    for name in OTHERS:
        import_module(name)
    with atheris.instrument_imports(include=["glot"]):
        from tests.fuzz.mutate import json_mutated
        from tests.fuzz.targets import TARGETS, tried

        target = TARGETS[sys.argv[1]]
        _import_readers(sys.argv[1])
    for place in target.watched:
        module, _, path = place.partition(":")
        atheris.instrument_func(reduce(getattr, path.split("."), import_module(module)))
    # Never removed here: libFuzzer ends the process without Python's clean-up.
    folder = Path(mkdtemp(prefix="glot-fuzz-"))

    def test_one(data: bytes) -> None:
        tried(target, data, folder)

    def mutated(data: bytes, size: int, seed: int) -> bytes:
        random = Random(seed)
        made = json_mutated(data, random) if random.random() < 0.5 else None
        return atheris.Mutate(data, size) if made is None or len(made) > size else made

    atheris.Setup([sys.argv[0], *sys.argv[2:]], test_one, custom_mutator=mutated)
    atheris.Fuzz()


def _import_readers(name: str) -> None:
    """Read the corpus once: our readers import on the way what they need, instrumented."""
    from tests.fuzz.seeds import CORPUS
    from tests.fuzz.targets import TARGETS, tried

    with TemporaryDirectory(prefix="glot-fuzz-") as folder:
        for path in sorted((CORPUS / name).iterdir()):
            tried(TARGETS[name], path.read_bytes(), Path(folder))


if __name__ == "__main__":
    main()
