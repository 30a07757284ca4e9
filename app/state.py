"""Every session key, its default and its URL parameter; what undo and the history go back to.

Streamlit forgets the values of widgets that are not drawn, and query parameters when the page is
switched, so what matters is written back to the session and to the URL in every run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.past import Past, Snapshot
from glot.attributions.examples import BACKBONE, TASK, examples
from glot.poolers import POOLERS

# Servers and browsers cut longer links.
MAX_URL_TEXT = 2000
DEFAULT_TAU = 0.6
# DeepSets is GLOT without the graph: without it a comparison would not tell what the graph adds.
COMPARED = ("mean", "adapool", "deepsets", "glot")
MAX_POOLERS = 4
LAYOUTS = ("force", "arc", "circle", "components", "principal")
# Those that show the text's own graph: `shuffled` is a control.
SIMILARITIES = ("cosine", "centred")

# Keys of the session that are no settings.
COMPONENT = "token_graph"
FILE = "file"
FILE_PROBLEM = "file_problem"
HISTORY = "history"
_FIRST = "first"
_PAST = "past"


@dataclass(frozen=True)
class Setting:
    """One piece of state.

    Attributes:
        key: session key, URL parameter, and the key of its widget where it has one.
        default: first value.
        parse: URL text → value; raises ValueError on nonsense.
        show: value → URL text; "" leaves it out of the URL.
    """

    key: str
    default: Any
    parse: Callable[[str], Any]
    show: Callable[[Any], str]


def _parse_tau(text: str) -> float:
    # No negative zero: it would be shown as -0.00.
    value = round(float(text), 2) + 0.0
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _parse_poolers(text: str) -> tuple[str, ...]:
    """In the order of the list, not in that of the clicks: equal choices are equal links."""
    given = text.split(",")
    names = tuple(name for name in POOLERS.names() if name in given)
    if len(names) < len(given) or len(names) > MAX_POOLERS:
        raise ValueError(text)
    return names


def _parse_layer(text: str) -> int | None:
    value = int(text) if text else None
    if value is not None and value < 0:
        raise ValueError(text)
    return value


def _one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse


def _parse_switch(text: str) -> bool:
    return _one_of(("0", "1"))(text) == "1"


def _show_switch(value: bool) -> str:
    return str(int(value))


SETTINGS = (
    Setting("text", examples()[0].text, str, lambda x: x if len(x) <= MAX_URL_TEXT else ""),
    Setting("backbone", BACKBONE, str, str),
    Setting("task", TASK, str, str),
    Setting("tau", DEFAULT_TAU, _parse_tau, lambda x: f"{x:.2f}"),
    Setting("poolers", COMPARED, _parse_poolers, ",".join),
    Setting("tint", "glot", _one_of(tuple(POOLERS.names())), str),
    Setting("layout", LAYOUTS[0], _one_of(LAYOUTS), str),
    Setting("words", False, _parse_switch, _show_switch),
    Setting("layer", None, _parse_layer, lambda x: "" if x is None else str(x)),
    Setting("similarity", SIMILARITIES[0], _one_of(SIMILARITIES), str),
    Setting("special", True, _parse_switch, _show_switch),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}
# What the component shows by itself and reports.
_SHOWN = ("tau", "poolers", "tint", "layout", "words")


def enter() -> list[str]:
    """Fill the session: from its own past, else from the URL; later calls only keep it alive.

    Returns:
        A message for each URL parameter that was not understood.
    """
    problems = []
    kept = past().now
    for setting in SETTINGS:
        if setting.key in st.session_state:
            # Writing it back keeps it when its widget is not drawn in this run.
            st.session_state[setting.key] = st.session_state[setting.key]
        elif kept is not None:
            # Another page was shown since: Streamlit has dropped what its widgets do not hold.
            st.session_state[setting.key] = kept[setting.key]
        else:
            problems += _from_link(setting)
    return problems + _fit_tint()


def _from_link(setting: Setting) -> list[str]:
    """Set a value from the URL, or the default; tells what was not understood."""
    st.session_state[setting.key] = setting.default
    given = st.query_params.get(setting.key)
    if given is None:
        return []
    try:
        st.session_state[setting.key] = setting.parse(given)
    except ValueError:
        instead = setting.show(setting.default) or "the default"
        return [
            f"The link's {setting.key} {given!r} was not understood: {instead} is shown instead."
        ]
    return []


def _fit_tint() -> list[str]:
    """The text is tinted by one of the poolers that are compared."""
    poolers, tint = st.session_state["poolers"], st.session_state["tint"]
    if tint in poolers:
        return []
    st.session_state["tint"] = "glot" if "glot" in poolers else poolers[-1]
    if "tint" not in st.query_params:
        return []
    return [
        f"The link's tint {tint!r} is not among its poolers: {st.session_state['tint']} is shown "
        "instead."
    ]


def fit_layer(n_layers: int) -> list[str]:
    """Make the layer one that the backbone has; tells where it had to be changed.

    The last layer is always None, so that it stays the last on another backbone.
    """
    layer = st.session_state["layer"]
    if layer is None or layer < n_layers:
        return []
    st.session_state["layer"] = None
    if layer == n_layers:
        return []
    return [
        f"Layer {layer}. Accepted: 0 (the embeddings) to {n_layers} (the last layer) of this "
        "backbone. The last layer is shown instead."
    ]


def publish() -> None:
    """Write the session's settings to the URL; what it says already is not sent again."""
    for setting in SETTINGS:
        shown = setting.show(st.session_state[setting.key])
        if shown and st.query_params.get(setting.key) != shown:
            st.query_params[setting.key] = shown
        elif not shown and setting.key in st.query_params:
            del st.query_params[setting.key]


