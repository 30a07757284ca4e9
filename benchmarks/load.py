"""A class at one server: readers who type texts of their own and look at other pages.

Each reader is a session of its own on the dashboard's websocket (`benchmarks.wire`). They share
the machine with the server, so what they cost is in the numbers. What comes back is held against
the same texts computed in this process: a reader who was sent anything of another's text, words or
numbers, is an error.

`python -m benchmarks.load --clients 30`
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
import psutil
import typer

from benchmarks.text import WORDS
from benchmarks.wire import Session, WireError, arrays_of, view_of
from tests.browser.server import started, stop_in_order

if TYPE_CHECKING:
    from benchmarks.measure import Row

BUDGET = "p95 ≤ 3,000"
TEXT = "new 30-token text → all sent"
# [CLS] and [SEP] come on top: all texts have the same shape, so that only content tells them apart.
N_WORDS = 28
PAGES = ("compare", "stress", "map", "attributions", "benchmarks", "train", "learn")
# Of ten things that a reader does, how many are a new text.
TEXTS_OF_TEN = 7
# Similarities of a text that was computed with others, or in another process, against its own:
# bfloat16 keeps eight bits of each state.
TOLERANCE = 0.05

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Load:
    """What readers do.

    Attributes:
        clients: readers at once.
        steps: things that each of them does.
        think: seconds between two of them, on average; from half to one and a half of it.
        seed: of what they do.
    """

    clients: int = 30
    steps: int = 20
    think: float = 10.0
    seed: int = 0


@dataclass
class Answer:
    """What a reader was shown for a text: words, similarities, and π of GLOT at every τ."""

    text: str
    told: dict[str, Any]
    upper: Floats
    weights: Floats


@dataclass
class Outcome:
    """What came of a load.

    Attributes:
        seconds: of each thing that was done, by its name.
        answers: to the texts.
        errors: what went wrong, with the reader's number.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: list[Answer] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def p95(self, name: str) -> float:
        """Seconds that 95 of 100 did not exceed."""
        return float(np.percentile(self.seconds[name], 95))


def text_of(reader: int, step: int, seed: int) -> str:
    """A text that no other reader types, of `N_WORDS` tokens."""
    drawn = random.Random(f"{seed} {reader} {step}")  # noqa: S311 - not for secrets
    return " ".join(drawn.choice(WORDS) for _ in range(N_WORDS))


