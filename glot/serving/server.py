"""Start and stop: a socket, uvicorn, and an end in order."""

from __future__ import annotations

import socket
import sys
import time
from types import FrameType

import uvicorn

from glot.errors import GlotError
from glot.memory import spare_the_collector
from glot.serving.app import build_app
from glot.serving.batcher import Batcher
from glot.serving.limits import Limits
from glot.serving.model import Model

# How long one thread may keep Python to itself while another waits for it, in seconds. The worker
# needs it between any two products; with Python's own 0.005 each reading of a request holds it up.
SWITCH = 0.0005
# For answers that are being sent when the queue is empty, in seconds.
SENDING = 5


def bind(host: str, port: int) -> socket.socket:
    """Take an address before anything is loaded; nobody is listened to yet.

    Raises:
        GlotError: the port is taken, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise GlotError(
            f"The address {host}:{port} cannot be listened at: {error.strerror or error}.",
            "Accepted: an address of this machine and a free port from 1 to 65535.",
            "Stop the other program, or choose another port with --port.",
        ) from error
    return bound


def run_server(model: Model, bound: socket.socket, limits: Limits) -> None:
    """Answer requests until the process is told to stop (SIGTERM or Ctrl+C), then return.

    From then on new requests are refused with 503, and what has been taken is answered, for at
    most `limits.grace` seconds. A second signal ends it at once: they hear 503, too.

    Args:
        model: loaded and warm (`Model.warm_up`).
        bound: see `bind`.
        limits: what is accepted at once.
    """
    spare_the_collector()
    sys.setswitchinterval(SWITCH)
    batcher = Batcher(model, limits)
    config = uvicorn.Config(
        build_app(batcher),
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SENDING,
    )
    try:
        _Server(config, batcher).run(sockets=[bound])
    finally:
        batcher.abandon()
        batcher.join()


class _Server(uvicorn.Server):  # type: ignore[misc]
    """uvicorn's server, which goes on answering until the queue is empty.

    Args:
        config: of uvicorn.
        batcher: whose queue is to become empty.
    """

    def __init__(self, config: uvicorn.Config, batcher: Batcher) -> None:
        super().__init__(config)
        self._batcher = batcher
        self._signals = 0
        self._end = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets=sockets)
        for each in sockets or []:
            host, port = each.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            model = self._batcher.model
            print(
                f"Serving {model.backbone.name} with {model.pooler.config.name} at "
                f"http://{shown}:{port}",
                flush=True,
            )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hear of a signal; `on_tick` does what it asks for.

        uvicorn's own would make the process end as if killed by the signal.
        """
        self._signals += 1

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second: whether to stop listening."""
        if self._signals and not self._batcher.closing:
            self._batcher.close()
            self._end = time.monotonic() + self._batcher.limits.grace
        if self._signals > 1 or (self._signals and time.monotonic() > self._end):
            self._batcher.abandon()
            self.should_exit = True
        if self._batcher.finished:
            self.should_exit = True
        return bool(await super().on_tick(counter))
