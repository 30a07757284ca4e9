"""The Explore page without a browser."""

from __future__ import annotations

import json
from typing import Any, Self

from app.state.explore import COMPONENT
from glot.paths import ROOT
from tests.app.component_page import ComponentPage


class Explore(ComponentPage):
    script = ROOT / "app" / "main.py"
    component = COMPONENT

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

    def pooler(self, name: str) -> dict[str, Any]:
        (found,) = [pooler for pooler in self.meta["poolers"] if pooler["name"] == name]
        return found
