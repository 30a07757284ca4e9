"""The Explore page without a browser: what is sent to one, and what one would send back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow

from app.state.explore import COMPONENT
from glot.paths import ROOT
from tests.app.page import Page


class Explore(Page):
    """The page with its component, which AppTest does not run.

    Attributes:
        reported: what the component has reported; like a browser, every run sends it again.
    """

    script = ROOT / "app" / "main.py"

    def __init__(self, script: Path | None = None, /, **parameters: str) -> None:
        self.reported: dict[str, Any] = {}
        super().__init__(script, **parameters)

    def run(self) -> Self:
        states = self.app._tree.get_widget_states()
        if self.reported and self.drawn():
            states.widgets.add(id=self.proto.id, json_value=json.dumps(self.reported))
        self.app._run(states)
        assert not self.app.exception
        if not self.drawn():
            # Streamlit forgets a component that is not drawn, and so does the browser.
            self.reported = {}
        return self

    def release(self, tau: float, nonce: int | None = None) -> Self:
        """The reader lets τ go; the report tells the nonce that it was made under, if given."""
        self.reported["tau"] = tau if nonce is None else [tau, nonce]
        return self.run()

    def view(self, **changed: Any) -> Self:
        """The reader draws or compares otherwise."""
        self.reported["view"] = json.dumps(changed)
        return self.run()

    def type(self, text: str) -> Self:
        self.app.text_area("text").set_value(text)
        return self.run()

    def open(self, name: str, content: bytes) -> Self:
        """Open a text file."""
        self.app.file_uploader("file").set_value((name, content, "text/plain"))
        return self.run()

    def text(self) -> str:
        return self.app.text_area("text").value

    def drawn(self) -> bool:
        return bool(self.app.get("bidi_component"))

    @property
    def proto(self) -> Any:
        (component,) = self.app.get("bidi_component")
        assert component.key == COMPONENT
        return component.proto

    def message(self) -> bytes:
        """The component's whole message."""
        return self.proto.SerializeToString(deterministic=True)

    @property
    def meta(self) -> dict[str, Any]:
        return json.loads(self._sent()["meta"])

    def array(self, name: str) -> np.ndarray:
        """A column of numbers as the browser reads it."""
        blob = self.proto.mixed.arrow_blobs[self._sent()[name]["__streamlit_arrow_ref__"]]
        (column,) = pyarrow.ipc.open_stream(blob.data).read_all().columns
        assert column.type == pyarrow.float32()
        return column.to_numpy()

    def arrays(self) -> set[str]:
        return set(self._sent()) - {"meta"}

    def pooler(self, name: str) -> dict[str, Any]:
        (found,) = [pooler for pooler in self.meta["poolers"] if pooler["name"] == name]
        return found

    def _sent(self) -> dict[str, Any]:
        sent = json.loads(self.proto.mixed.json)
        # Bytes anywhere would have made one text of the whole dictionary.
        assert isinstance(sent, dict)
        return sent
