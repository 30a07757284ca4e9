"""Explore: one text, its token graph, its token weights and what each head makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from app import services, state
from app.components.pickers import backbone_picker, pooler_picker, text_picker
from glot.attributions.explanation import Explanation
from glot.attributions.report import as_record
from glot.errors import GlotError
from glot.graph.statistics import GraphStatistics
from glot.plots.palette import title
from glot.plots.tinted_text import tinted_text_html
from glot.plots.token_graph import drawn_edges, token_graph_figure
from glot.plots.token_weights import token_weights_figure
from glot.tasks import get_task

if TYPE_CHECKING:
    import plotly.graph_objects as go

INTRODUCTION = (
    "A text runs through a frozen language model. Tokens whose hidden states have a cosine "
    "similarity above **τ** are joined into a graph; a trained head weighs them (**π**) and sums "
    "them up in one sentence vector. Below: what each way of pooling looks at."
)
# Streamlit's names for the palette's hues, for text beside the charts.
MARKS = {
    "mean": ":green[●]",
    "max": ":violet[●]",
    "cls": ":yellow[●]",
    "eos": ":yellow[●]",
    "adapool": ":gray[●]",
    "mlp": ":red[●]",
    "deepsets": ":orange[●]",
    "glot": ":blue[●]",
}
CHART = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": "glot"}}


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("GLOT Explorer", anchor=False)
    st.markdown(INTRODUCTION)
    for problem in problems:
        st.warning(_plain(problem), icon=":material/link_off:")
    left, right = st.columns([4, 1])
    with left:
        text = text_picker()
    with right:
        backbone = backbone_picker()
    explanation = _explanation(text, backbone)
    if explanation is not None:
        for note in explanation.notes:
            st.info(_plain(note), icon=":material/info:")
        _live(explanation)
    state.publish()
    services.warm_up()


def _explanation(text: str, backbone: str) -> Explanation | None:
    """The explanation, or a message in its place; the text typed stays in its box."""
    try:
        with st.spinner(f"Running the text through {_plain(backbone)}; a first use loads it …"):
            return services.explanation(text, backbone, st.session_state["task"])
    except GlotError as error:
        st.error(_plain(str(error)), icon=":material/error:")
        return None


@st.fragment
def _live(explanation: Explanation) -> None:
    """All that follows τ: redrawn alone, without the rest of the page."""
    slider, numbers = st.columns([2, 3], vertical_alignment="center")
    with slider:
        tau = st.slider(
            "Similarity threshold τ",
            0.0,
            1.0,
            step=0.01,
            key="tau",
            help="Two tokens are joined when the cosine similarity of their states exceeds τ.",
        )
    with numbers:
        _numbers(explanation.statistics(tau))
    _training_tau(explanation, tau)
    compared = pooler_picker(explanation.poolers)
    names = [name for name in compared if name in explanation.weights]
    if not names:
        st.info("No trained head for these poolers: choose others.", icon=":material/info:")
        return
    pooler = _text(explanation, tau, names)
    _predictions(explanation, tau, compared)
    graph, weights = st.columns(2)
    with graph:
        _graph(explanation, tau, pooler)
    with weights:
        _weights(explanation, tau, names)
    _table(explanation, tau)
    state.publish()


def _numbers(statistics: GraphStatistics) -> None:
    cells = {
        "Tokens": f"{statistics.tokens:,}",
        "Edges": f"{statistics.edges:,}",
        "Density": f"{statistics.density:.1%}",
        "Components": f"{statistics.components:,}",
    }
    with st.container(horizontal=True, gap="medium"):
        for name, value in cells.items():
            st.metric(name, value, width="content")


def _training_tau(explanation: Explanation, tau: float) -> None:
    trained = explanation.training_tau
    if trained is None:
        return
    if abs(trained - tau) < 1e-9:
        st.markdown(f":small[The GLOT head was trained at this τ, {trained:g}.]")
    else:
        st.warning(
            f"The GLOT head was trained at τ = {trained:g}: at {tau:.2f} its weights and its "
            "prediction show what it does with a graph it was not trained on.",
            icon=":material/warning:",
        )


def _predictions(explanation: Explanation, tau: float, compared: list[str]) -> None:
    st.markdown(
        f":small[What each head makes of the text: {get_task(explanation.task).title}. "
        "The question marks tell how each was trained and how often it is right.]"
    )
    with st.container(horizontal=True):
        for pooler in compared:
            answer = explanation.prediction(pooler, tau)
            value = "no trained head"
            if answer is not None:
                value = f"{answer.label} {answer.probabilities[answer.label]:.1%}"
            st.metric(
                f"{MARKS[pooler]} {title(pooler)} predicts",
                value,
                border=True,
                help=services.head_summary(explanation.backbone, explanation.task, pooler),
            )


def _text(explanation: Explanation, tau: float, names: list[str]) -> str:
    """The text tinted by one pooler's weights; returns the pooler, which the graph follows."""
    pooler: str = st.segmented_control(
        "Tint the text and size the tokens of the graph by π of",
        names,
        default="glot" if "glot" in names else names[-1],
        format_func=title,
        required=True,
        key=f"pooler_{'_'.join(names)}",
    )
    st.html(tinted_text_html(explanation, tau, pooler))
    return pooler


