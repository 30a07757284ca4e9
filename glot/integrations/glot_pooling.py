"""The project's poolers as a module of sentence-transformers.

A saved model names this file and class in its `modules.json`, so neither is renamed.
"""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import torch
from torch.nn.utils.rnn import pad_sequence

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.extras import need
from glot.files import whole, write_tensors
from glot.heads.checkpoint import WEIGHTS, TrainedHead, read_head
from glot.poolers import build_pooler
from glot.poolers.compiled import CompiledGlot
from glot.types import Pooled

need("sentence_transformers", "GlotPooling is one of its modules.")

# A class needs its base class: this file alone imports the library when it is imported itself.
from sentence_transformers.sentence_transformer.modules import Pooling  # noqa: E402

from glot.integrations.by_length import pooled_by_length  # noqa: E402
from glot.integrations.pooling_card import told_as_ours  # noqa: E402
from glot.integrations.same_weights import has_weights  # noqa: E402


class GlotPooling(Pooling):  # type: ignore[misc]
    """Token states → sentence vectors by any of the project's poolers, τ graph and all.

    It stands where the library's own `Pooling` stands: after a `Transformer`. Vectors are not
    normalised, and come in the number format of the token states. Weights, similarities and
    attention stay in float32 whatever format the model is moved to: pairs near τ would fall to
    either side in fewer digits. Of states in bfloat16, the other products are made in bfloat16,
    where float32 would take twice the share of `encode`. A text with no token left (an empty one,
    say, whose prompt is left out) gets the zero vector, as from the library's mean.

    Args:
        embedding_dimension: d, the width of the token states.
        pooler: settings, also as a dict of them, or a name with the default settings.
        include_prompt: whether a prompt's tokens are pooled with the others.
        backbone: name of the backbone that the pooler was trained on.
        fingerprint: of that backbone's weights; empty: not known, and not checked.

    Raises:
        GlotError: the pooler is unknown, or a setting is not possible.
    """

    config_keys = ["embedding_dimension", "pooler", "include_prompt", "backbone", "fingerprint"]  # noqa: RUF012

    def __init__(
        self,
        embedding_dimension: int,
        pooler: PoolerConfig | dict[str, Any] | str = "glot",
        include_prompt: bool = True,
        backbone: str = "",
        fingerprint: str = "",
    ) -> None:
        super().__init__(embedding_dimension, include_prompt=include_prompt)
        self.pooler = build_pooler(_settings(pooler), embedding_dimension)
        # What `_compiled_form` gave, and whether weights may have changed unseen since.
        self._compiled: CompiledGlot | None = None
        self._unseen = False
        self.pooling_mode = self.pooler.config.name
        self.pooling_output_dimension = self.pooler.out_width
        self.backbone = backbone
        self.fingerprint = fingerprint

    @classmethod
    def from_head(cls, head: TrainedHead | Path | str, include_prompt: bool = True) -> Self:
        """The pooler of a trained head, copied, with weights that can be trained further.

        A head of a layer below the last wants that layer's states:
        `glot.integrations.sentence_transformers.sentence_transformer` sees to it.

        Args:
            head: loaded, or a checkpoint's folder.
            include_prompt: see the class.

        Raises:
            GlotError: the checkpoint is missing or broken.
        """
        trained = head if isinstance(head, TrainedHead) else read_head(Path(head))
        card = trained.card
        made = cls(card.width, card.pooler, include_prompt, card.backbone, card.fingerprint)
        made.pooler.load_state_dict(trained.head.pooler.state_dict())
        made.eval()
        return made

    def forward(self, features: dict[str, Any], **others: Any) -> dict[str, Any]:
        """Add `sentence_embedding` (B, D) and `token_weights` (B, L) to the features.

        Args:
            features: with `token_embeddings` (B, L, d), and as a rule `attention_mask` (B, L),
                padded on either side; or (1, N, d) of all texts in a row, with `cu_seq_lens_q`
                (B + 1,), where each of them begins. Nothing else in it is changed.
            others: part of the library's contract.

        Raises:
            GlotError: token states of another width, or not finite.
        """
        states, mask = _padded(features)
        prompt = features.get("prompt_length")
        if prompt is not None and not self.include_prompt:
            mask = _without_first(mask, int(torch.as_tensor(prompt).flatten()[0]))
        pooled = pooled_by_length(self._pooled, states, mask)
        features["sentence_embedding"] = pooled.embedding.to(states.dtype)
        features["token_weights"] = pooled.weights
        return features

    def train(self, mode: bool = True) -> Self:
        """As of any module. Weights are read again: not every change shows in a version."""
        self._unseen = True
        return super().train(mode)  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: without the compiled form, which is of these very weights."""
        return {**self.__dict__, "_compiled": None}

    def _pooled(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled:
        """What the pooler makes of texts, of which some may have no token."""
        device = hidden.device.type
        differs = torch.is_grad_enabled() or device != "cpu" or torch.is_autocast_enabled(device)
        if not differs and (form := self._compiled_form(hidden.dtype)):
            pooled = form(hidden, mask)
            if pooled is not None:
                return pooled
        mask = mask.bool()
        some = mask.any(dim=1)
        if some.all():
            return self._by_pooler(hidden, mask)
        none = ~some[:, None]
        pooled = self._by_pooler(hidden.masked_fill(none[..., None], 0), mask | none)
        return Pooled(pooled.embedding.masked_fill(none, 0), pooled.weights)

    def _by_pooler(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled:
        """By its own operations; of states in bfloat16, with its products in bfloat16."""
        narrow = hidden.dtype is torch.bfloat16
        with torch.autocast(hidden.device.type, torch.bfloat16) if narrow else nullcontext():
            return self.pooler(hidden, mask)  # type: ignore[no-any-return]

    def _compiled_form(self, dtype: torch.dtype) -> CompiledGlot | None:
        """That of the pooler's weights as they are now; None where it has none."""
        form = self._compiled
        if form is None or form.dtype is not dtype or not form.follow(self._unseen):
            form = self._compiled = CompiledGlot.of(self.pooler, dtype)
        self._unseen = False
        return form

    def on_model_ready(self, model: Any) -> None:
        """Tell of a transformer that the pooler was not made for; the library calls it.

        Args:
            model: the whole `SentenceTransformer`.

        Raises:
            GlotError: the token states have another width.
        """
        modules = list(model)
        before = modules[max(0, modules.index(self) - 1)]
        width = getattr(before, "get_embedding_dimension", lambda: self.embedding_dimension)()
        if before is not self and width != self.embedding_dimension:
            raise GlotError(
                f"Token states of width {width}.",
                f"This {self.pooling_mode} pooling takes width {self.embedding_dimension}.",
                f"Use {self.backbone or 'the backbone that it was made for'}, or make a new one.",
            )
        told_as_ours(model.model_card_data)
        if self.fingerprint and not has_weights(model.transformers_model, self.fingerprint):
            warnings.warn(
                f"This pooling was trained on the backbone {self.backbone!r} (weights "
                f"{self.fingerprint[:12]}), and the weights here are others. Its vectors mean "
                "little on them, unless you trained the two together; set fingerprint = '' then.",
                stacklevel=2,
            )

    def get_config_dict(self) -> dict[str, Any]:
        """What `config.json` holds, and `repr` shows."""
        values = {key: getattr(self, key) for key in self.config_keys}
        return {**values, "pooler": self.pooler.config.to_dict()}

    def save(
        self, output_path: str, *others: Any, safe_serialization: bool = True, **more: Any
    ) -> None:
        """Write `config.json` and `model.safetensors`; weights are never pickled, however asked.

        Args:
            output_path: a folder.
            others: part of the library's contract.
            safe_serialization: part of the library's contract.
            more: part of the library's contract.
        """
        self.save_config(output_path)
        with whole(Path(output_path, WEIGHTS)) as aside:
            write_tensors(aside, self.state_dict())

    @classmethod
    def load(
        cls,
        model_name_or_path: str,
        subfolder: str = "",
        token: bool | str | None = None,
        cache_folder: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
        **others: Any,  # noqa: ARG003
    ) -> Self:
        """Read what `save` wrote.

        Args:
            model_name_or_path: a folder, or a hub id.
            subfolder: of it.
            token: for the hub.
            cache_folder: for what comes from the hub.
            revision: on the hub.
            local_files_only: do not ask the hub.
            others: part of the library's contract.

        Raises:
            GlotError: a file is missing, broken, a pickle, or the two do not fit.
        """
        where: dict[str, Any] = {
            "subfolder": subfolder,
            "token": token,
            "cache_folder": cache_folder,
            "revision": revision,
            "local_files_only": local_files_only,
        }
        place = f"{model_name_or_path}/{subfolder}".rstrip("/")
        try:
            made = cls(**cls.load_config(model_name_or_path, **where))
        # Of a file that is missing, no JSON, or one of another module.
        except (TypeError, ValueError) as error:
            raise _unusable(place, cls.config_file_name, error) from error
        weights = cls.load_file_path(model_name_or_path, WEIGHTS, **where)
        _read(made, weights, place)
        return made

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        """Moved to other devices, never to other number formats: see the class."""

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.to(fn(tensor).device)

        return super()._apply(moved, recurse)  # type: ignore[no-any-return]


