"""A page without a browser: what a reader does on it, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Self

from streamlit.testing.v1 import AppTest


def script_of(page: str) -> str:
    """The dashboard, opened on a page of `app.navigation`."""
    return f"from app.navigation import run\nrun({page!r})\n"


class Page:
    """Wraps AppTest, which runs pages but no component.

    Each page is a subclass with its own script and whatever else is done and read on it.

    Args:
        script: a script, or a file that holds one, in place of the class's own.
        **parameters: the link that the page is opened by.

    Attributes:
        script: what is run unless another script is given.
        timeout: seconds that a run may take.
        app: the page.
    """

    script: ClassVar[str | Path]
    timeout: ClassVar[float] = 120

    def __init__(self, script: str | Path | None = None, /, **parameters: str) -> None:
        script = script or self.script
        begin = AppTest.from_file if isinstance(script, Path) else AppTest.from_string
        self.app = begin(script, default_timeout=self.timeout)
        self.app.query_params.update(parameters)
        self.run()

    def run(self) -> Self:
        """Run the page with what its widgets are set to; nothing may escape it."""
        self.app.run()
        assert not self.app.exception
        return self

    def set(self, **values: Any) -> Self:
        """Change the session's settings themselves, as a component does."""
        for key, value in values.items():
            self.app.session_state[key] = value
        return self.run()

    def click(self, key: str) -> Self:
        self.app.button(key).click()
        return self.run()

    def choose(self, key: str, value: Any) -> Self:
        """Choose among the buttons of a row."""
        self.app.button_group(key).set_value(value)
        return self.run()

    def healthy(self) -> Self:
        assert [error.value for error in self.app.error] == []
        assert not self.app.exception
        return self

    def read(self, *kinds: str) -> str:
        """The words of all messages of these kinds, without Markdown's backslashes."""
        assert not self.app.exception
        messages = (message for kind in kinds for message in self.app.get(kind))
        return " ".join(message.value.replace("\\", "") for message in messages)

    def told(self) -> str:
        """What stands on the page itself."""
        return self.read("markdown")

    def errors(self) -> str:
        return self.read("error")

    def warnings(self) -> str:
        return self.read("warning")

    def notes(self) -> str:
        return self.read("info")

    def link(self, name: str) -> str | None:
        """A URL parameter, which AppTest holds as a text or as a list of one."""
        value = self.app.query_params.get(name)
        return value[0] if isinstance(value, list) else value

    def setting(self, key: str) -> Any:
        return self.app.session_state[key]

    def figures(self) -> list[dict[str, Any]]:
        """Plotly's own description of every figure on the page."""
        return [json.loads(chart.proto.spec) for chart in self.app.get("plotly_chart")]

    def figure(self, number: int = 0) -> dict[str, Any]:
        return self.figures()[number]
