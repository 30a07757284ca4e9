"""A backbone's files → model and tokenizer, and in words what is wrong with them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import torch

from glot.backbones.gguf_cache import bars_on_terminals_only, cached_folder, store_folder
from glot.backbones.source import Source
from glot.backbones.tokenization import prepare_tokenizer
from glot.errors import GlotError


@dataclass(frozen=True)
class LoadedModel:
    """What a backbone's files hold.

    Attributes:
        model: on the CPU, in the format it is stored in, frozen, in eval mode.
        tokenizer: prepared (`prepare_tokenizer`).
        untrained: names of weights that the files do not hold.
    """

    model: Any
    tokenizer: Any
    untrained: frozenset[str]


def load_model(source: Source) -> LoadedModel:
    """Load a model and its tokenizer; a GGUF file is unpacked into the cache once.

    Raises:
        GlotError: the files are missing, incomplete or damaged, hold no safetensors weights, or
            need code of their own; or the tokenizer cannot tell character offsets.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    loaded = _from_cache(source)
    if loaded is None:
        loaded = _load(source)
        if source.gguf_file:
            store_folder(source, loaded.model, loaded.tokenizer)
    prepare_tokenizer(loaded.tokenizer)
    return loaded


def _from_cache(source: Source) -> LoadedModel | None:
    """What was unpacked before; a damaged copy is removed, to be made again."""
    unpacked = cached_folder(source)
    if unpacked is None:
        return None
    try:
        return _load(unpacked)
    except GlotError:
        shutil.rmtree(unpacked.location, ignore_errors=True)
        return None


def _load(source: Source) -> LoadedModel:
    try:
        return _load_found(source)
    except GlotError:
        raise
    except Exception as error:
        # What can be wrong with a model's files comes as OSError, ValueError, KeyError …
        # from transformers, and as bare subclasses of Exception from the Rust libraries.
        raise _explain(source, error) from error


def _load_found(source: Source) -> LoadedModel:
    """A model that lies on this machine is never asked for on the network."""
    if source.is_local:
        return _load_files(source, offline=True)
    try:
        return _load_files(source, offline=True)
    except OSError:
        check_on_hub(source.name)
        return _load_files(source, offline=False)


def _load_files(source: Source, offline: bool) -> LoadedModel:
    from transformers import AutoConfig, AutoModel, AutoTokenizer, GgufConfig

    # Never True: a model's own code is not run.
    common: dict[str, Any] = {"trust_remote_code": False, "local_files_only": offline}
    if source.gguf_file:
        common["gguf_file"] = source.gguf_file
    config = AutoConfig.from_pretrained(source.location, **common)
    extra: dict[str, Any] = {"use_safetensors": True, "dtype": "auto"}
    if source.gguf_file:
        bars_on_terminals_only()
        extra = {"quantization_config": GgufConfig(dequantize=True), "dtype": torch.float32}
    model, info = AutoModel.from_pretrained(
        source.location,
        config=config,
        output_loading_info=True,
        **common,
        **extra,
    )
    untrained = _check_complete(source, info)
    if config.is_encoder_decoder:
        model = model.get_encoder()
    tokenizer = AutoTokenizer.from_pretrained(source.location, **common)
    return LoadedModel(model.eval().requires_grad_(False), tokenizer, frozenset(untrained))


def check_on_hub(name: str) -> None:
    """One question to the hub, before transformers asks many with pauses of its own.

    Raises:
        GlotError: the hub cannot be reached, or does not give this model to this user.
    """
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(name, timeout=10)
    except Exception as error:
        # Network and hub errors come from several libraries; every one means the same here.
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise GlotError(
            f"Unknown backbone {name!r}: no bundled name, no path, and the hub did not give it "
            f"({reason}).",
            "Accepted: minilm, smollm2, a folder, a .gguf file, or a hub id that this machine "
            "can reach.",
            "Check the spelling and the connection; a private model needs a login.",
        ) from error


def _check_complete(source: Source, info: dict[str, Any]) -> set[str]:
    """Names of missing weights, when only the unused pooling layer on top is missing.

    transformers fills missing weights with random numbers and goes on; token states from them
    would be noise.
    """
    missing = set(info["missing_keys"])
    needed = sorted(key for key in missing if "pooler" not in key)
    shapes = [str(entry[0]) for entry in info["mismatched_keys"]]
    if needed or shapes:
        names = ", ".join((needed + shapes)[:3])
        raise GlotError(
            f"The weights of {source.name!r} do not fit its config.json: {len(needed)} tensors "
            f"are missing and {len(shapes)} have another shape (such as {names}).",
            "Accepted: a complete model.",
            "Save or download it again.",
        )
    return missing


def _explain(source: Source, error: Exception) -> GlotError:
    """What transformers' error means for the user."""
    text = str(error)
    reason = " ".join(text.split())[:300]
    name = source.name
    if "custom code" in text or "trust_remote_code" in text:
        return GlotError(
            f"The backbone {name!r} needs code from its repository to run, which is refused.",
            "Accepted: architectures that transformers itself knows.",
            "Choose another model, or one converted to a known architecture.",
        )
    if "safetensors" in text and ("no file named" in text or "does not appear" in text):
        return GlotError(
            f"The backbone {name!r} has no safetensors weights ({reason}).",
            "Accepted: model.safetensors; pickled weights are never loaded.",
            "Convert it once with save_pretrained on a machine where you trust the file.",
        )
    return GlotError(
        f"The backbone {name!r} cannot be loaded: {reason}",
        "Accepted: config.json, model.safetensors and a tokenizer, or a GGUF file, of an "
        "architecture that transformers reads.",
        "Check that the files are complete.",
    )
