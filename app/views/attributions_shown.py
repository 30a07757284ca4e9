"""What Attributions draws of one text: rows, numbers, curves, edges, exports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from app.components.page import chart, plain, small, tell
from app.navigation import open_link
from app.services import attributions as service
from glot.errors import GlotError
from glot.plots.palette import colour, title
from glot.tasks.safe_csv import safe_csv

if TYPE_CHECKING:
    from glot.attributions.attributed import Attributed

# Column → title, and what it says. ↑: higher is better, ↓: lower is.
COLUMNS = {
    "comprehensiveness": (
        "Comprehensiveness ↑",
        "How far the score falls without the top share (DeYoung et al., 2020).",
    ),
    "sufficiency": (
        "Sufficiency ↓",
        "How far the score falls with the top share alone (DeYoung et al., 2020).",
    ),
    "aopc": (
        "AOPC ↑",
        "How far the score falls on average while all are taken away, the highest ranked first "
        "(Samek et al., 2017).",
    ),
    "deletion_area": (
        "Deletion area ↓",
        "Mean height of the deletion curve (Petsiuk et al., 2018).",
    ),
    "insertion_area": (
        "Insertion area ↑",
        "Mean height of the insertion curve (Petsiuk et al., 2018).",
    ),
    "kendall": (
        "Kendall's τ with occlusion ↑",
        "1: ranks as occlusion does; 0: as unlike it as chance; −1: in the opposite order. Not "
        "the τ of the graph.",
    ),
}
CURVES = (
    "Left: the score while the highest ranked are taken away, by their share; the earlier it "
    "falls, the better the ranking. Right: the score with the highest ranked alone. Grey: random "
    "rankings, from the least to the greatest, and their mean."
)
REMOVAL = {
    "pooling": "A token is taken away from the pooling: the backbone has read the whole text, and "
    "the token's state is left out of graph and pooling.",
    "text": "A token is taken away from the text: its characters are taken out, and the backbone "
    "reads the rest anew. Tokens that the backbone adds stay.",
}


def results(asked: service.Asked) -> None:
    """All that comes of a text, or a message in its place; what was typed stays in its box."""
    side = "second" if asked.second else "first"
    if asked.other is not None:
        st.header(f"The {side} text", anchor=False)
    place = st.empty()
    with place.container():
        _readout(asked, side)
        try:
            with st.spinner(
                f"Running the {title(asked.pooler)} head without each token, and its gradients …"
            ):
                found = service.attributed(asked)
        except GlotError as error:
            tell(error)
            return
    with place.container():
        _shown(found, side)


def _readout(asked: service.Asked, side: str) -> None:
    """π of an example, which is there at once."""
    stored = service.readout(asked)
    if stored is None:
        return
    from glot.plots.bar_rows import BarRow, bar_rows

    row = BarRow(f"Readout π, {title(asked.pooler)}", colour(asked.pooler), stored.weights)
    chart(
        bar_rows([row], stored.tokens, asked.text),
        f"attr_readout_{side}",
        "Token weights of the head; the other rows are being computed.",
    )


def _shown(found: Attributed, side: str) -> None:
    from glot.attributions.attributed_told import score_told, summary
    from glot.plots.attributions import attributions_figure, curves_figure

    share = st.session_state["attr_share"]
    told = summary(found, share)
    for note in found.notes:
        st.info(plain(note), icon=":material/info:")
    st.markdown(f"**{plain(told)}** {plain(score_told(found))}")
    chart(
        attributions_figure(found),
        f"attr_rows_{side}",
        f"Attributions of each {'word' if found.words else 'token'}, one row a method. {told}",
    )
    small(plain(_rules(found)))
    if found.random:
        _numbers(found, side, share)
        chart(
            curves_figure(found),
            f"attr_curves_{side}",
            f"{CURVES} {told}",
        )
        small(CURVES)
    _edges(found, side)
    _exports(found, side, share)


def _rules(found: Attributed) -> str:
    """How the rows were made, and how far integrated gradients add up."""
    from glot.attributions.attributed import TITLES
    from glot.attributions.attributed_told import completeness_told
    from glot.graph.words import RULE

    graph = "" if found.tau is None else f" The graph is that of τ {found.tau:.2f}, as in training."
    words = f" Words: {RULE} A word's π and gradients are the sums of its tokens'."
    sums = [f"{TITLES[name]}: {completeness_told(found, name)}." for name in found.integrated]
    return (
        "Bars above 0 speak for what is attributed; each row has its own scale. "
        f"{REMOVAL[found.removal]}{graph}{words if found.words else ''} {' '.join(sums)}"
    )


def _numbers(found: Attributed, side: str, share: float) -> None:
    import pandas as pd

    from glot.attributions.attributed import TITLES

    rows = {TITLES[name]: each.to_dict() for name, each in found.numbers(share).items()}
    chance = found.random_numbers(share)
    if chance is not None:
        rows[f"Random, mean of {len(found.random)}"] = chance.to_dict()
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=float)
    table.index.name = "Ranking"
    st.dataframe(
        table,
        key=f"attr_numbers_{side}",
        column_config={
            name: st.column_config.NumberColumn(label, help=told, format="%.3f")
            for name, (label, told) in COLUMNS.items()
        },
    )
    top = found.top(share)
    kind = ("word" if found.words else "token") + ("" if top == 1 else "s")
    small(f"The top {100 * share:g} % are {top} {kind}. ↑ higher is better, ↓ lower is.")


def _edges(found: Attributed, side: str) -> None:
    from glot.attributions.attributed_told import edges_told
    from glot.plots.attributions import SHOWN_EDGES, edges_figure

    edges = found.edges
    if edges is None:
        return
    st.markdown("**Which edges the score hangs on**")
    small(plain(f"{edges_told(found)} Bars: how far the score falls without the edge."))
    if len(edges.values):
        chart(
            edges_figure(found),
            f"attr_edges_{side}",
            f"The {min(SHOWN_EDGES, len(edges.values))} edges whose loss moves the score most.",
        )


def _exports(found: Attributed, side: str, share: float) -> None:
    import pandas as pd

    record = found.to_record(share)
    files = {
        "Rows (CSV)": ("rows.csv", safe_csv(pd.DataFrame(found.to_table()))),
        "Numbers (CSV)": (
            "numbers.csv",
            pd.DataFrame.from_dict(record["numbers"], orient="index").to_csv(index_label="row"),
        ),
        "Everything (JSON)": (
            "attributions.json",
            json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False),
        ),
    }
    with st.container(horizontal=True):
        for label, (name, content) in files.items():
            st.download_button(
                label,
                content,
                f"glot-{side}-{name}" if found.other is not None else f"glot-{name}",
                key=f"attr_{name}_{side}",
                icon=":material/download:",
                on_click="ignore",
            )
        _links(found, side)


def _links(found: Attributed, side: str) -> None:
    """The same text on other pages."""
    if found.other is None:
        open_link(
            "explore",
            "Open on Explore",
            f"attr_open_{side}",
            text=found.text,
            backbone=found.backbone,
            task=found.task,
        )
        return
    pair = (found.text, found.other)
    first, second = reversed(pair) if found.second else pair
    open_link(
        "compare",
        "Compare both texts",
        f"attr_compare_{side}",
        first_text=first,
        second_text=second,
        pair_task=found.task,
        backbone=found.backbone,
    )