def _graph(explanation: Explanation, tau: float, pooler: str) -> None:
    st.subheader("Token graph", anchor=False)
    edges = explanation.statistics(tau).edges
    st.plotly_chart(
        _themed(token_graph_figure(explanation, tau, pooler)),
        config=CHART,
        key="token_graph",
        alt=f"Token graph at τ {tau:.2f}: {len(explanation.tokens)} tokens, {edges} edges.",
    )
    if drawn_edges(edges) < edges:
        st.markdown(f":small[Drawn: the {drawn_edges(edges):,} strongest of {edges:,} edges.]")


def _weights(explanation: Explanation, tau: float, names: list[str]) -> None:
    st.subheader("Token weights π", anchor=False)
    st.plotly_chart(
        _themed(token_weights_figure(explanation, tau, names)),
        config=CHART,
        key="token_weights",
        alt=f"Token weights of {', '.join(map(title, names))} at τ {tau:.2f}; see the table.",
    )


def _table(explanation: Explanation, tau: float) -> None:
    """The same graph and weights as words and numbers, for screen readers and spreadsheets."""
    # Filled when opened: the edges of 512 tokens as text are megabytes.
    box = st.expander("The same as a table", key="table", on_change="rerun")
    if not box.open:
        return
    record = as_record(explanation, tau)
    neighbours: list[list[str]] = [[] for _ in explanation.tokens]
    for i, j in record["edge_list"]:
        neighbours[i].append(explanation.tokens[j])
        neighbours[j].append(explanation.tokens[i])
    columns = {
        "token": list(explanation.tokens),
        **{
            f"π {title(name)}": values
            for name, values in record["weights"].items()
            if values is not None
        },
        "neighbours": [" ".join(names) for names in neighbours],
    }
    box.dataframe(columns, hide_index=False)
    box.download_button(
        "Download as JSON",
        json.dumps(record, ensure_ascii=False, indent=1),
        file_name="glot-explanation.json",
        mime="application/json",
    )


def _themed(figure: go.Figure) -> go.Figure:
    """Token names in the page's text colour: Streamlit's grey for charts is too faint for them."""
    text = "#FAFAFA" if st.context.theme.type == "dark" else "#31333F"
    figure.update_xaxes(tickfont_color=text).update_yaxes(tickfont_color=text)
    return figure.update_layout(font={"color": text, "size": 13})


def _plain(text: str) -> str:
    """Text that Streamlit shows as it is: none of it is read as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:" else c for c in text)