def _settings(given: PoolerConfig | dict[str, Any] | str) -> PoolerConfig:
    if isinstance(given, PoolerConfig):
        return given
    return PoolerConfig(given) if isinstance(given, str) else PoolerConfig.from_dict(given)


def _padded(features: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """States (B, L, d) and mask (B, L), from whichever form the transformer gives."""
    states = features["token_embeddings"]
    if "cu_seq_lens_q" in features:
        lengths = features["cu_seq_lens_q"].diff()
        texts = pad_sequence(states[0].split(lengths.tolist()), batch_first=True)
        places = torch.arange(texts.shape[1], device=texts.device)
        return texts, places < lengths[:, None].to(texts.device)
    mask = features.get("attention_mask")
    if mask is None or mask.shape[-1] != states.shape[1]:
        return states, torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
    return states, mask


def _without_first(mask: torch.Tensor, n: int) -> torch.Tensor:
    """The mask (B, L), bool, without the first n valid tokens of each text, wherever they stand."""
    mask = mask.bool()
    return mask & (mask.cumsum(dim=1) > n)


def _read(module: GlotPooling, path: str | None, place: str) -> None:
    """Fill a module with the weights of a file.

    Raises:
        GlotError: the file is missing or broken, or does not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path is None:
        raise _unusable(place, WEIGHTS, "it is not there; pickled weights are never loaded")
    try:
        module.load_state_dict(load_file(path))
    # The last is what tensors of other names or shapes raise.
    except (SafetensorError, OSError, RuntimeError) as error:
        raise _unusable(place, WEIGHTS, error) from error
    if not all(bool(value.isfinite().all()) for value in module.state_dict().values()):
        raise _unusable(place, WEIGHTS, "it holds NaN or infinite values")


def _unusable(place: str, file: str, reason: object) -> GlotError:
    return GlotError(
        f"The pooling in {place} cannot be loaded. {file}: {' '.join(str(reason).split())[:300]}",
        "Accepted: config.json and model.safetensors as GlotPooling writes them.",
        "Save the model again, or copy the whole folder again.",
    )
