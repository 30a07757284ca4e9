"""Heads of the published GLOT implementation: reading its files; names are in `reference_names`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from glot.errors import GlotError
from glot.integrations.reference_names import (
    SCORE_WEIGHT,
    SETTINGS,
    ReferenceHead,
    Value,
    is_ours_to_read,
    translate,
)
from glot.poolers import build_pooler
from glot.poolers.base import Pooler

# A torch file is a zip archive or, from before torch 1.6, a pickle; a safetensors file opens
# with eight bytes of length, then JSON.
TORCH_OPENINGS = (b"PK", b"\x80")
OPENING_BYTES = 9

# Where a file holds more than one head (averages, gradients), the one under such a key is meant.
USUAL_KEYS = ("state", "state_dict", "model_state_dict", "pooler_state_dict", "pooler", "model")

Flat = dict[str, Any]


def load_pooler(
    path: str | Path, tau: float | None = None, jumping_knowledge: str | None = None
) -> Pooler:
    """Read a pooler of the published implementation.

    The file is a safetensors file, its configuration in the metadata, or a torch file of tensors
    and plain values; which one its first bytes tell. Its tensors bear the published names
    (`convs.…`, `score_layer.…`) under any common prefix and at any depth; other tensors, such as
    those of a classifier beside the pooler, are left out. The configuration (`conv`, `in_dim`,
    `hidden_dim`, `num_layers`, `jk_mode`, `tau`; numbers or strings) stands anywhere beside
    them; what it leaves out is read off the shapes where they tell it.

    Nothing in the file is run: of a torch file, only what `weights_only` admits is read.

    Args:
        path: the file.
        tau: τ, instead of the file's. Required where the file has none, as shapes do not tell it.
        jumping_knowledge: `cat`, `max`, `mean` or `none`, instead of the file's. Shapes tell
            `cat` from the others, but not those from each other.

    Returns:
        Our pooler with the same outputs, in eval mode.

    Raises:
        GlotError: the file is missing, damaged or of another kind, holds more than tensors and
            plain values, contradicts itself, or leaves τ or the joining of layers open.
    """
    head = _find_head(Path(path), _flatten(_read(Path(path))))
    try:
        ours = translate(head, tau, jumping_knowledge)
        pooler = build_pooler(ours.config, ours.in_width)
        _load(pooler, ours.state)
    except GlotError as error:
        raise GlotError(f"{path}: {error.given}", error.accepted, error.remedy) from error
    return pooler.eval()


def _read(path: Path) -> Mapping[Any, Any]:
    """All that the file holds, as dicts of dicts; metadata stand beside the tensors."""
    try:
        with path.open("rb") as file:
            opening = file.read(OPENING_BYTES)
    except OSError as error:
        raise GlotError(
            f"Cannot read {path}: {error.strerror}.", "Accepted: a file that can be read."
        ) from error
    if opening[OPENING_BYTES - 1 :] == b"{":
        return _read_safetensors(path)
    if opening.startswith(TORCH_OPENINGS):
        return _read_torch(path)
    raise GlotError(
        f"Cannot read {path}: it is neither a safetensors nor a torch file.",
        "Accepted: a head of the published implementation in one of the two.",
    )


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        with safe_open(str(path), framework="pt") as file:
            names = file.keys()
            return {**(file.metadata() or {}), **{name: file.get_tensor(name) for name in names}}
    except (SafetensorError, OSError) as error:
        raise GlotError(
            f"Cannot read {path}: {error}.",
            "Accepted: a whole safetensors file.",
            "Copy or download it again.",
        ) from error


def _read_torch(path: Path) -> Mapping[Any, Any]:
    try:
        # An open file: given a path, torch goes by the suffix too.
        with path.open("rb") as file:
            content = torch.load(file, map_location="cpu", weights_only=True)
    # A damaged or hostile pickle makes torch raise nearly anything. Its own message is not
    # passed on: it proposes to unpickle all the same.
    except Exception as error:
        raise GlotError(
            f"Cannot read {path}: it is damaged, or holds objects that only running code of its "
            "own could restore, which is refused.",
            "Accepted: a torch file of tensors, numbers and strings.",
            "Copy it again, or have its owner save pooler.state_dict() with a dict of settings.",
        ) from error
    if not isinstance(content, Mapping):
        raise GlotError(
            f"{path} holds a {type(content).__name__}.",
            "Accepted: a dict of tensors, with or without its configuration.",
        )
    return content


def _flatten(content: Mapping[Any, Any]) -> Flat:
    """Tensors and plain values of dicts in dicts, by dotted names; lists and the like are left."""
    flat: Flat = {}
    # A pickle may hold one dict in several places, within itself even: each is read once.
    seen: set[int] = set()
    waiting = [("", content)]
    while waiting:
        prefix, mapping = waiting.pop()
        if id(mapping) in seen:
            continue
        seen.add(id(mapping))
        for key, value in mapping.items():
            if isinstance(value, Mapping):
                waiting.append((f"{prefix}{key}.", value))
            elif isinstance(value, torch.Tensor | str | int | float):
                flat[f"{prefix}{key}"] = value
    return flat


def _find_head(path: Path, content: Flat) -> ReferenceHead:
    tensors = {name: value for name, value in content.items() if isinstance(value, torch.Tensor)}
    prefix = _prefix(path, tensors)
    inside = {
        name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)
    }
    values = {name: value for name, value in content.items() if name not in tensors}
    return ReferenceHead(
        tensors={name: t for name, t in inside.items() if is_ours_to_read(name)},
        settings=_settings(values),
    )


def _prefix(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    """What stands before the names of the pooler's tensors, which all have a scoring layer."""
    ends = [name.removesuffix(SCORE_WEIGHT) for name in tensors if name.endswith(SCORE_WEIGHT)]
    found = [end for end in ends if not end or end.endswith(".")]
    if not found:
        raise GlotError(
            f"{path} has no tensor named {SCORE_WEIGHT}.",
            "Accepted: an AdaPool or GLOT head of the published implementation.",
        )
    usual = [end for end in found if end.split(".")[0] in ("", *USUAL_KEYS)]
    if len(found) > 1 and len(usual) != 1:
        keys = ", ".join(end or "one without a key" for end in found)
        raise GlotError(
            f"{path} holds several heads: {keys}.",
            "Accepted: one.",
            f"Save one of them under the key {USUAL_KEYS[1]!r} or in a file of its own.",
        )
    return (usual if len(found) > 1 else found)[0]


def _settings(values: dict[str, Value]) -> dict[str, Value]:
    """The configuration, wherever it stands among the plain values.

    What is stated twice and differently (a backbone may have a `hidden_dim` too) is taken for
    not stated: shapes tell it, or the arguments must.
    """
    found: dict[str, dict[str, Value]] = {}
    for name, value in values.items():
        key = name.rsplit(".", 1)[-1]
        if key in SETTINGS:
            found.setdefault(key, {})[str(value)] = value
    return {key: next(iter(said.values())) for key, said in found.items() if len(said) == 1}


def _load(pooler: Pooler, state: dict[str, torch.Tensor]) -> None:
    try:
        finite = all(bool(tensor.isfinite().all()) for tensor in state.values())
        pooler.load_state_dict(state)
    # Also from tensors without values of their own (sparse, quantised, on the meta device).
    except RuntimeError as error:
        raise GlotError(
            f"the tensors do not fit its {pooler.config.name} pooler: {error}",
            "Accepted: tensors of the published names and shapes.",
        ) from error
    if not finite:
        raise GlotError("some weights are NaN or infinite.", "Accepted: finite weights.")
