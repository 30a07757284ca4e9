"""Which cells the experiments plan on our backbones, so that what is not measured can be shown.

The plans themselves need torch and take seconds to unfold, so their outline is stored in
`assets/planned.csv`, without the digests of settings; `python -m glot.experiments.planned` writes
it, and a test proves that it is current.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError
from glot.experiments.comparison import group_of
from glot.experiments.paper import fill_command
from glot.paths import assets_folder

if TYPE_CHECKING:
    import pandas as pd

    from glot.experiments.base import Scope

FILE = "planned.csv"
# Cells that measure costs have no task of `glot.tasks` (`glot.experiments.efficiency`).
COSTS = ("train_ms", "train_mib", "inference_ms", "inference_mib", "parameters")
COST_TASK, LENGTH_TASK, COST_SPLIT = "cola-length", "length-", "generated"
CONTRASTIVE, LEARNT_ON = "contrastive", "msmarco_pairs"
# What a pooler's name in a cell is followed by; each is a part of its own in the method's name.
PARTS = re.compile(r"random edges|all edges|(?:layer|tau|K|width|projection) [\d.]+|\S+")


@dataclass(frozen=True)
class Planned:
    """What one head or method is planned to be measured on.

    Attributes:
        experiment: a name in `glot.experiments.EXPERIMENTS`.
        backbone: name of one of our backbones.
        task: name of the task.
        method: what will stand in the tables.
        regime: see `glot.experiments.row.Row.regime`.
        seeds: how many runs.
        split: where a cell reports on other tasks, the split that is reported; empty: the task's
            own splits.
        metric: likewise.
    """

    experiment: str
    backbone: str
    task: str
    method: str
    regime: str
    seeds: int
    split: str = ""
    metric: str = ""


@cache
def planned() -> tuple[Planned, ...]:
    """All of the stored outline.

    Raises:
        GlotError: the file is missing or damaged.
    """
    path = assets_folder() / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            return tuple(Planned(seeds=int(line.pop("seeds")), **line) for line in lines)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise GlotError(
            f"The outline of what is planned cannot be read from {path}: {error}.",
            "Accepted: the file as it ships with the project.",
            "Write it again with: python -m glot.experiments.planned",
        ) from error


def with_planned(frame: pd.DataFrame, plans: Iterable[Planned]) -> pd.DataFrame:
    """A summary of ours with a line for everything that is planned and not measured.

    Only of each task's first metric: the others come with it.

    Args:
        frame: as `glot.experiments.tables.summary` gives it.
        plans: of the same experiment.

    Returns:
        The same columns and `planned`, the number of seeds that are planned (0: not in the
        outline). Lines that are not measured have no value and 0 seeds.
    """
    import pandas as pd

    plans = list(plans)
    seeds = {(p.backbone, p.method, p.regime, p.task): p.seeds for p in plans}
    names = frame[["backbone", "method", "regime", "task"]].itertuples(index=False, name=None)
    known = frame.assign(planned=[seeds.get(name, 0) for name in names])
    places = ["backbone", "method", "regime", "task", "split", "metric"]
    there = set(frame[places].itertuples(index=False, name=None))
    missing = [
        line
        for plan in plans
        for line in _lines(plan)
        if tuple(line[name] for name in places) not in there
    ]
    if not missing:
        return known
    more = pd.DataFrame(missing, columns=list(known.columns))
    return pd.concat([known, more.astype(known.dtypes.to_dict())], ignore_index=True)


def _lines(plan: Planned) -> Iterator[dict[str, Any]]:
    """One line of a summary for each thing that the plan will report first."""
    own = [(plan.split, plan.metric, "", None)] if plan.split else _reported(plan.task)
    for split, metric, protocol, ratio in own:
        yield {
            "source": "ours",
            "backbone": plan.backbone,
            "method": plan.method,
            "regime": plan.regime,
            "setting": "",
            "group": group_of(plan.task, protocol),
            "task": plan.task,
            "split": split,
            "metric": metric,
            "ratio": ratio,
            "value": None,
            "deviation": None,
            "seeds": 0,
            "bound": "",
            "planned": plan.seeds,
        }


def _reported(task: str) -> list[tuple[str, str, str, float | None]]:
    """Split, metric, protocol and ratio of what a task's cells report first."""
    from glot.tasks import get_task

    if task == COST_TASK:
        return [(COST_SPLIT, metric, "", None) for metric in COSTS]
    if task.startswith(LENGTH_TASK):
        return [(COST_SPLIT, "graph_ms", "", None)]
    known = get_task(task)
    # Only generated tasks have these.
    protocol = getattr(known.reader, "protocol", "")
    ratio = getattr(known.reader, "ratio", None)
    return [(split, known.metric, protocol, ratio) for split in known.evaluation_splits]


