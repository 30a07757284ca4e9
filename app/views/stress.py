"""Stress test: a short signal among more and more distractors, and who still finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.components.page import kept_chart, plain, small, tell, tell_links
from app.components.pickers import backbone_picker
from app.services import jobs
from app.services import stress as service
from app.state import stress as state
from app.views import stress_point, stress_run, stress_try
from glot.errors import GlotError
from glot.experiments.stress_points import (
    PLANNED,
    REGIMES,
    StressPoint,
    measure_command,
    missing_ratios,
    paper_backbones,
    paper_curves,
    point_frame,
    stress_points,
)
from glot.tasks.stress import PROTOCOLS

if TYPE_CHECKING:
    from glot.experiments.row import Row

INTRODUCTION = (
    "A phrase such as *shows horses but not screwdrivers* is hidden in a text of random words. "
    "A head has to tell what the phrase says, here: which of the two is there. The more "
    "**distractors**, the thinner the signal: what does each way of pooling make of it?"
)
ABOUT = {
    "strict": "Strict (ours): pairs of texts with the same words, in which only two nouns change "
    "places; fixed length; nouns and templates of the test that training has not seen.",
    "paper": "Paper, as its Algorithm 2 is written: 256 words at every ratio. The rest of the "
    "phrase's share is filled up with distractors too, so the ratio hardly changes the task; and "
    "single words such as *not* give the label away.",
    "released": "Released, like the published script: 128 words, distractors that contain *not*. "
    "One class has longer phrases, so that at low ratios the length of a text gives its label "
    "away.",
}
SPREAD_NAMES = {"range": "Lowest to highest seed", "deviation": "± deviation of the seeds"}
# The paper's backbone that is nearest to ours.
PAPER_BACKBONES = {"smollm2": "SmolLM2"}


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Stress test", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    protocol, backbone = _choices()
    rows = (*_ledger(), *_own_rows())
    regime = _regime(protocol, backbone, rows)
    points = stress_points(
        rows, protocol, backbone, regime, ablations=st.session_state["stress_ablations"]
    )
    _paper_choice(backbone)
    state.publish()
    with told:
        tell_links(problems)
    small(ABOUT[protocol])
    _chart(points, protocol, backbone, regime)
    _missing(points, protocol, backbone, regime)
    part = st.segmented_control(
        "What next",
        list(state.PARTS),
        format_func=state.PARTS.__getitem__,
        key="stress_part",
        required=True,
    )
    if part == "point":
        stress_point.draw(points)
    elif part == "try":
        stress_try.draw(protocol, backbone)
    else:
        stress_run.draw(protocol, backbone)
    state.publish()


def _choices() -> tuple[str, str]:
    left, right = st.columns([1, 2])
    with left:
        backbone = backbone_picker()
    with right:
        protocol: str = st.segmented_control(  # type: ignore[assignment]
            "Protocol",
            PROTOCOLS,
            format_func=str.capitalize,
            key="stress_protocol",
            required=True,
            on_change=state.forget_phrases,
            help="  \n".join(ABOUT.values()),
        )
    return protocol, backbone


def _ledger() -> tuple[Row, ...]:
    try:
        return service.measured()
    except GlotError as error:
        tell(error)
        return ()


def _own_rows() -> list[Row]:
    """Rows of this session's own runs."""
    done = [jobs.find(key) for key in state.runs()]
    return [job.result for job in done if job is not None and job.state == "done"]


def _regime(protocol: str, backbone: str, rows: tuple[Row, ...]) -> str:
    """The regime that is shown: one that is planned of the protocol, or this session's runs."""
    own = any(
        (row.regime, row.protocol, row.backbone) == ("tried", protocol, backbone) for row in rows
    )
    options = (*PLANNED[protocol], *(["tried"] if own else []))
    state.fit("stress_regime", options)
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        regime: str = st.segmented_control(  # type: ignore[assignment]
            "How settings were found",
            options,
            format_func=str.capitalize,
            key="stress_regime",
            required=True,
            help="  \n".join(f"**{name.capitalize()}**: {REGIMES[name]}" for name in options),
        )
        st.segmented_control(
            "Spread",
            list(SPREAD_NAMES),
            format_func=SPREAD_NAMES.__getitem__,
            key="stress_spread",
            required=True,
            help="What the bands, or the bars of single points, reach over.",
        )
        st.toggle(
            "Ablations",
            key="stress_ablations",
            help="The GLOT head trained on random edges, and on all edges: what is left of its "
            "lead without the text's own graph?",
        )
        st.toggle("Paper's curves", key="stress_paper", help="Table 7 of the paper, dimmed.")
    return regime


def _paper_choice(backbone: str) -> None:
    names = paper_backbones()
    if st.session_state["stress_paper_backbone"] not in names:
        st.session_state["stress_paper_backbone"] = PAPER_BACKBONES.get(backbone, names[0])


def _chart(points: tuple[StressPoint, ...], protocol: str, backbone: str, regime: str) -> None:
    from glot.plots.stress import stress_figure

    frame = point_frame(points)
    with_paper = st.session_state["stress_paper"]
    name = st.session_state["stress_paper_backbone"]
    curves = paper_curves(name) if with_paper else paper_curves("none")
    if frame.empty:
        command = measure_command(backbone, protocol, regime)
        st.info(
            f"Nothing of this is measured yet on {plain(backbone)}. This measures it:",
            icon=":material/info:",
        )
        st.code(command, language="bash")
    if frame.empty and curves.empty:
        return
    spread = st.session_state["stress_spread"]
    kept_chart(
        stress_figure,
        (frame, curves, spread, f"Paper, {name}"),
        state.CHART,
        f"Accuracy against the share of distractors, protocol {protocol}, {backbone}, {regime}. "
        + "; ".join(
            f"{point.name}: {sum(point.values) / len(point.values):.1f} %" for point in points
        ),
        on_select=state.take_click,
        selection_mode="points",
    )
    if with_paper:
        _paper_note(protocol)


def _paper_note(protocol: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox(
            "Backbone of the paper's curves",
            paper_backbones(),
            key="stress_paper_backbone",
            width=260,
        )
        other = "" if protocol == "paper" else " They were measured by the paper's own protocol."
        small(
            f"Dotted: the paper's numbers, one run each, on its backbone, not on ours.{other} "
            "Our bars and bands: "
            f"{SPREAD_NAMES[st.session_state['stress_spread']].lower()}. Click a point to look "
            "into it."
        )


def _missing(points: tuple[StressPoint, ...], protocol: str, backbone: str, regime: str) -> None:
    missing = missing_ratios(points, protocol, regime)
    if not points or not missing:
        return
    ratios = ", ".join(f"{ratio:.0%}" for ratio in missing)
    # What colours code is a large script: it comes when there is code to be seen.
    box = st.expander(f"Not measured yet: {ratios}", key="stress_missing", on_change="rerun")
    if not box.open:
        return
    with box:
        st.markdown("Each of these adds a ratio's points to the ledger and to the chart:")
        commands = [measure_command(backbone, protocol, regime, ratio) for ratio in missing]
        st.code("\n".join(commands), language="bash")
