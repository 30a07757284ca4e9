"""Backbones by transformers: a hub id, a local folder, a GGUF file. Its names stay in here."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from typing import Any, Literal

import torch

from glot.backbones.base import Backbone, check_layer, cut_length, weights_fingerprint
from glot.backbones.gguf_cache import bars_on_terminals_only, cached_folder, store_folder
from glot.backbones.placement import choose_device, choose_dtype
from glot.backbones.source import Source, resolve
from glot.backbones.tokenization import (
    TokenizedTexts,
    context_length,
    prepare_tokenizer,
    tokenize,
    tokenizer_fingerprint,
)
from glot.errors import GlotError
from glot.types import TokenStates

# Settings that leave hidden states as they are; number format and device have their own names.
UNSHAPING = frozenset(
    {
        "_name_or_path",
        "architectures",
        "dtype",
        "id2label",
        "label2id",
        "output_attentions",
        "output_hidden_states",
        "quantization_config",
        "return_dict",
        "transformers_version",
        "use_cache",
    }
)


class HuggingFaceBackbone(Backbone):
    """A transformers model without its output head: frozen, eval, inference mode.

    Use `load`. One text batch runs at a time; calls from several threads queue.
    """

    def __init__(self, name: str, model: Any, tokenizer: Any, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._model = model
        self._tokenizer = prepare_tokenizer(tokenizer)
        self.settings_fingerprint = _settings_fingerprint(model.config)
        self.tokenizer_fingerprint = tokenizer_fingerprint(self._tokenizer)
        self._lock = threading.Lock()
        self.width = int(model.config.hidden_size)
        self.device = next(model.parameters()).device
        self.dtype = next(model.parameters()).dtype
        self.context = context_length(tokenizer, model)
        states = _probe(model)
        self.n_layers = len(states) - 1
        self.kind: Literal["encoder", "decoder"] = (
            "decoder" if _is_causal(states[-1]) else "encoder"
        )

    @classmethod
    def load(cls, name: str, device: str = "auto", dtype: str = "auto") -> HuggingFaceBackbone:
        """See `glot.backbones.load_backbone`."""
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
        where = choose_device(device)
        source = resolve(name)
        unpacked = cached_folder(source)
        try:
            model, tokenizer, untrained = _load(unpacked or source)
        except GlotError:
            raise
        except Exception as error:
            # What can be wrong with a model's files comes as OSError, ValueError, KeyError …
            # from transformers, and as bare subclasses of Exception from the Rust libraries.
            raise _explain(source, error) from error
        if source.gguf_file and unpacked is None:
            store_folder(source, model, tokenizer)
        # Of the weights as stored: after float16, which rounds otherwise, it would be another one.
        fingerprint = weights_fingerprint(
            (key, value) for key, value in model.named_parameters() if key not in untrained
        )
        # Quantised weights, unpacked, lie in float32, which is not the format they call for.
        stored = None if source.gguf_file else model.dtype
        model = model.to(where, choose_dtype(dtype, where, stored))
        return cls(source.name, model, tokenizer, fingerprint)

    def encode(
        self, texts: Sequence[str], max_tokens: int | None = None, layer: int | None = None
    ) -> TokenStates:
        """See `Backbone.encode`; states are float32."""
        block = check_layer(layer, self.n_layers)
        limit = cut_length(max_tokens, self.context)
        with self._lock:
            batch = tokenize(self._tokenizer, texts, limit)
            with torch.inference_mode():
                hidden = self._states(batch, block).float()
        # A clone made outside inference mode may take part in autograd, as training heads needs.
        return TokenStates(
            hidden=hidden.clone(),
            mask=batch.mask.to(self.device),
            tokens=batch.tokens,
            offsets=batch.offsets,
            n_cut=batch.n_cut,
        )

    def _states(self, batch: TokenizedTexts, block: int) -> torch.Tensor:
        """States (B, L, d) after a block; the others are kept only where one of them is asked."""
        last = block == self.n_layers
        output = self._model(
            input_ids=batch.ids.to(self.device),
            attention_mask=batch.mask.to(self.device),
            output_hidden_states=not last,
        )
        states: torch.Tensor = output.last_hidden_state if last else output.hidden_states[block]
        return states


def _load(source: Source) -> tuple[Any, Any, set[str]]:
    """Model on the CPU as stored, tokenizer, and names of weights that the files do not hold.

    A model that lies on this machine is never asked for on the network.
    """
    if source.is_local:
        return _load_files(source, offline=True)
    try:
        return _load_files(source, offline=True)
    except OSError:
        check_on_hub(source.name)
        return _load_files(source, offline=False)


def _load_files(source: Source, offline: bool) -> tuple[Any, Any, set[str]]:
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
    return model.eval().requires_grad_(False), tokenizer, untrained


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


def _settings_fingerprint(config: Any) -> str:
    """sha256 of a model's settings without those that say where it lies or what it is used for."""
    values = {key: value for key, value in config.to_dict().items() if key not in UNSHAPING}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _probe(model: Any) -> tuple[torch.Tensor, ...]:
    """Hidden states (2, 3, d) of all layers for two texts that begin with the same token.

    What a model does is asked of the model itself, not of its settings, whose names differ.
    """
    device = next(model.parameters()).device
    high = min(int(model.config.vocab_size) - 1, 100)
    ids = torch.tensor([[1, 2, 3], [1, high, high]], device=device)
    with torch.inference_mode():
        output = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
        )
    states: tuple[torch.Tensor, ...] = output.hidden_states
    return states


def _is_causal(last: torch.Tensor) -> bool:
    """Whether the first token's last state ignores what follows it."""
    return bool(torch.allclose(last[0, 0], last[1, 0], atol=1e-3, rtol=1e-3))


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
