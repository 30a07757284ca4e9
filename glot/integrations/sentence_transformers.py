"""Trained heads as models of sentence-transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from glot.backbones.base import Backbone, check_layer, cut_length, weights_fingerprint
from glot.backbones.gguf_cache import cached_folder
from glot.backbones.source import resolve
from glot.backbones.tokenization import prepare_tokenizer
from glot.heads.checkpoint import TrainedHead, check_backbone, load_head
from glot.integrations.glot_pooling import GlotPooling as GlotPooling
from glot.integrations.revision import model_name, revision

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Transformer

# As a saved model's `modules.json` names the class.
CLASS = f"{GlotPooling.__module__}.{GlotPooling.__qualname__}"


def sentence_transformer(head: TrainedHead | Path | str, backbone: Backbone) -> SentenceTransformer:
    """A trained head's sentence vectors, as a model of the library.

    The vectors are those of `glot.heads.embed.embed_texts`: same layer, same cut, same padding,
    the backbone's own number format and device. The backbone is frozen; the pooler can be trained
    further. What the head's task layer says of the vectors has no place in such a model.

    Args:
        head: trained on this backbone: loaded, or a checkpoint's folder.
        backbone: one whose files the library can read: bundled, a folder, a GGUF file, a hub id.

    Raises:
        GlotError: the head belongs to another backbone, or is missing or broken.
    """
    from sentence_transformers import SentenceTransformer

    trained = head if isinstance(head, TrainedHead) else load_head(Path(head), backbone)
    card = trained.card
    check_backbone(card, backbone)
    modules = [
        transformer(backbone, card.max_tokens, card.layer),
        GlotPooling.from_head(trained),
    ]
    model = SentenceTransformer(modules=modules, device=str(backbone.device), local_files_only=True)
    mark(model)
    return model


def transformer(backbone: Backbone, max_tokens: int = 0, layer: int | None = None) -> Transformer:
    """A loaded backbone as the library's first module: frozen, with the same token states.

    Args:
        backbone: one whose files the library can read: bundled, a folder, a GGUF file, a hub id.
        max_tokens: texts are cut to this many tokens; 0: to the backbone's context.
        layer: whose states become the token states; None: the last. Below the last, the layers
            above are computed all the same.

    Raises:
        GlotError: there is no such layer, or a negative number of tokens.
    """
    from sentence_transformers.sentence_transformer.modules import Transformer

    source = resolve(backbone.name)
    source = cached_folder(source) or source
    # All that the backbone was loaded from is on this machine.
    local = {"local_files_only": True}
    made = Transformer(
        source.location,
        model_kwargs={**local, "use_safetensors": True, "dtype": backbone.dtype},
        processor_kwargs=dict(local),
        config_kwargs=dict(local),
        **_states_of(check_layer(layer, backbone.n_layers), backbone),
    )
    # Padded as the backbone pads: models with absolute positions count them from the left.
    prepare_tokenizer(made.tokenizer)
    made.max_seq_length = cut_length(max_tokens, backbone.context)
    made.model.requires_grad_(False)
    return made


def load_sentence_transformer(where: str | Path, **options: Any) -> SentenceTransformer:
    """A saved model with a `GlotPooling` in it.

    `SentenceTransformer(where)` itself refuses every class that is not the library's own, unless
    it is told to run whatever code the model names. Here one class more is known, this project's,
    and all others are refused as before.

    Args:
        where: a folder, or a hub id.
        options: those of `SentenceTransformer`.

    Raises:
        GlotError: the pooling's files are missing or broken.
        ValueError: the model names another class that is not the library's own.
    """
    from sentence_transformers import SentenceTransformer

    # The library's way for classes that are imported already; not part of its promised interface,
    # so a test holds it against the pinned version.
    model = SentenceTransformer._load_with_module_classes(
        str(where), {CLASS: GlotPooling}, **options
    )
    mark(model)
    return model


def mark(model: SentenceTransformer) -> None:
    """Give a model the name and the revision under which other software files its results.

    Two heads would otherwise share one, and mteb would show the results of the first for the
    second. Call it again after training.

    Args:
        model: with a `GlotPooling` in it.
    """
    pooling = next(module for module in model if isinstance(module, GlotPooling))
    weights = weights_fingerprint(model[0].named_parameters())
    told = weights, repr(model[0]), model.max_seq_length, pooling.include_prompt
    card = model.model_card_data
    card.base_model_revision = revision(pooling.pooler, *told)
    if not card.model_name:
        card.model_name = model_name(pooling.backbone, pooling.pooling_mode)


def _states_of(layer: int, backbone: Backbone) -> dict[str, Any]:
    """The library's settings for the states of a layer; none for the last."""
    if layer == backbone.n_layers:
        return {}
    output = {"method": "forward", "method_output_name": ["hidden_states", layer]}
    return {"modality_config": {"text": output}, "module_output_name": "token_embeddings"}
