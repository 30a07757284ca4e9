"""Run it: a small training run of one head, and the ledger row that it would make."""

from __future__ import annotations

import streamlit as st

from app.components.page import chart, plain, progress, small, tell
from app.services import jobs
from app.services import stress_run as service
from app.state import stress as state
from glot.errors import GlotError
from glot.experiments.row import Row
from glot.experiments.tried_settings import LEARNING_RATES, MAX_TEXTS, MIN_TEXTS, N_TEST, Trial
from glot.plots.palette import title
from glot.poolers import POOLERS
from glot.tasks.stress import RATIOS

# Seconds between two looks at the curves.
LOOK = 1.5


def draw(protocol: str, backbone: str) -> None:
    """Settings of a run, the run itself, and its row."""
    st.markdown(
        f"Train one head on a few hundred texts and score it on {N_TEST} test texts, by the same "
        "loop as all results here. It goes on while you look at other pages. **Its row is not "
        "added to the shipped ledger**: it stays with this session, under the regime *tried*, and "
        "you can take it with you."
    )
    _settings(protocol)
    state.publish()
    if st.button("Train", key="stress_train", icon=":material/play_arrow:"):
        try:
            state.remember_run(service.start(_trial(protocol), backbone).key)
        except GlotError as error:
            tell(error)
    runs = [job for key in state.runs() if (job := jobs.find(key)) is not None]
    if not runs:
        st.info("No run of this session yet. Train starts one.", icon=":material/info:")
        return
    job = runs[0] if len(runs) == 1 else _choose(runs)
    done = progress(job)
    _curves(job)
    if done:
        _row(job.result)


def _settings(protocol: str) -> None:
    state.fit("stress_run_ratio", (0.9, *RATIOS[protocol]))
    columns = st.columns(4)
    with columns[0]:
        st.selectbox(
            "Distractors",
            RATIOS[protocol],
            format_func=lambda ratio: f"{ratio:.0%}",
            key="stress_run_ratio",
        )
        pooler = st.selectbox("Pooler", POOLERS.names(), format_func=title, key="stress_run_pooler")
    with columns[1]:
        st.number_input(
            "Training texts",
            key="stress_run_texts",
            step=100,
            help=f"From {MIN_TEXTS:,} to {MAX_TEXTS:,}.",
        )
        st.number_input("Epochs", key="stress_run_epochs", step=1)
    with columns[2]:
        st.selectbox(
            "Learning rate",
            LEARNING_RATES,
            key="stress_run_lr",
            format_func=lambda rate: f"{rate:g}",
        )
        st.number_input(
            "Layer",
            key="stress_run_layer",
            step=1,
            min_value=0,
            placeholder="the last",
            help="Of the backbone, whose states the head reads. On MiniLM its middle, 3, has "
            "bound the words of a phrase together best.",
        )
    with columns[3]:
        st.number_input(
            "τ", key="stress_run_tau", step=0.1, format="%.2f", disabled=pooler != "glot"
        )


def _trial(protocol: str) -> Trial:
    """The settings as they stand in the session.

    Raises:
        GlotError: one of them cannot run.
    """
    value = st.session_state
    return Trial(
        protocol,
        value["stress_run_ratio"],
        value["stress_run_pooler"],
        value["stress_run_texts"],
        value["stress_run_epochs"],
        value["stress_run_lr"],
        value["stress_run_layer"],
        value["stress_run_tau"],
    )


def _choose(runs: list[jobs.Job]) -> jobs.Job:
    number: int = st.selectbox(
        "Runs of this session",
        range(len(runs)),
        format_func=lambda place: f"{runs[place].title} ({runs[place].state})",
    )
    return runs[number]


def _curves(job: jobs.Job) -> None:
    if job.over:
        _curve(job)
    else:
        _live(job)


@st.fragment(run_every=LOOK)
def _live(job: jobs.Job) -> None:
    _curve(job)


def _curve(job: jobs.Job) -> None:
    from glot.plots.stress_own import run_figure

    losses, scores = service.curves(job)
    if not losses:
        if job.over and job.state == "done":
            small("A head without weights of its own learns nothing but its task layer.")
        return
    _, trial = service.settings_of(job)
    last = f" Validation accuracy now {scores[-1][1]:.1f} %." if scores else ""
    chart(
        run_figure(losses, scores, trial.pooler),
        "stress_curves",
        f"Loss of {len(losses)} steps and validation accuracy of {len(scores)} epochs.{last}",
    )


def _row(row: Row) -> None:
    low, high = row.low or 0.0, row.high or 0.0
    st.markdown(
        f"**{title(row.pooler)}: {row.value:.1f} % of {row.n_eval} test texts** (95 % interval "
        f"{low:.1f} to {high:.1f}), {row.parameters:,} parameters, {row.seconds:.0f} s. It stands "
        "in the chart above under *Tried*."
    )
    st.download_button(
        "Download the row (JSON line)",
        row.line() + "\n",
        file_name=f"{row.cell.replace('/', '--')}.jsonl",
        mime="application/jsonl",
        key="stress_download",
        icon=":material/download:",
        on_click="ignore",
    )
    told = {name: value for name, value in row.flat().items() if name != "command"}
    with st.expander("The whole row"):
        st.dataframe(
            [{"field": name, "value": _text(value)} for name, value in told.items()],
            hide_index=True,
            key="stress_row",
        )
        small(plain("Such rows can be given to glot results with GLOT_RESULTS=FOLDER."))


def _text(value: object) -> str:
    return "" if value is None else str(value)
