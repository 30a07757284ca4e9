"""Experiments: the paper's tables measured by us. One file a table, and a line in this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.registry import Registry

if TYPE_CHECKING:
    from glot.experiments.base import Experiment

EXPERIMENTS = Registry(
    "experiment",
    {
        "stress": "glot.experiments.stress:STRESS",
        "glue": "glot.experiments.glue:GLUE",
        "imdb": "glot.experiments.imdb:IMDB",
        "tau": "glot.experiments.tau:TAU",
        "convs": "glot.experiments.convs:CONVOLUTIONS",
        "mlp": "glot.experiments.mlp:MLP",
        "efficiency": "glot.experiments.efficiency:EFFICIENCY",
        "prompting": "glot.experiments.prompting:PROMPTING",
        "contrastive": "glot.experiments.contrastive:CONTRASTIVE",
        "centred": "glot.experiments.centred:CENTRED",
        "norms": "glot.experiments.norms:NORMS",
        "choices": "glot.experiments.choices:CHOICES",
        "scaling": "glot.experiments.scaling:SCALING",
        "grid": "glot.experiments.grid:GRID",
    },
)


def get_experiment(name: str) -> Experiment:
    """The experiment called `name`.

    Raises:
        GlotError: it is unknown.
    """
    experiment: Experiment = EXPERIMENTS.get(name)
    return experiment
