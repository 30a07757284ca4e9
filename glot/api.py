"""What `import glot` offers: load a backbone, load or train a head, explain, embed, predict.

Everything else in the packages below is there for those who want more, and may change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.attributions.explanation import Explanation, Prediction
from glot.backbones import load_backbone
from glot.config import PoolerConfig, TrainConfig, check_tau
from glot.errors import GlotError, quoted
from glot.heads.checkpoint import TrainedHead, check_backbone, checkpoint_folder
from glot.paths import checkpoints_folder, data_folder, expanded, is_folder

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.poolers.base import Pooler
    from glot.tasks.base import Task
    from glot.tasks.own import OwnColumns


def load_head(where: str | Path, backbone: Backbone) -> TrainedHead:
    """Load a trained head for use on a backbone.

    Args:
        where: a checkpoint's folder; `backbone/task/pooler` in the folder of checkpoints, such as
            `minilm/sst2/glot`; or `owner/name` on the hub.
        backbone: the one that the head was trained on.

    Raises:
        GlotError: there is no such head, it is broken, or it belongs to another backbone.
    """
    for folder in (expanded(where), checkpoints_folder() / where):
        if is_folder(folder):
            return TrainedHead.from_pretrained(folder, backbone=backbone)
    if len(Path(where).parts) != 2:
        raise GlotError(
            f"There is no head at {quoted(str(where))}.",
            "Accepted: a checkpoint's folder, backbone/task/pooler such as minilm/sst2/glot, or "
            "owner/name on the hub.",
            "See what is there with: glot checkpoints list.",
        )
    return TrainedHead.from_pretrained(where, backbone=backbone)


def train(
    task: str | Path,
    backbone: Backbone,
    pooler: str | PoolerConfig = "glot",
    config: TrainConfig | None = None,
    *,
    columns: OwnColumns | None = None,
    test_file: Path | None = None,
    out: Path | None = None,
    data: Path | None = None,
    report: Callable[[dict[str, Any]], None] | None = None,
) -> TrainedHead:
    """Train a head and write its checkpoint; an interrupted call resumes when made again.

    Args:
        task: a task's name, or a file of your own: .csv, .tsv, .jsonl or .parquet.
        backbone: it stays frozen.
        pooler: its name, or all its settings.
        config: settings of training; every `lr` and `tau` is tried, the best on validation kept.
        columns: of your own file; by default the usual names are looked for.
        test_file: your own rows to report on; by default a fifth is cut off.
        out: the checkpoint's folder; by default BACKBONE/TASK/POOLER in the folder of checkpoints.
        data: a local folder of labelled data for tasks with a name; by default `GLOT_DATA`, else
            the hub.
        report: hears of progress (`glot.training.run.train_head`).

    Raises:
        GlotError: the task or file cannot be used, or training fails.
    """
    from glot.poolers import POOLERS, for_backbone
    from glot.training.run import Job, train_head

    config = config or TrainConfig()
    settings = PoolerConfig(pooler, tau=config.tau[0]) if isinstance(pooler, str) else pooler
    POOLERS.get(settings.name)
    settings = for_backbone(settings, backbone.kind)
    chosen = _task(task, columns, test_file)
    folder = out or checkpoint_folder(backbone.name, chosen.name, settings.name)
    job = Job(chosen, backbone, settings, config, folder, data or data_folder())
    return train_head(job, report) if report else train_head(job)


def embed(
    texts: Sequence[str],
    backbone: Backbone,
    head: TrainedHead | str = "mean",
    *,
    tau: float | None = None,
    max_tokens: int | None = None,
) -> npt.NDArray[np.float32]:
    """Sentence vectors z.

    Args:
        texts: N texts.
        backbone: gives the token states.
        head: a trained head, or a pooler without weights: `mean`, `max`, `cls` or `eos`.
        tau: instead of the head's own threshold.
        max_tokens: cut texts to so many tokens; by default as the head was trained.

    Returns:
        (N, D).

    Raises:
        GlotError: the head belongs to another backbone, or a text cannot be encoded.
    """
    from glot.heads.embed import embed_texts

    if isinstance(texts, str):
        raise GlotError(
            "One text in place of a list.", "Accepted: a list of texts.", "Write [text]."
        )
    if tau is not None:
        check_tau(tau)
    pooler, layer = _pooler(head, backbone)
    if isinstance(head, TrainedHead):
        max_tokens = max_tokens or head.card.max_tokens or None
    if not texts:
        return np.empty((0, pooler.out_width), dtype=np.float32)
    return np.concatenate(list(embed_texts(list(texts), backbone, pooler, max_tokens, layer, tau)))


def predict(
    texts: Sequence[str],
    backbone: Backbone,
    head: TrainedHead,
    others: Sequence[str] | None = None,
    *,
    tau: float | None = None,
) -> list[Prediction] | list[float]:
    """What a head says of each text, or of each pair.

    Args:
        texts: N texts, or the first texts of pairs.
        backbone: the head's own.
        head: trained on classes or numbers.
        others: the second texts of pairs.
        tau: instead of the head's own threshold.

    Returns:
        N predictions with the probability of each label, or N numbers.

    Raises:
        GlotError: the head tells neither, wants pairs where there are none or the other way
            round, or `embed` refuses the texts.
    """
    import torch

    card = head.card
    if card.head == "contrastive" or card.pairs != (others is not None):
        raise GlotError(
            f"A {card.head} head of {'pairs' if card.pairs else 'single texts'}, and "
            f"{'no second texts' if others is None else 'second texts'}.",
            "Accepted: classes or numbers; pairs with `others`, single texts without.",
        )
    sides = [
        torch.from_numpy(embed(side, backbone, head, tau=tau)).to(backbone.device)
        for side in (texts, others)
        if side is not None
    ]
    with torch.inference_mode():
        outputs = head.head(*sides).float().cpu()
    if not card.labels:
        return [float(value) for value in outputs]
    shares = outputs.softmax(dim=-1).tolist()
    return [
        Prediction(card.labels[row.index(max(row))], dict(zip(card.labels, row, strict=True)))
        for row in shares
    ]


def explain(
    text: str,
    backbone: Backbone,
    task: str = "sst2",
    *,
    max_tokens: int = 512,
    layer: int | None = None,
    similarity: str = "",
    special_tokens: bool = True,
) -> Explanation:
    """Token graph, token weights π and predictions of one text, at every τ from 0 to 1.

    Args:
        text: the text.
        backbone: gives the token states.
        task: whose heads: a task's name, or your own file that heads were trained on.
        max_tokens: cut the text to so many tokens.
        layer: whose graph is shown; None: the last.
        similarity: `cosine` or `centred`; by default what the GLOT head was trained with.
        special_tokens: whether tokens that the backbone adds take part.

    Raises:
        GlotError: a head is broken, the task is unknown, or the text cannot be encoded.
    """
    from glot.attributions.reading import CHOICES
    from glot.attributions.readout import explain_text
    from glot.heads.checkpoint import trained_task
    from glot.heads.shelf import load_heads

    name = trained_task(backbone.name, task)
    shelf = load_heads(backbone, name).check_sound()
    trained = shelf.heads["glot"].card.pooler.similarity if "glot" in shelf.heads else ""
    return explain_text(
        text,
        backbone,
        name,
        shelf,
        max_tokens=max_tokens,
        layer=layer,
        similarity=similarity or (trained if trained in CHOICES else "cosine"),
        special_tokens=special_tokens,
    )


def _task(task: str | Path, columns: OwnColumns | None, test_file: Path | None) -> Task:
    from glot.tasks import get_task
    from glot.tasks.files import SUFFIXES
    from glot.tasks.own import own_task

    if Path(task).suffix.lower() in SUFFIXES:
        return own_task(Path(task), columns, test_file)
    if columns is not None or test_file is not None:
        raise GlotError(
            f"Columns or a test file with the task {str(task)!r}.",
            f"Accepted: with a file of your own ({', '.join(SUFFIXES)}).",
        )
    return get_task(str(task))


def _pooler(head: TrainedHead | str, backbone: Backbone) -> tuple[Pooler, int | None]:
    """The pooler on the backbone's device, and the layer that it reads."""
    from glot.poolers import untrained_pooler

    if isinstance(head, TrainedHead):
        check_backbone(head.card, backbone)
        return head.head.to(backbone.device).pooler, head.card.layer
    return untrained_pooler(head, backbone.kind, backbone.width), None


__all__ = [
    "PoolerConfig",
    "TrainConfig",
    "TrainedHead",
    "embed",
    "explain",
    "load_backbone",
    "load_head",
    "predict",
    "train",
]
