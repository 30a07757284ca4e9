"""What the comparison of two texts shows of them, at one τ."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.components.page import chart, plain, small
from app.services import compare
from app.state import compare as state
from app.state.shared import MAX_POOLERS
from glot.attributions.explanation import Prediction
from glot.attributions.pair import PairExplanation
from glot.plots.palette import title

NO_HEAD = "no head"


@st.fragment
def results_at_tau(asked: compare.AskedPair, pair: PairExplanation) -> None:
    """τ, poolers, their predictions, and one drawing: all of it was worked out for every τ.

    Args:
        asked: what was asked for.
        pair: what came of it.
    """
    state.keep()
    left, right = st.columns(2, gap="medium")
    with left:
        _tau_picker(pair)
    with right:
        _pooler_picker(pair)
    tau = st.session_state[state.TAU]
    poolers = [name for name in st.session_state["poolers"] if name in pair.first.poolers]
    st.table(_table(asked, pair, tau, poolers), hide_index=True, alt="What each head tells")
    small(plain(_about_heads(asked, pair, poolers)))
    st.segmented_control(
        "Drawing",
        list(state.VIEWS),
        format_func=state.VIEWS.__getitem__,
        key=state.VIEW,
        required=True,
        label_visibility="collapsed",
    )
    match st.session_state[state.VIEW]:
        case "graphs":
            _graphs(pair, tau)
        case "weights":
            _weights(pair, tau, [name for name in poolers if name in pair.weighted])
        case "similarities":
            _similarities(pair)
        case _:
            _predictions(pair, tau, [name for name in poolers if name in pair.cosines])
    # Nothing but the fragment is run again: what was moved belongs in the link.
    state.publish()
    _downloads(pair, tau)


def _tau_picker(pair: PairExplanation) -> None:
    trained = pair.first.training_tau
    st.slider(
        "Similarity threshold τ of both graphs",
        0.0,
        1.0,
        step=0.01,
        key=state.TAU,
        help="Tokens of one text with a similarity above τ are joined. "
        + ("" if trained is None else f"The GLOT head was trained at τ = {trained:.2f}."),
    )


def _pooler_picker(pair: PairExplanation) -> None:
    options = list(pair.first.poolers)
    st.session_state["poolers_shown"] = [
        name for name in st.session_state["poolers"] if name in options
    ]
    st.pills(
        "Poolers",
        options,
        selection_mode="multi",
        format_func=title,
        key="poolers_shown",
        on_change=_take_poolers,
        help=f"One to {MAX_POOLERS}.",
        wrap=True,
    )


def _take_poolers() -> None:
    if not state.compare_poolers(st.session_state["poolers_shown"]):
        st.toast(f"One to {MAX_POOLERS} poolers are compared at a time.")


def _table(
    asked: compare.AskedPair, pair: PairExplanation, tau: float, poolers: list[str]
) -> list[dict[str, str]]:
    """A row for each pooler, and one that needs no training."""
    scale = "" if pair.scale is None else f" ({pair.scale[0]:g} to {pair.scale[1]:g})"
    told = f"Prediction{scale}"
    rows = [
        {
            "Pooler": title(name),
            told: plain(_told(pair.answer(name, tau))),
            "cos(z₁, z₂)": _number(pair.cosine(name, tau)),
            "Score of the head": plain(compare.score(asked.backbone, asked.task, name)),
        }
        for name in poolers
    ]
    reference = {
        "Pooler": "Untrained mean",
        told: NO_HEAD,
        "cos(z₁, z₂)": _number(pair.reference),
        "Score of the head": "",
    }
    return [*rows, reference]


def _told(answer: Prediction | float | None) -> str:
    if isinstance(answer, Prediction):
        return f"{answer.label} {100 * answer.probabilities[answer.label]:.1f} %"
    return NO_HEAD if answer is None else f"{answer:.2f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _about_heads(asked: compare.AskedPair, pair: PairExplanation, poolers: list[str]) -> str:
    told = [compare.trained_on(asked.backbone, asked.task)]
    if pair.probabilities:
        told.append("They read z₁ and z₂ in this order, so Swap may change what they tell.")
    told.append("z₁ and z₂ are a pooler's vectors of the two texts; untrained: token means.")
    if any(name not in pair.cosines for name in poolers):
        told.append(pair.missing)
    return " ".join(filter(None, told))


def _graphs(pair: PairExplanation, tau: float) -> None:
    from glot.plots.pair import drawn_edges, drawn_links, pair_graph_figure

    left, right = st.columns(2, gap="medium")
    with left:
        st.slider(
            "Links between the texts above",
            0.0,
            1.0,
            step=0.01,
            key=state.LINKS,
            help="They are shown to compare the texts: no head reads them.",
        )
    with right:
        state.fit_bars(pair.weighted)
        st.segmented_control(
            "Bars under the words: π of",
            pair.weighted,
            format_func=title,
            key=state.BARS,
            required=True,
            wrap=True,
        )
    above, bars = st.session_state[state.LINKS], st.session_state[state.BARS]
    links = len(pair.links(above))
    told = (
        f"{_counts(pair, tau, drawn_edges)} {_number_of(links, 'link')} above {above:.2f} between "
        f"the texts{_cut(links, drawn_links(links))}."
    )
    chart(
        pair_graph_figure(pair, tau, above, bars),
        "compare-graphs",
        f"Token graphs of both texts at τ {tau:.2f}, and links between the texts. {told}",
    )
    small(
        plain(
            f"At τ = {tau:.2f}. {told} Arcs: edges of each text's own graph. Lines in the middle: "
            "similarities between the texts, without the tokens that the backbone adds."
        )
    )


def _counts(pair: PairExplanation, tau: float, drawn: Callable[[int], int]) -> str:
    told = []
    for which, text in zip(("First", "Second"), pair.texts, strict=True):
        graph = text.statistics(tau)
        told.append(
            f"{which} text: {_number_of(graph.edges, 'edge')}"
            f"{_cut(graph.edges, drawn(graph.edges))}, density {100 * graph.density:.1f} %, "
            f"{_number_of(graph.components, 'component')}."
        )
    return " ".join(told)


def _cut(lines: int, drawn: int) -> str:
    return f" (the strongest {drawn:,} are drawn)" if drawn < lines else ""


def _number_of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _weights(pair: PairExplanation, tau: float, poolers: list[str]) -> None:
    if not poolers:
        st.info("None of these poolers has token weights here: choose another one above.")
        return
    from glot.plots.pair_numbers import pair_weights_figures

    figures = pair_weights_figures(pair, tau, poolers)
    names = ", ".join(title(name) for name in poolers)
    for column, which, figure in zip(st.columns(2), ("first", "second"), figures, strict=True):
        with column:
            st.markdown(f"**{which.capitalize()} text**")
            chart(
                figure,
                f"compare-weights-{which}",
                f"Token weights of the {which} text at τ {tau:.2f}, on one scale for both: {names}",
            )


def _similarities(pair: PairExplanation) -> None:
    from glot.plots.pair_numbers import cross_similarity_figure

    strongest = ", ".join(
        f"{pair.first.tokens[i]} and {pair.second.tokens[j]} ({pair.cross[i, j]:.2f})"
        for i, j in pair.links(-1.0)[:3].tolist()
    )
    kind = pair.first.similarity.capitalize()
    chart(
        cross_similarity_figure(pair),
        "compare-similarities",
        f"{kind} similarities of the tokens of both texts. Strongest: {strongest}",
    )
    small(
        plain(
            f"{kind} similarity of every token of the first text with every token of the second. "
            "It does not depend on τ, and no head reads it."
        )
    )


def _predictions(pair: PairExplanation, tau: float, poolers: list[str]) -> None:
    if not poolers:
        st.info("None of these poolers has a trained head here: choose another one above.")
        return
    from glot.plots.pair_numbers import pair_predictions_figure, prediction_axis

    axis = prediction_axis(pair, poolers)
    chart(
        pair_predictions_figure(pair, tau, poolers),
        "compare-predictions",
        f"{axis} of each pooler at every τ. The table above holds the numbers at τ {tau:.2f}.",
    )
    trained = pair.first.training_tau
    dotted = "" if trained is None else f" Dotted: τ = {trained:.2f}, GLOT's training."
    small(plain(f"The line marks τ = {tau:.2f}.{dotted} Only poolers with a graph follow τ."))


def _downloads(pair: PairExplanation, tau: float) -> None:
    from glot.attributions.pair_report import pair_record, predictions_csv, similarities_csv

    # A click makes the file in a thread of its own, which knows no session.
    above = st.session_state[state.LINKS]

    def record() -> str:
        kept = pair_record(pair, tau, above)
        return json.dumps(kept, ensure_ascii=False, indent=1)

    files = (
        ("All at this τ (JSON)", record, "glot-pair.json"),
        ("Predictions at every τ (CSV)", partial(predictions_csv, pair), "glot-predictions.csv"),
        ("Similarities (CSV)", partial(similarities_csv, pair), "glot-similarities.csv"),
    )
    with st.container(horizontal=True):
        for label, data, name in files:
            # Made when it is clicked.
            st.download_button(
                label, data, name, key=name, icon=":material/download:", on_click="ignore"
            )
