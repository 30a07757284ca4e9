"""Try it: phrases of the reader's own among distractors, told by the shipped heads."""

from __future__ import annotations

import streamlit as st

from app.components.page import chart, plain, progress, small, tell
from app.services import jobs, models
from app.services import stress as service
from app.state import stress as state
from app.views.stress_point import emphasised
from glot.errors import GlotError
from glot.experiments.breaking import BROKEN_BELOW, Broken, OwnTest
from glot.plots.palette import title
from glot.tasks.stress import LABELS, RATIOS, longest_text
from glot.tasks.stress.own_phrase import WITH_LENGTH, pairs_of

# The longest texts take as long as all others together.
MAX_RATIO = 0.95


def draw(protocol: str, backbone: str) -> None:
    """Phrases, ratio and length; an example text; who breaks first."""
    task = service.shipped_task(backbone, protocol, 0.9)
    ratios = tuple(ratio for ratio in RATIOS[protocol] if ratio <= MAX_RATIO)
    ratios = ratios if ratios[0] == 0 else (0.0, *ratios)
    _phrases(protocol)
    _settings(protocol, ratios)
    state.publish()
    try:
        test = OwnTest(
            protocol,
            (st.session_state["stress_first"] or "", st.session_state["stress_second"] or ""),
            ratios,
            st.session_state["stress_draws"],
            st.session_state["stress_length"] if protocol in WITH_LENGTH else 0,
        )
        with st.spinner("Drawing distractors …"):
            _example(test, st.session_state["stress_ratio"])
    except GlotError as error:
        tell(error)
        return
    if task is None:
        _no_heads(protocol, backbone)
        return
    _run(test, backbone, task)


def _phrases(protocol: str) -> None:
    pairs = pairs_of(protocol)
    if st.session_state["stress_first"] is None and st.session_state["stress_second"] is None:
        st.session_state["stress_first"], st.session_state["stress_second"] = pairs[0]
    st.markdown(
        "Write a phrase of each kind, or take a pair of the test's. What you leave open in braces, "
        "`{animal}`, `{object}`, `{x}` or `{y}`, is drawn anew for each text. One box may stay "
        "empty; with both, a head that always says the same is found out."
    )
    with st.popover("Phrases of the test", icon=":material/format_quote:"):
        for number, pair in enumerate(pairs):
            st.button(
                f"{plain(pair.first)}  /  {plain(pair.second)}",
                key=f"stress_pair {number}",
                on_click=_take_pair,
                args=tuple(pair),
            )
    columns = st.columns(2)
    for column, key, label in zip(
        columns, ("stress_first", "stress_second"), LABELS[protocol], strict=True
    ):
        with column:
            st.text_input(f"A phrase that says: {label}", key=key, max_chars=400)


def _take_pair(first: str, second: str) -> None:
    st.session_state["stress_first"], st.session_state["stress_second"] = first, second


def _settings(protocol: str, ratios: tuple[float, ...]) -> None:
    state.fit("stress_ratio", tuple(reversed(ratios)))
    columns = st.columns(3)
    with columns[0]:
        ratio = st.select_slider(
            "Ratio of the example below",
            ratios,
            format_func=lambda value: f"{value:.0%}",
            key="stress_ratio",
        )
    with columns[1]:
        st.number_input(
            "Draws at each ratio",
            key="stress_draws",
            step=5,
            help="Texts for each phrase; the distractors of each are drawn anew, with fixed seeds.",
        )
    with columns[2]:
        if protocol in WITH_LENGTH:
            st.session_state["stress_length"] = (
                st.session_state["stress_length"] or WITH_LENGTH[protocol]
            )
            st.number_input("Length in words", key="stress_length", step=16)
        else:
            small(
                f"Length follows from the ratio in this protocol: {longest_text(protocol, ratio)} "
                "words around a phrase of five."
            )


def _example(test: OwnTest, ratio: float) -> None:
    for text, label, signal in test.texts(ratio, draws=1):
        with st.container(border=True):
            st.markdown(emphasised(text, signal, around=60))
            small(f"{len(text.split())} words. Expected: {LABELS[test.protocol][label]}.")


