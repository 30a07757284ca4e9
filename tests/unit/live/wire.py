"""The line between a widget and a notebook, without a kernel: ipywidgets' own messages, kept."""

from __future__ import annotations

from typing import Any

import comm
from comm.base_comm import BaseComm


class Wire(BaseComm):
    """Attributes: sent, the messages to the browser: type, data and buffers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any], list[bytes]]] = []
        super().__init__(*arguments, **options)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        self.sent.append((msg_type, data, [bytes(each) for each in buffers or []]))

    def hear(self, **state: Any) -> None:
        """The browser has set traits."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.handle_msg({"content": {"data": data}, "buffers": []})

    def updates(self) -> list[dict[str, Any]]:
        """What Python has told the browser since the widget was made."""
        return [data["state"] for _, data, _ in self.sent[1:] if data["method"] == "update"]


def connect(monkeypatch: Any) -> None:
    """Widgets made from now on have a wire as their `comm`."""
    monkeypatch.setattr(comm, "create_comm", Wire)
