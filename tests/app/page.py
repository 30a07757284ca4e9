"""The Explore page without a browser: what is sent to one, and what one would send back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from streamlit.testing.v1 import AppTest

from app.state.explore import COMPONENT
from glot.paths import ROOT


class Explore:
    """Wraps AppTest, which runs pages but no component.

    Attributes:
        app: the page.
        reported: what the component has reported; like a browser, every run sends it again.
    """

    def __init__(self, script: Path = ROOT / "app" / "main.py", **parameters: str) -> None:
        self.app = AppTest.from_file(str(script), default_timeout=120)
        self.app.query_params.update(parameters)
        self.reported: dict[str, Any] = {}
        self.app.run()

    def run(self) -> Explore:
        states = self.app._tree.get_widget_states()
        if self.reported and self.drawn():
            states.widgets.add(id=self.proto.id, json_value=json.dumps(self.reported))
        self.app._run(states)
        if not self.drawn():
            # Streamlit forgets a component that is not drawn, and so does the browser.
            self.reported = {}
        return self

    def release(self, tau: float, nonce: int | None = None) -> Explore:
        """The reader lets τ go; the report tells the nonce that it was made under, if given."""
        self.reported["tau"] = tau if nonce is None else [tau, nonce]
        return self.run()

    def view(self, **changed: Any) -> Explore:
        """The reader draws or compares otherwise."""
        self.reported["view"] = json.dumps(changed)
        return self.run()

    def type(self, text: str) -> Explore:
        self.app.text_area("text").set_value(text)
        return self.run()

    def click(self, key: str) -> Explore:
        self.app.button(key).click()
        return self.run()

    def open(self, name: str, content: bytes) -> Explore:
        """Open a text file."""
        self.app.file_uploader("file").set_value((name, content, "text/plain"))
        return self.run()

    def healthy(self) -> Explore:
        assert [error.value for error in self.app.error] == []
        assert not self.app.exception
        return self

    def errors(self) -> str:
        assert not self.app.exception
        return _read(self.app.error)

    def warnings(self) -> str:
        return _read(self.app.warning)

    def notes(self) -> str:
        return _read(self.app.info)

    def text(self) -> str:
        return self.app.text_area("text").value

    def link(self, name: str) -> str | None:
        """A URL parameter, which AppTest holds as a text or as a list of one."""
        value = self.app.query_params.get(name)
        return value[0] if isinstance(value, list) else value

    def setting(self, key: str) -> Any:
        return self.app.session_state[key]

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


def _read(messages: Any) -> str:
    return " ".join(message.value.replace("\\", "") for message in messages)
