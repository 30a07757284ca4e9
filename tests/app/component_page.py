"""A page with a browser component of our own: what it is sent, and what it would send back."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow

from tests.app.page import Page


class ComponentPage(Page):
    """A page whose component AppTest does not run.

    Attributes:
        component: its key in the session.
        reported: what it has reported; like a browser, every run sends it again.
    """

    component: ClassVar[str]

    def __init__(self, script: Any = None, /, **parameters: str) -> None:
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

    def drawn(self) -> bool:
        return bool(self.app.get("bidi_component"))

    @property
    def proto(self) -> Any:
        (found,) = self.app.get("bidi_component")
        assert found.key == self.component
        return found.proto

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

    def _sent(self) -> dict[str, Any]:
        sent = json.loads(self.proto.mixed.json)
        # Bytes anywhere would have made one text of the whole dictionary.
        assert isinstance(sent, dict)
        return sent
