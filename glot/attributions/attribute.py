"""All attributions of one text through one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glot.attributions.attributed import REFERENCE, TITLES, Attributed
from glot.attributions.edges import edge_importance
from glot.attributions.faithfulness import DRAWS, Places, curves, kendall, random_rankings, ranking
from glot.attributions.gradients import (
    STEPS,
    Integrated,
    gradient_times_input,
    integrated_gradients,
    integrated_through_backbone,
)
from glot.attributions.occlusion import occlusion
from glot.attributions.scored import Scored
from glot.attributions.units import Floats, Units
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.heads.shelf import Shelf

# Longer texts are cut: each token asks for some forty passes of the head.
MAX_TOKENS = 128
# Where the backbone reads each shortened text, or is differentiated, it costs more.
MAX_TOKENS_BACKBONE = 64
# Task layers whose output is a cosine.
COSINES = ("similarity", "contrastive")


@dataclass(frozen=True)
class How:
    """Ways of attribution.

    Attributes:
        words: merge tokens to words: a word is taken away as a whole, its tokens' π and gradients
            are summed up.
        removal: what taking away means: `pooling` or `text`, see `Scored.without`.
        baseline: of integrated gradients: `zero` or `mean`.
        steps: of integrated gradients.
        embeddings: also integrated gradients from the backbone's input embeddings.
    """

    words: bool = False
    removal: str = "pooling"
    baseline: str = "zero"
    steps: int = STEPS
    embeddings: bool = False

    @property
    def max_tokens(self) -> int:
        """Where texts are cut."""
        dear = self.embeddings or self.removal == "text"
        return MAX_TOKENS_BACKBONE if dear else MAX_TOKENS


def attribute_text(
    text: str,
    backbone: Backbone,
    shelf: Shelf,
    pooler: str,
    *,
    other: str | None = None,
    second: bool = False,
    target: str | None = None,
    how: How | None = None,
) -> Attributed:
    """π, occlusion, gradients and edges of one text, and how faithful each ranking is.

    The head runs as it was trained: its layer, its τ, its similarity, special tokens among the
    rest. Example:

        from glot.attributions.attribute import attribute_text
        from glot.backbones import load_backbone
        from glot.heads.shelf import load_heads

        backbone = load_backbone("minilm")
        shelf = load_heads(backbone, "sst2")
        found = attribute_text("The film is not bad at all.", backbone, shelf, "glot")
        found.rows["occlusion"], found.numbers()["readout"].kendall

    Args:
        text: whose tokens are attributed.
        backbone: the backbone that the heads were trained on.
        shelf: heads of this backbone and a task.
        pooler: whose head.
        other: the second text, for heads of pairs; it stays as it is.
        second: whether `text` stands second in the pair.
        target: the class; None: the one that the head tells.
        how: ways of attribution; None: the defaults.

    Raises:
        GlotError: there is no such head; a text, the class or a setting is not accepted; or the
            head makes numbers that are not finite.
    """
    how = how or How()
    scored = Scored(
        text,
        backbone,
        _head(shelf, pooler),
        other=other,
        second=second,
        target=target,
        max_tokens=min(how.max_tokens, backbone.context),
    )
    states = scored.states
    units = Units.of(states.tokens[0], states.offsets[0], text, how.words, how.removal)
    integrated = _integrated(scored, how)
    rows = _rows(scored, units, how, integrated)
    drawn = random_rankings(units, DRAWS[how.removal])
    ranked = {name: ranking(values, units) for name, values in rows.items()}
    orders = {name: order for name, order in ranked.items() if order is not None}
    found = curves(scored, units, [*orders.values(), *drawn], how.removal) if drawn else []
    return Attributed(
        text=text,
        other=other,
        second=second,
        backbone=backbone.name,
        task=scored.card.task,
        pooler=pooler,
        tau=scored.card.pooler.tau if scored.head.pooler.uses_graph else None,
        classes=scored.classes,
        target=scored.target,
        prediction=scored.prediction,
        score=scored.score,
        words=how.words,
        removal=how.removal,
        tokens=states.tokens[0],
        units=units.names,
        removable=tuple(units.removable.tolist()),
        rows=rows,
        curves=dict(zip(orders, found, strict=False)),
        random=tuple(found[len(orders) :]),
        random_kendall=_agreement(drawn, rows[REFERENCE]),
        integrated=integrated,
        edges=edge_importance(scored),
        notes=_notes(scored, rows, ranked, how),
    )


def _head(shelf: Shelf, pooler: str) -> TrainedHead:
    trained = shelf.heads.get(pooler)
    if trained is None:
        raise GlotError(
            shelf.broken.get(pooler, f"There is no trained {pooler} head for this task."),
            f"Accepted: {', '.join(shelf.heads) or 'a pooler with a trained head'}.",
            f"Train one: {shelf.command} --pooler {pooler}",
        )
    return trained


def _integrated(scored: Scored, how: How) -> dict[str, Integrated]:
    found = {"integrated": integrated_gradients(scored, how.baseline, how.steps)}
    if how.embeddings:
        found["embeddings"] = integrated_through_backbone(scored, how.baseline, how.steps)
    return found


def _rows(
    scored: Scored, units: Units, how: How, integrated: dict[str, Integrated]
) -> dict[str, Floats]:
    """Attributions of units, in the order in which they are shown."""
    summed = {name: units.sums(each.values) for name, each in integrated.items()}
    rows = {
        "readout": units.sums(scored.pooled.weights[0].double().cpu().numpy()),
        REFERENCE: occlusion(scored, units, how.removal),
        "gradient": units.sums(gradient_times_input(scored)),
        **summed,
    }
    return {name: rows[name] for name in TITLES if name in rows}


def _agreement(drawn: list[Places], reference: Floats) -> float | None:
    """Mean of Kendall's τ between random rankings and occlusion."""
    found = []
    for order in drawn:
        values = np.full(len(reference), np.nan)
        values[order] = -np.arange(len(order), dtype=float)
        found.append(kendall(values, reference))
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def _notes(
    scored: Scored, rows: dict[str, Floats], ranked: dict[str, Places | None], how: How
) -> tuple[str, ...]:
    """Cut texts, equal texts, rows that rank nothing, tokens that cannot be taken away."""
    told = []
    cut, kept = scored.states.n_cut[0], len(scored.states.tokens[0])
    if cut:
        told.append(
            f"The text has {kept + cut:,} tokens; the first {kept:,} were used and {cut:,} were "
            f"cut, for each token asks for many runs (the limit is {how.max_tokens})."
        )
    if scored.same:
        told.append(
            "Both texts are the same. What is shown is what one of them adds while the other "
            "stays whole."
        )
    if how.baseline == "zero" and scored.head.config.name in COSINES:
        told.append(
            "The output is a cosine, which has no value at the zero baseline and is the same all "
            "along a straight path from it: integrated gradients need not add up. Choose the "
            "mean baseline."
        )
    removable = int(np.isfinite(rows[REFERENCE]).sum())
    if removable < 2:
        told.append(
            f"Only {'one' if removable else 'none'} of the {'words' if how.words else 'tokens'} "
            "can be taken away with something left over: there is nothing to rank."
        )
    elif ranked["readout"] is None:
        told.append(
            "π is the same for all of them: it ranks nothing, so it has no curve and no numbers."
        )
    return tuple(told)
