"""What a reader must know of an explanation, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from glot.attributions.reading import Reading
from glot.backbones.base import check_layer
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead
from glot.heads.shelf import Shelf
from glot.poolers import poolers_for
from glot.types import TokenStates


def notes(
    reading: Reading, shelf: Shelf, layer: int | None, similarity: str, special_tokens: bool
) -> tuple[str, ...]:
    """Cut texts, tokens left out, other layers and similarities, missing heads.

    Args:
        reading: the text.
        shelf: the heads.
        layer: whose graph is shown.
        similarity: kind of the graph that is shown.
        special_tokens: whether added tokens take part.
    """
    return (
        *_cut(reading.text, reading.full),
        *([] if special_tokens else _left_out(reading)),
        *_layer_shown(reading, layer),
        *_heads(reading, shelf, layer, similarity),
        *shelf.notes(),
    )


def _cut(text: str, states: TokenStates) -> tuple[str, ...]:
    """Says how much of the text was left out, and where it was cut."""
    cut = states.n_cut[0]
    if not cut:
        return ()
    kept = len(states.tokens[0])
    end = max(stop for _, stop in states.offsets[0])
    return (
        f"The text has {kept + cut:,} tokens; the first {kept:,} were used and {cut:,} were cut, "
        f"after “…{' '.join(text[:end].split())[-30:]}”.",
    )


def _left_out(reading: Reading) -> tuple[str, ...]:
    """Says which tokens take no part, and which pooler goes with them."""
    if not reading.added:
        return ("This backbone adds no special tokens to the text: there is none to leave out.",)
    names = ", ".join(dict.fromkeys(reading.full.tokens[0][place] for place in reading.added))
    fitting = poolers_for(reading.backbone.kind)
    poolers = [f"; so is the {name} pooler" for name in reading.gone if name in fitting]
    return (
        f"What the backbone adds ({names}) is left out of graph and pooling, though the backbone "
        f"still reads it{''.join(poolers)}.",
    )


def _layer_shown(reading: Reading, layer: int | None) -> tuple[str, ...]:
    if reading.is_last(layer):
        return ()
    return (
        f"The graph shown is that of layer {layer} of {reading.backbone.n_layers}; token weights "
        "and predictions rest on the last layer, unless another is named here.",
    )


def _heads(reading: Reading, shelf: Shelf, layer: int | None, similarity: str) -> tuple[str, ...]:
    """What a reader must know of the heads: pairs, other layers, other similarities."""
    told = []
    cards = {name: trained.card for name, trained in shelf.heads.items()}
    if any(card.pairs for card in cards.values()):
        told.append("The heads of this task compare two texts: π is shown, but no prediction.")
    told += _layers_read(reading, cards, layer)
    for name, trained in shelf.heads.items():
        told += other_similarity(name, trained, similarity, "the graph shows")
    return tuple(told)


def other_similarity(
    name: str, trained: TrainedHead, similarity: str, shown: str
) -> tuple[str, ...]:
    """Says that a head runs on graphs of another kind than it was trained on; nothing otherwise.

    Args:
        name: its pooler.
        trained: the head.
        similarity: kind of the graphs that it is run on.
        shown: what shows them, and its verb.
    """
    before = trained.card.pooler.similarity
    if not trained.head.pooler.uses_graph or before == similarity:
        return ()
    return (
        f"The {name} head was trained on graphs of {before} similarity; here it is run on "
        f"{similarity} similarity, as {shown}.",
    )


def _layers_read(
    reading: Reading, cards: Mapping[str, HeadCard], shown: int | None
) -> tuple[str, ...]:
    """Which heads read which layer, in one note, of those whose cards name one."""
    names: dict[int, list[str]] = {}
    for name, card in cards.items():
        if card.layer is not None:
            names.setdefault(card.layer, []).append(name)
    told = []
    for read, found in names.items():
        several = f"{', '.join(found[:-1])} and {found[-1]} heads read"
        who = several if len(found) > 1 else f"{found[0]} head reads"
        told.append(f"The {who} layer {read}{_unlike(reading, shown, read)}.")
    return (" ".join(told),) if told else ()


def _unlike(reading: Reading, shown: int | None, read: int) -> str:
    n_layers = reading.backbone.n_layers
    if check_layer(shown, n_layers) == check_layer(read, n_layers):
        return ""
    return f"; the graph shows {'the last one' if reading.is_last(shown) else f'layer {shown}'}"