def commit() -> None:
    """Remember the settings where they have changed: one step that can be undone."""
    past().keep({setting.key: st.session_state[setting.key] for setting in SETTINGS})


def go(steps: int) -> None:
    """Undo (−1) or redo (1) a step. A change that came with the same click is one of its own."""
    commit()
    if past().can_go(steps):
        _restore(past().go(steps))


def recall(number: int) -> None:
    """Bring one of the past's texts back, with the settings that it was last seen with."""
    wanted = past().texts[number]
    commit()
    _restore(wanted)


def past() -> Past:
    """What this session has been through."""
    kept: Past = st.session_state.setdefault(_PAST, Past())
    return kept


def _restore(snapshot: Snapshot) -> None:
    for key, value in snapshot.items():
        st.session_state[key] = value
    _renew()


def first() -> dict[str, Any]:
    """What the component starts from; call it in a run that draws the component.

    It stays the same, whatever the component reports, until its nonce rises: then the component
    takes these values for its own. So a moved τ sends no data back to the browser.
    """
    # A component that was not drawn in the last run begins anew in the browser.
    if _FIRST not in st.session_state or COMPONENT not in st.session_state:
        _renew()
    current: dict[str, Any] = st.session_state[_FIRST]
    return current


def _renew() -> None:
    nonce = st.session_state[_FIRST]["nonce"] + 1 if _FIRST in st.session_state else 1
    values = {key: st.session_state[key] for key in _SHOWN}
    st.session_state[_FIRST] = {"nonce": nonce, **values, "poolers": list(values["poolers"])}


def take_tau() -> None:
    """The component has released τ: it reports `τ`, or `[τ, nonce]`."""
    reported = st.session_state[COMPONENT].get("tau")
    tau, nonce = reported if isinstance(reported, list) else (reported, None)
    _take(nonce, {"tau": str(tau)})


def take_view() -> None:
    """The component reports what is compared and how it is drawn, as JSON."""
    view = json.loads(st.session_state[COMPONENT].get("view") or "{}")
    shown = {key: view[key] for key in ("tint", "layout") if key in view}
    if "poolers" in view:
        shown["poolers"] = ",".join(view["poolers"])
    if "words" in view:
        shown["words"] = _show_switch(view["words"])
    _take(view.get("nonce"), shown)
    _fit_tint()


def _take(nonce: int | None, reported: dict[str, str]) -> None:
    """Keep what the component reports.

    A report under an older nonce was on its way while undo set the component anew: it is void. So
    is one that the settings' own parsers refuse: no front end of ours sends it.
    """
    if nonce is not None and nonce != st.session_state[_FIRST]["nonce"]:
        return
    try:
        values = {key: _BY_KEY[key].parse(text) for key, text in reported.items()}
    except ValueError:
        return
    for key, value in values.items():
        st.session_state[key] = value
