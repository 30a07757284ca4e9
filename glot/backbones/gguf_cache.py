"""Unpacked GGUF models, kept as safetensors: reading the GGUF again takes half a minute."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from glot.backbones.source import Source
from glot.paths import cache_folder


def bars_on_terminals_only() -> None:
    """Keep transformers' progress bar out of files and pipes, where messages are read.

    It draws one while it unpacks, whatever its own setting for progress bars says.
    """
    import transformers.modeling_gguf_pytorch_utils as unpacking
    from tqdm.auto import tqdm

    # None means: off where the stream is no terminal.
    unpacking.tqdm = partial(tqdm, disable=None)


def cached_folder(source: Source) -> Source | None:
    """The unpacked form of a GGUF source, if it was stored before and the file is the same."""
    if source.gguf_file is None:
        return None
    folder = _folder(source)
    return Source(source.name, str(folder)) if (folder / "config.json").is_file() else None


def store_folder(source: Source, model: Any, tokenizer: Any) -> None:
    """Keep the unpacked model and tokenizer; a full disk only costs the next start its speed."""
    target = _folder(source)
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(mkdtemp(dir=target.parent))
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        # The name appears only when all is written, so a cut-off run leaves nothing half-done.
        partial.rename(target)
    except OSError:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _folder(source: Source) -> Path:
    import transformers

    file = Path(source.location, source.gguf_file or "")
    status = file.stat()
    key = f"{file.resolve()}|{status.st_size}|{status.st_mtime_ns}|{transformers.__version__}"
    return cache_folder() / "gguf" / hashlib.sha256(key.encode()).hexdigest()[:16]
