"""Numbers that the lesson's words name, each worked out when it is asked for. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from app.services import learn
from glot.attributions.lesson import PAIRS, RATIOS, SHARED
from glot.errors import GlotError

UNKNOWN = "(not there)"
NOT_MEASURED = "(not measured)"
# The question of the second step is asked at this ratio.
ASKED = RATIOS.index(0.9)


def facts(names: Iterable[str]) -> dict[str, str]:
    """The facts of these names, as text; one that cannot be had says so in its place.

    Raises:
        KeyError: a name that no fact has.
    """
    return {name: _told(_FACTS[name]) for name in names}


def not_bad() -> tuple[int, int]:
    """Places of the tokens *not* and *bad* in the example."""
    tokens = learn.example().tokens
    return tokens.index("not"), tokens.index("bad")


def cosine(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Cosine similarity of two states (d,)."""
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def pair_similarity(upper: npt.NDArray[np.float32], tokens: int) -> npt.NDArray[np.float32]:
    """(L, L) similarities, 1 on the diagonal, of those above it."""
    table = np.eye(tokens, dtype=np.float32)
    rows, columns = np.triu_indices(tokens, k=1)
    table[rows, columns] = table[columns, rows] = upper
    return table


def _told(fact: Callable[[], str]) -> str:
    try:
        return fact()
    except GlotError:
        # The widget of the step says what is wrong.
        return UNKNOWN


def _layers() -> int:
    return int(learn.states().words.shape[1]) - 1


def _bank_last() -> str:
    first, second = learn.states().words[:, -1, SHARED.index("bank")]
    return f"{cosine(first, second):.2f}"


def _distance_left() -> str:
    means = learn.states().distances.mean(axis=1)
    return f"{100 * means[ASKED] / means[0]:.0f}"


def _density(tau: float) -> str:
    return f"{100 * learn.example().statistics(tau).density:.0f}"


def _other_density() -> str:
    return f"{100 * (learn.states().other_upper > np.float32(learn.TAU)).mean():.0f}"


def _closest() -> str:
    shown = learn.example()
    table = pair_similarity(shown.upper, len(shown.tokens))
    np.fill_diagonal(table, -1.0)
    first, second = np.unravel_index(int(table.argmax()), table.shape)
    return f"{shown.tokens[first]}” and “{shown.tokens[second]}"


def _similarity_of_not_and_bad() -> str:
    shown = learn.example()
    return f"{pair_similarity(shown.upper, len(shown.tokens))[not_bad()]:.2f}"


def _first_k() -> str:
    """The first K after which *not* has a share in *bad*."""
    source, target = not_bad()
    shares = learn.states().influence[:, target, source]
    reached = np.flatnonzero(shares > 0)
    return str(reached[0]) if len(reached) else UNKNOWN


def _not_in_bad() -> str:
    source, target = not_bad()
    return f"{100 * learn.states().influence[-1, target, source]:.0f}"


def _weight(pooler: str, token: str) -> Callable[[], str]:
    def told() -> str:
        shown = learn.example()
        row = shown.row(learn.TAU)
        return f"{100 * shown.weights[pooler][row, shown.tokens.index(token)]:.0f}"

    return told


def _top(pooler: str) -> str:
    shown = learn.example()
    return shown.tokens[int(shown.weights[pooler][shown.row(learn.TAU)].argmax())]


def _score(protocol: str, method: str) -> Callable[[], str]:
    def told() -> str:
        found = [each.mean for each in learn.scores(protocol) if each.method == method]
        return f"{found[0]:.1f}" if found else NOT_MEASURED

    return told


def gap_text(gap: learn.Gap) -> str:
    """A difference with its interval: `+2.4 (−0.0 to +5.3)`."""
    told = _signed(gap.difference)
    if gap.low is None or gap.high is None:
        return f"{told} (no interval)"
    return f"{told} ({_signed(gap.low)} to {_signed(gap.high)})"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _gap(control: str) -> Callable[[], str]:
    def told() -> str:
        found = [gap for gap in learn.gaps() if gap.control == control]
        return gap_text(found[0]) if found else NOT_MEASURED

    return told


def control_verdict(gaps: Iterable[learn.Gap]) -> str:
    """What the differences come to, in a sentence or two."""
    by = {gap.control: gap.verdict for gap in gaps}
    if set(by) != set(learn.CONTROLS):
        return "Not all of the controls have been measured here."
    names = {"deepsets": "DeepSets"} | {
        control: control.removeprefix("glot, ") for control in by if control != "deepsets"
    }
    if all(verdict == "ahead" for verdict in by.values()):
        return "GLOT is ahead of all three: joining similar tokens helps here."
    told = []
    for verdict, words in (
        ("ahead", "GLOT is ahead of {}."),
        ("open", "Zero lies in the interval for {}: no difference is shown."),
        ("behind", "GLOT is behind {}."),
    ):
        such = [names[control] for control, found in by.items() if found == verdict]
        if such:
            told.append(words.format(" and ".join(such)))
    return f"{' '.join(told)} So it is not shown that similar tokens are the ones to join."


_FACTS: dict[str, Callable[[], str]] = {
    "width": lambda: str(learn.states().words.shape[-1]),
    "layers": lambda: str(_layers()),
    "bank_last": _bank_last,
    "asked_distractors": lambda: str(learn.states().pairs[ASKED].distractors),
    "signal_tokens": lambda: str(learn.states().pairs[ASKED].signal_tokens),
    "all_tokens": lambda: str(learn.states().pairs[ASKED].tokens),
    "mean_share": lambda: f"{100 * learn.states().pairs[ASKED].share:.0f}",
    "distance_left": _distance_left,
    "pairs": lambda: str(PAIRS),
    "minilm_density": lambda: _density(learn.TAU),
    "smollm2_density": _other_density,
    "edges_04": lambda: str(learn.example().statistics(0.4).edges),
    "edges_06": lambda: str(learn.example().statistics(0.6).edges),
    "density_04": lambda: _density(0.4),
    "density_06": lambda: _density(0.6),
    "closest": _closest,
    "tau": lambda: f"{learn.TAU:.2f}",
    "not_bad": _similarity_of_not_and_bad,
    "first_k": _first_k,
    "not_in_bad": _not_in_bad,
    "glot_not": _weight("glot", "not"),
    "glot_film": _weight("glot", "film"),
    "glot_bad": _weight("glot", "bad"),
    "deepsets_not": _weight("deepsets", "not"),
    "adapool_top": lambda: _top("adapool"),
    "strict_mean": _score("strict", "mean"),
    "strict_glot": _score("strict", "glot"),
    "strict_deepsets": _score("strict", "deepsets"),
    "paper_glot": _score("paper", "glot"),
    "paper_deepsets": _score("paper", "deepsets"),
    "gap_deepsets": _gap("deepsets"),
    "gap_random": _gap("glot, random edges"),
    "gap_all": _gap("glot, all edges"),
    "control_verdict": lambda: control_verdict(learn.gaps()),
}
