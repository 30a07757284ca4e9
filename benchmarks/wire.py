"""A reader without a browser: one session of the dashboard, in Streamlit's own websocket messages.

It does what the front end does, in the same order: connects, asks for a run of a page with the
widgets' states, and keeps the elements that the run has left. It draws nothing.
"""

from __future__ import annotations

import json
import time
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

# No answer takes so long: it is a run that hangs.
PATIENCE = 120.0
_DONE = (
    ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY,
    ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


class WireError(RuntimeError):
    """A page that failed, hung or is not there; the message says which."""


class Session:
    """One reader's session; a context manager that leaves as a closed tab does.

    Args:
        address: of the dashboard, `http://…`.
        patience: seconds that a run may take.

    Attributes:
        pages: URL path of each page → the hash that asks for it.
        page: URL path of the page that is shown; empty for the first one.
        shown: elements of the page as the last run left them, by place.
        received: bytes so far.
    """

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        self.address, self.patience = address, patience
        self.pages: dict[str, str] = {}
        self.page = ""
        self.shown: dict[tuple[int, ...], Element] = {}
        self.received = 0
        self._hash = ""
        self._states: dict[str, WidgetState] = {}
        self._query = ""

    def __enter__(self) -> Self:
        url = self.address.replace("http://", "ws://") + "/_stcore/stream"
        self._socket: ClientConnection = connect(
            url,
            subprotocols=["streamlit"],
            max_size=None,
            compression=None,  # type: ignore[list-item]
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def open(self, page: str = "", query: str = "") -> float:
        """Go to a page, with URL parameters; seconds until all of it was there.

        Raises:
            WireError: there is no such page, or its run failed.
        """
        if page and page not in self.pages:
            raise WireError(f"no page {page!r} among {sorted(self.pages)}")
        self.page, self._hash = page, self.pages.get(page, "")
        self._query = query
        # Widgets of the page before are gone, as in the browser.
        self._states.clear()
        return self._run()

    def set(self, **values: Any) -> float:
        """Set widgets of the page by their keys: a text, a number, a choice; seconds it took.

        Raises:
            WireError: the page has no such widget, or its run failed.
        """
        for key, value in values.items():
            element = self.widget(key)
            state = WidgetState(id=element.id)
            if isinstance(value, bool):
                state.bool_value = value
            elif isinstance(value, list):
                state.string_array_value.data.extend(value)
            else:
                state.string_value = value
            self._states[element.id] = state
        return self._run()

    def click(self, key: str) -> float:
        """Press a button; seconds it took."""
        pressed = WidgetState(id=self.widget(key).id, trigger_value=True)
        return self._run(pressed)

    def widget(self, key: str) -> Any:
        """A widget of the page, by its key.

        Raises:
            WireError: the page has none.
        """
        for element in self.shown.values():
            inner = getattr(element, element.WhichOneof("type") or "", None)
            if getattr(inner, "id", "").endswith(f"-{key}"):
                return inner
        raise WireError(f"no widget {key!r} on the page")

    def of(self, kind: str) -> list[Any]:
        """All elements of a kind, such as `bidi_component`, in their order."""
        found = sorted(self.shown.items())
        return [getattr(each, kind) for _, each in found if each.WhichOneof("type") == kind]

    @property
    def errors(self) -> list[str]:
        """What the page says went wrong, tracebacks first."""
        told = [f"{each.type}: {each.message}" for each in self.of("exception")]
        return told + [a.body for a in self.of("alert") if a.format == Alert.Format.ERROR]

    def _run(self, pressed: WidgetState | None = None) -> float:
        """Ask for a run, and take what it sends until it is over."""
        message = BackMsg()
        asked = message.rerun_script
        asked.page_script_hash, asked.query_string = self._hash, self._query
        asked.widget_states.widgets.extend(self._states.values())
        if pressed is not None:
            asked.widget_states.widgets.append(pressed)
        began = time.perf_counter()
        self._socket.send(message.SerializeToString())
        fresh: dict[tuple[int, ...], Element] | None = None
        while True:
            got = self._next(began)
            kind = got.WhichOneof("type")
            if kind == "new_session":
                # What a run does not send again is gone when it is over.
                fresh = {}
            elif kind == "navigation":
                self.pages = {
                    each.url_pathname: each.page_script_hash for each in got.navigation.app_pages
                }
                self._hash = got.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = got.page_info_changed.query_string
            elif kind == "delta" and fresh is not None:
                self._place(fresh, got)
            elif kind == "script_finished" and fresh is not None and got.script_finished in _DONE:
                self.shown = fresh
                return time.perf_counter() - began

    def _next(self, began: float) -> ForwardMsg:
        left = began + self.patience - time.perf_counter()
        try:
            data = self._socket.recv(timeout=max(left, 0.0))
        except TimeoutError as error:
            raise WireError(f"no answer within {self.patience:.0f} s") from error
        assert isinstance(data, bytes)
        self.received += len(data)
        return ForwardMsg.FromString(data)

    @staticmethod
    def _place(fresh: dict[tuple[int, ...], Element], got: ForwardMsg) -> None:
        place = tuple(got.metadata.delta_path)
        if got.delta.WhichOneof("type") == "new_element":
            fresh[place] = got.delta.new_element
        else:
            # A block in its place, and whatever stood in or under it.
            for old in [each for each in fresh if each[: len(place)] == place]:
                del fresh[old]


def view_of(session: Session) -> dict[str, Any]:
    """What Explore's component was sent in words: tokens, text and all that is not an array.

    Raises:
        WireError: the page shows no component.
    """
    told: dict[str, Any] = json.loads(json.loads(_sent(session).json)["meta"])
    return told


def arrays_of(session: Session) -> dict[str, npt.NDArray[np.float32]]:
    """What Explore's component was sent in numbers, by name; see `glot.live.payload`.

    Raises:
        WireError: the page shows no component.
    """
    sent = _sent(session)
    found = {}
    for name, value in json.loads(sent.json).items():
        if isinstance(value, dict):
            blob = sent.arrow_blobs[value["__streamlit_arrow_ref__"]].data
            with pyarrow.ipc.open_stream(blob) as stream:
                found[name] = stream.read_all().column(0).to_numpy()
    return found


def _sent(session: Session) -> Any:
    found = session.of("bidi_component")
    if not found:
        raise WireError(f"no component on the page; it says {session.errors}")
    return found[0].mixed