def unfold(scopes: Iterable[Scope]) -> list[Planned]:
    """What the experiments plan, from their own cells; loads torch.

    Args:
        scopes: one for each of our backbones.
    """
    from glot.experiments import EXPERIMENTS, get_experiment
    from glot.integrations.mteb_tasks import TASKS

    found: dict[tuple[str, ...], int] = {}
    for name in EXPERIMENTS.names():
        experiment = get_experiment(name)
        for scope in scopes:
            if scope.backbone not in experiment.backbones:
                continue
            for cell in experiment.cells(scope):
                backbone, task, slug, regime, *last = cell.key.split("/")
                if last and not last[0].startswith("seed-"):
                    continue
                key = (name, backbone, task, method_of(slug), regime.partition("~")[0])
                found[key] = found.get(key, 0) + 1
    names = [entry.name for entry in fields(Planned)]
    plans = [
        Planned(seeds=seeds, **dict(zip(names, key, strict=False))) for key, seeds in found.items()
    ]
    others = [
        replace(plan, task=task.name, split=task.split, metric=task.metric)
        for plan in plans
        if plan.experiment == CONTRASTIVE
        for task in TASKS
    ]
    return plans + others


def method_of(slug: str) -> str:
    """The method whose name in a cell this is: `glot-tau-0.2` → `glot, tau 0.2`."""
    from glot.experiments.contrastive import OWN_EMBEDDING
    from glot.experiments.efficiency import TUNINGS
    from glot.experiments.fine_tuning import method_name
    from glot.experiments.prompting import PROMPTS
    from glot.poolers import POOLERS

    named = [method_name(tuning, kind) for tuning in TUNINGS for kind in PROMPTS]
    named += [prompt.method for prompts in PROMPTS.values() for prompt in prompts]
    by_slug = {re.sub(r"[^\w.+]+", "-", m).strip("-"): m for m in (*named, OWN_EMBEDDING)}
    by_slug |= {re.sub(r"[^a-zA-Z0-9.]+", "-", m).strip("-"): m for m in named}
    if slug in by_slug:
        return by_slug[slug]
    words = slug.replace("-", " ")
    return ", ".join(PARTS.findall(words)) if words.split()[0] in POOLERS.names() else words


def fill_cell_command(experiment: str, backbone: str, task: str, method: str, regime: str) -> str:
    """The command that measures one planned head or method, with all its seeds and its search."""
    # Its cells are named by what they learn from, and report on mteb's tasks too.
    task = LEARNT_ON if experiment == CONTRASTIVE else task
    # Cells without a seed in their name are named by `glot.experiments.efficiency`.
    kept = r"[^a-zA-Z0-9.]+" if regime == "measured" else r"[^\w.~+-]+"
    slug = re.sub(kept, "-", method).strip("-")
    return f"{fill_command(experiment, backbone)} --only {task}/{slug}/{regime}"


def our_scopes() -> list[Scope]:
    """The bundled backbones as experiments see them; loads both."""
    from glot.backbones import BUNDLED, load_backbone
    from glot.experiments.base import Scope

    models = [load_backbone(name, device="cpu") for name in BUNDLED]
    return [Scope(m.name, m.kind, m.width, m.n_layers, m.context) for m in models]


def write(plans: Iterable[Planned]) -> None:
    """Store the outline."""
    with (assets_folder() / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([entry.name for entry in fields(Planned)])
        writer.writerows(astuple(plan) for plan in plans)


if __name__ == "__main__":
    write(unfold(our_scopes()))
