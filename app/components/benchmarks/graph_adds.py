"""What the graph adds: paired differences with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st

from app.components.page import kept_chart, progress, small
from app.services import results_compared
from app.services.results import Board, Wanted
from glot.experiments.base import NORMED
from glot.experiments.paper import fill_command
from glot.plots.methods import method_title

if TYPE_CHECKING:
    from glot.experiments.comparisons import Comparison

READING = (
    "Each mark: GLOT minus the same head **without its graph** (DeepSets), with **random edges** "
    "of the same number, or with **all edges**, paired by seed and example; the line is its 95 % "
    "bootstrap interval over both. Filled: the interval excludes zero. Only a lead over all three "
    "would show that joining *similar* tokens is what helps. Three seeds make intervals too narrow."
)
READING_KINDS = (
    "Each mark: GLOT on edges of one kind of similarity minus GLOT on those of another, paired by "
    "seed and example; the line is its 95 % bootstrap interval over both. Filled: the interval "
    "excludes zero. **Shuffled** edges are cosine's, dealt out at random among all pairs: what "
    "does not beat them owes nothing to *which* tokens are joined. Three seeds make intervals too "
    "narrow."
)
READING_TUNED = (
    "Each mark: GLOT on the frozen backbone minus the same head **without its graph** (DeepSets), "
    "or minus the **fine-tuned** backbone, whole or by LoRA, which learnt from the same rows with "
    "as many trials; paired by seed and example, the line is its 95 % bootstrap interval over "
    "both. Filled: the interval excludes zero. Three seeds make intervals too narrow."
)
READING_NORMED = (
    "Each mark: a head minus another, paired by seed and example; the line is its 95 % bootstrap "
    "interval over both. GLOT minus the same head **without its graph** (DeepSets), with **random "
    "edges** or with **all edges**, either on token states as they are or, **RMS**, on states of "
    "one length; and each head on states of one length minus itself without. Filled: the interval "
    "excludes zero. Three seeds make intervals too narrow."
)
ITSELF = "itself without RMS"
READINGS = {"centred": READING_KINDS, "efficiency": READING_TUNED, "norms": READING_NORMED}
TITLES = {
    "efficiency": "What the graph adds, and what fine-tuning does",
    "norms": "What the graph adds, and what one length does",
}


def graph_adds(board: Board, wanted: Wanted) -> None:
    """The forest plot of an experiment, or why there is none."""
    st.subheader(TITLES.get(board.experiment, "What the graph adds"), anchor=False)
    job = results_compared.comparisons(board)
    if not progress(job):
        return
    found = results_compared.compared(job.result, board, wanted)
    if not found:
        _nothing(board, bool(job.result))
        return
    import pandas as pd

    from glot.plots.forest import forest_figure

    st.markdown(_sentence(found))
    lines = [{**asdict(each), **asdict(each.result), "b": _against(each)} for each in found]
    frame = pd.DataFrame(lines).drop(columns="result")
    frame = frame.astype({"low": float, "high": float})
    alt = f"What the graph adds. {_sentence(found)}"
    kept_chart(forest_figure, (frame,), "benchmarks-graph", alt)
    small(READINGS.get(board.experiment, READING))


def _against(each: Comparison) -> str:
    """What a head is held against: on states of one length, others on those, or itself without."""
    if not each.a.endswith(NORMED):
        return each.b
    return ITSELF if each.b == each.a.removesuffix(NORMED) else each.b.removesuffix(NORMED)


def _sentence(found: Sequence[Comparison]) -> str:
    """How many differences are told from zero, and in which direction."""
    names = {
        "deepsets": "DeepSets",
        "glot, random edges": "random edges",
        "glot, all edges": "all edges",
        "glot, cosine": "edges by cosine",
        "glot, shuffled": "shuffled edges",
    }
    told = []
    for b in dict.fromkeys(map(_against, found)):
        results_of = [each.result for each in found if _against(each) == b]
        ahead = sum(r.low is not None and r.low > 0 for r in results_of)
        behind = sum(r.high is not None and r.high < 0 for r in results_of)
        told.append(
            f"Against {names.get(b, method_title(b))}: ahead in {ahead}, behind in {behind}, "
            f"undecided in {len(results_of) - ahead - behind} of {len(results_of)}."
        )
    return " ".join(told)


def _nothing(board: Board, elsewhere: bool) -> None:
    if elsewhere:
        st.info("No comparison is in the part that is chosen above: choose more of it.")
        return
    st.info(
        "Nothing to compare yet: that takes a GLOT head and DeepSets, or GLOT with other edges, of "
        "one task, regime and seed. Where the experiment plans them, this measures them:"
    )
    st.code(fill_command(board.experiment), language="bash")