def carry_out(address: str, load: Load) -> Outcome:
    """All readers at once, each in a thread, until each has done its steps."""
    outcome = Outcome()
    threads = [
        threading.Thread(target=_reader, args=(address, load, number, outcome))
        for number in range(load.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def _reader(address: str, load: Load, number: int, outcome: Outcome) -> None:
    drawn = random.Random(f"{load.seed} {number}")  # noqa: S311 - not for secrets
    try:
        with Session(address) as session:
            time.sleep(drawn.uniform(0, load.think))
            outcome.seconds["open"].append(session.open())
            for step in range(load.steps):
                time.sleep(drawn.uniform(0.5, 1.5) * load.think)
                if drawn.random() * 10 < TEXTS_OF_TEN:
                    _type(session, text_of(number, step, load.seed), outcome)
                else:
                    page = drawn.choice(PAGES)
                    outcome.seconds[page].append(session.open(page))
                outcome.errors += [f"reader {number}: {told}" for told in session.errors]
    except (WireError, OSError) as error:
        outcome.errors.append(f"reader {number}: {type(error).__name__}: {error}")


def _type(session: Session, text: str, outcome: Outcome) -> None:
    """A text into the box of Explore, to which the reader goes back first."""
    if session.page:
        outcome.seconds["back to Explore"].append(session.open())
    outcome.seconds[TEXT].append(session.set(text=text))
    arrays = arrays_of(session)
    outcome.answers.append(
        Answer(text, view_of(session), arrays["upper"], arrays.get("pi_glot", arrays["pi_mean"]))
    )


def crossed(answers: list[Answer]) -> list[str]:
    """What is wrong with answers: words or numbers that are not their text's own.

    Every text runs through the backbone here once more, by itself. An answer's similarities must
    be nearest to those of its own text among all texts, and close to them.
    """
    own = _own([answer.text for answer in answers])
    tables = np.stack([upper for _, upper in own])
    found = []
    for (tokens, upper), answer in zip(own, answers, strict=True):
        where = f"the answer to {answer.text[:40]!r} …"
        if answer.told["text"] != answer.text:
            found.append(f"{where} is of the text {answer.told['text'][:40]!r} …")
        if tuple(answer.told["tokens"]) != tokens:
            found.append(f"{where} has other tokens")
        if answer.upper.shape != upper.shape:
            found.append(f"{where} has {answer.upper.size} similarities")
            continue
        off, nearest = np.abs(upper - answer.upper).max(), np.abs(tables - answer.upper).max(axis=1)
        if not (off < TOLERANCE and off == nearest.min()):
            found.append(f"{where} is {off:.3f} off, and {nearest.min():.3f} off another's")
        sums = answer.weights.reshape(-1, len(tokens)).sum(axis=1)
        if not np.abs(sums - 1).max() < 1e-5:
            found.append(f"{where} has weights that sum to {sums.min()} to {sums.max()}")
    return found


def _own(texts: list[str]) -> list[tuple[tuple[str, ...], Floats]]:
    """Tokens and similarities of each text by itself, in this process and with one thread."""
    import torch

    from glot.backbones import load_backbone
    from glot.graph.similarity import token_similarity
    from glot.graph.statistics import upper_triangle

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    backbone = load_backbone("minilm")
    found = []
    for text in texts:
        states = backbone.encode([text])
        table = token_similarity(states.hidden, states.mask, "cosine")[0].cpu().numpy()
        found.append((states.tokens[0], upper_triangle(table)))
    torch.set_num_threads(threads)
    return found


def warm(address: str) -> None:
    """One reader before the class: the server has loaded its model and its pages."""
    with Session(address) as session:
        session.open()
        session.set(text=text_of(-1, 0, 0))
        for page in PAGES:
            session.open(page)


def measured(load: Load) -> tuple[Outcome, dict[str, float]]:
    """A server of its own under a load; what came of it, and what the server took."""
    with started() as (address, process):
        warm(address)
        server = psutil.Process(process.pid)
        before, busy = server.memory_info().rss, sum(server.cpu_times()[:2])
        began = time.perf_counter()
        outcome = carry_out(address, load)
        wall = time.perf_counter() - began
        took = {
            "wall_s": wall,
            "server_cpu_s": sum(server.cpu_times()[:2]) - busy,
            "rss_before_mib": before / 2**20,
            "rss_after_mib": server.memory_info().rss / 2**20,
            "machine_load": psutil.getloadavg()[0],
        }
    outcome.errors += crossed(outcome.answers)
    return outcome, took


def run(quick: bool) -> list[Row]:
    """Rows of `python -m benchmarks load`."""
    from benchmarks.measure import row

    outcome, _ = measured(Load(steps=5 if quick else 20))
    if outcome.errors:
        raise RuntimeError(f"{len(outcome.errors)} errors, such as {outcome.errors[0]}")
    told = f"load: 30 sessions, p95 {outcome.p95(TEXT) * 1000:,.0f} ms, {TEXT}"
    rows = [row(told, [each * 1000 for each in outcome.seconds[TEXT]], budget=BUDGET)]
    for name, values in sorted(outcome.seconds.items()):
        if name != TEXT:
            rows.append(row(f"load: {name}", [each * 1000 for each in values]))
    return rows


def main(
    clients: Annotated[int, typer.Option(help="Readers at once.")] = 30,
    steps: Annotated[int, typer.Option(help="Texts and pages of each.")] = 20,
    think: Annotated[float, typer.Option(help="Seconds between two of them; 0: none.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of what they do.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Put a class in front of a server of its own; exit code 1 if anything went wrong."""
    stop_in_order()
    load = Load(clients, steps, think, seed)
    outcome, took = measured(load)
    told = {
        name: {
            "n": len(values),
            "median_s": round(statistics.median(values), 3),
            "p95_s": round(outcome.p95(name), 3),
            "max_s": round(max(values), 3),
        }
        for name, values in sorted(outcome.seconds.items())
    }
    record = {"load": asdict(load), "seconds": told, "server": took, "errors": outcome.errors}
    if as_json:
        typer.echo(json.dumps(record))
    else:
        for name, values in told.items():
            typer.echo(f"{name:<32}" + "  ".join(f"{k} {v}" for k, v in values.items()))
        typer.echo(", ".join(f"{key} {value:,.1f}" for key, value in took.items()))
        typer.echo(f"{len(outcome.answers)} answers checked, {len(outcome.errors)} errors")
        for error in outcome.errors[:20]:
            typer.echo(error, err=True)
    raise typer.Exit(1 if outcome.errors else 0)


if __name__ == "__main__":
    typer.run(main)
