"""`glot serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from glot.cli import options

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.heads.shelf import Shelf


def serve(
    backbone: options.Backbone = "minilm",
    task: options.PoolersTask = "",
    pooler: options.UntrainedPooler = "",
    checkpoint: options.Checkpoint = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0: all of this machine's.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8700,
    queue: Annotated[int, typer.Option(help="Texts that may wait; more are refused (429).")] = 2048,
    max_texts: Annotated[int, typer.Option(help="Texts in one request.")] = 512,
    max_tokens: Annotated[int, typer.Option(help="Cut texts to so many tokens (0: context).")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds that a request may take.")] = 60.0,
    grace: Annotated[
        float, typer.Option(help="Seconds to answer what waits when the server is stopped.")
    ] = 30.0,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Answer requests for vectors and explanations over HTTP, until it is stopped.

    \b
    Example:
      glot serve --task sst2 --port 8700
      curl localhost:8700/embed -H "Content-Type: application/json" -d '{"texts": ["A text."]}'
    """
    from glot.extras import need

    for package in ("fastapi", "uvicorn"):
        need(package, "glot serve answers over HTTP with it.")
    from glot.backbones import load_backbone
    from glot.serving.limits import Limits
    from glot.serving.model import Model
    from glot.serving.server import bind, run_server
    from glot.threads import in_passing

    limits = Limits(queue=queue, texts=max_texts, timeout=timeout, grace=grace)

    def load() -> Model:
        model = load_backbone(backbone, device=device, dtype=dtype)
        chosen = options.chosen_pooler(model, task, pooler, checkpoint)
        shelf, explained = _shelf(model, task, chosen.head if checkpoint else None)
        card = chosen.head.card if chosen.head else None
        loaded = Model(model, chosen.pooler, card, explained, shelf, max_tokens)
        loaded.warm_up()
        return loaded

    with bind(host, port) as bound:
        # The server's own thread is the only one that computes.
        run_server(in_passing(load), bound, limits)


def _shelf(model: Backbone, task: str, only: TrainedHead | None) -> tuple[Shelf, str]:
    """The heads that explain, and their task: the head of --checkpoint, or those of --task."""
    from glot.heads.checkpoint import trained_task
    from glot.heads.shelf import Shelf, load_heads

    if only is not None:
        return Shelf({only.card.pooler.name: only}), only.card.task
    name = trained_task(model.name, task or options.DEFAULT_TASK)
    return load_heads(model, name).check_sound(), name
