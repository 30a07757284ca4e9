"""What attributions come to, in plain words. NumPy only."""

from __future__ import annotations

from glot.attributions.attributed import SHARE, Attributed

# From these values of Kendall's τ on, two rankings are told to be alike.
MUCH, SOMEWHAT = 0.5, 0.2


def summary(found: Attributed, share: float = SHARE) -> str:
    """Whether π ranks as occlusion does, and what taking the top away costs.

    Args:
        found: of one text.
        share: of the units that are taken away.

    Returns:
        One sentence or two, without markup.
    """
    numbers, chance = found.numbers(share).get("readout"), found.random_numbers(share)
    if chance is None:
        return "There is nothing to rank: too few can be taken away."
    top = found.top(share)
    kind = ("word" if found.words else "token") + ("" if top == 1 else "s")
    if numbers is None:
        return (
            f"π is the same everywhere, so it ranks nothing. Taking away {top} {kind} at random "
            f"{_change('the score', chance.comprehensiveness)}."
        )
    return (
        f"{_agreement(numbers.kendall, found.words)} Taking away π's top {100 * share:g} % ({top} "
        f"{kind}) {_change('the score', numbers.comprehensiveness)}; taking away as many at random "
        f"{_change('it', chance.comprehensiveness)} on average."
    )


def score_told(found: Attributed) -> str:
    """What is attributed, in a sentence: the score and its target."""
    if not found.classes:
        return f"The head tells {found.score:.3f}; this number is what is attributed."
    told = f"The probability of “{found.target}” is {found.score:.3f}; this is what is attributed."
    if found.target != found.prediction:
        told += f" The head tells “{found.prediction}”."
    return told


def completeness_told(found: Attributed, row: str) -> str:
    """Integrated gradients' completeness error, with all that it is made of."""
    each = found.integrated[row]
    return (
        f"sum {signed(each.total, 4)}, score minus score at the {each.baseline} baseline "
        f"{signed(each.difference, 4)}, completeness error {signed(each.error, 5)} at "
        f"{each.steps} steps"
    )


def signed(value: float, digits: int) -> str:
    """A number with its sign, written with a real minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def edges_told(found: Attributed) -> str:
    """How many edges were left out, and what all of them together are worth."""
    edges = found.edges
    if edges is None:
        return f"The {found.pooler} pooler has no graph, so there are no edges to take away."
    if not edges.n_edges:
        return f"At τ {found.tau:g} the graph has no edges between different tokens."
    tried = len(edges.values)
    which = (
        "Each edge of the graph was taken away by itself"
        if tried == edges.n_edges
        else f"Of {edges.n_edges:,} edges, the {tried:,} with the highest similarity were taken "
        "away, one at a time"
    )
    return f"{which}. Without any edge, the score {_moved(edges.together)}."


def _agreement(tau: float | None, words: bool) -> str:
    units = "words" if words else "tokens"
    if tau is None:
        return "Occlusion ranks nothing here, so π cannot be held against it."
    if tau >= MUCH:
        told = f"π ranks {units} much like occlusion does"
    elif tau >= SOMEWHAT:
        told = f"π ranks {units} somewhat like occlusion does"
    elif tau > -SOMEWHAT:
        told = f"π's ranking of {units} has little to do with that of occlusion"
    else:
        told = f"π ranks {units} rather against occlusion"
    return f"{told}: Kendall's τ {f'{tau:.2f}'.replace('-', '−')}."


def _change(what: str, fall: float) -> str:
    """A verb and how far the score moved."""
    if abs(fall) < 5e-4:
        return f"leaves {what} as it is"
    return f"{'lowers' if fall > 0 else 'raises'} {what} by {abs(fall):.3f}"


def _moved(fall: float) -> str:
    if abs(fall) < 5e-4:
        return "stays as it is"
    return f"{'falls' if fall > 0 else 'rises'} by {abs(fall):.3f}"