def _no_heads(protocol: str, backbone: str) -> None:
    known = [name for name in models.tasks_with_heads(backbone) if name.startswith("stress-")]
    have = f" It has heads of {', '.join(map(plain, known))}." if known else ""
    st.info(
        f"There are no trained heads of the protocol {protocol} for {plain(backbone)}.{have} "
        "This trains one:",
        icon=":material/info:",
    )
    st.code(
        f"glot train --backbone {backbone} --task stress-{protocol}-0.9 --pooler glot",
        language="bash",
    )


def _run(test: OwnTest, backbone: str, task: str) -> None:
    job = jobs.find(service.try_key(test, backbone, task))
    if job is None or job.state in ("failed", "cancelled"):
        n = test.draws * len(test.ratios) * sum(bool(p.strip()) for p in test.phrases)
        if st.button(
            f"Run the heads on {n:,} texts",
            key="stress_try",
            icon=":material/bolt:",
        ):
            job = service.try_phrases(test, backbone, task)
    if job is not None and progress(job):
        _results(job.result, test, backbone, task)


def _results(found: Broken, test: OwnTest, backbone: str, task: str) -> None:
    from glot.plots.stress_own import phrase_figure

    sentence = _sentence(found)
    st.markdown(f"**{sentence}**")
    chart(phrase_figure(found.shares), "stress_phrases", f"Share of draws told right. {sentence}")
    _table(found, test)
    expected = " and ".join(
        f"*{LABELS[test.protocol][label]}* for your {'second' if label else 'first'} phrase"
        for label, phrase in enumerate(test.phrases)
        if phrase.strip()
    )
    notes = [
        f"Expected is {expected}. The heads were trained on {plain(models.task_title(task))}: on "
        "phrases of its own, at that share of distractors alone. What they make of yours, or of "
        "shorter and longer texts, shows what they have learnt, not how good they are. A head "
        f"breaks where fewer than {BROKEN_BELOW:.0f} % of the draws are right."
    ]
    if not all(phrase.strip() for phrase in test.phrases):
        notes.append("With one phrase, a head that always gives the same answer looks perfect.")
    if found.n_full:
        notes.append(
            f"{found.n_full} texts fill the context of {plain(backbone)}: words at their end may "
            "not have been read."
        )
    small("  \n".join(notes))


def _sentence(found: Broken) -> str:
    """Who misses the phrase even at the lowest ratio, who breaks first, and who never does."""
    lowest = min(found.shares["ratio"])
    broken = {pooler: at for pooler, at in found.breaks.items() if at not in (None, lowest)}
    missed = [pooler for pooler, at in found.breaks.items() if at == lowest]
    sound = [pooler for pooler, at in found.breaks.items() if at is None]
    parts = []
    if missed:
        parts.append(f"{_names(missed)} told too few right already at {lowest:.0%} distractors.")
    if broken:
        first = min(broken.values())
        who = [pooler for pooler, at in broken.items() if at == first]
        parts.append(f"{_names(who)} broke first as distractors grew, at {first:.0%}.")
    if sound:
        parts.append(f"{_names(sound)} did not break at any of these ratios.")
    return " ".join(parts)


def _names(poolers: list[str]) -> str:
    names = [title(pooler) for pooler in poolers]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _table(found: Broken, test: OwnTest) -> None:
    """Share right by ratio, and the first ratio at which a head breaks."""
    places = zip(found.shares["pooler"], found.shares["ratio"], strict=True)
    shares = dict(zip(places, found.shares["value"], strict=True))
    records = [
        {
            "Pooler": title(pooler),
            **{f"{ratio:.0%}": float(shares[pooler, ratio]) for ratio in test.ratios},
            "Breaks at": "not" if at is None else f"{at:.0%}",
        }
        for pooler, at in found.breaks.items()
    ]
    numbers = {
        f"{ratio:.0%}": st.column_config.NumberColumn(f"{ratio:.0%}", format="%.0f %%")
        for ratio in test.ratios
    }
    st.dataframe(records, hide_index=True, key="stress_shares", column_config=numbers)
