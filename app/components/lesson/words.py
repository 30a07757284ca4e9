"""The lesson's words: `assets/lesson/lesson.toml`, read and checked once. No Streamlit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from string import Formatter, ascii_lowercase
from typing import Any, TypeVar

from glot.errors import GlotError
from glot.paths import assets_folder

# The largest number that can be answered, in the box and in a link.
MAX_NUMBER = 9_999


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose from, with what is said to it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Number:
    """A whole number that is found with the widget.

    Attributes:
        fact: its name among the lesson's facts.
        unit: what is counted.
        right: said to a right answer.
        wrong: said to another.
    """

    fact: str
    unit: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Step:
    """One step of the lesson; texts are Markdown with {names} of facts.

    Attributes:
        key: names its widget.
        title: for people.
        short: for the list of steps.
        minutes: how long a class takes for it.
        summary: what is to be remembered.
        text: what is explained.
        task: what to do with the widget.
        question: what is asked.
        teacher: a note on the teacher's sheet.
        choices: the answers, exactly one of them right; empty where a number is asked for.
        number: the number that is asked for; None where there are choices.

    Raises:
        GlotError: the question has no right answer, or several.
    """

    key: str
    title: str
    short: str
    minutes: int
    summary: str
    text: str
    task: str
    question: str
    teacher: str
    choices: tuple[Choice, ...] = ()
    number: Number | None = None

    def __post_init__(self) -> None:
        right = sum(choice.right for choice in self.choices)
        if right != (self.number is None):
            raise GlotError(
                f"The step {self.key!r} has {right} right choices.",
                "Accepted: exactly one, or a number in their place.",
            )

    @property
    def letters(self) -> str:
        """A letter for each choice."""
        return ascii_lowercase[: len(self.choices)]

    @property
    def right(self) -> str:
        """The letter of the right choice; the fact's name where a number is asked for."""
        if self.number is not None:
            return self.number.fact
        return next(
            letter
            for letter, choice in zip(self.letters, self.choices, strict=True)
            if choice.right
        )

    def accepts(self, answer: str) -> bool:
        """Whether this is an answer to the question, right or wrong."""
        if self.number is None:
            return len(answer) == 1 and answer in self.letters
        # As it is written when it is handed in: no sign, no leading zero.
        return answer in map(str, range(MAX_NUMBER + 1))

    def is_right(self, answer: str, facts: Mapping[str, str]) -> bool:
        """Whether an accepted answer is right."""
        if self.number is None:
            return answer == self.right
        return answer == facts[self.number.fact]

    def feedback(self, answer: str, facts: Mapping[str, str]) -> str:
        """What is said to an accepted answer."""
        if self.number is None:
            return self.choices[self.letters.index(answer)].feedback
        return self.number.right if self.is_right(answer, facts) else self.number.wrong

    def facts(self) -> set[str]:
        """Names of the facts that its texts and its answer ask for."""
        named = {self.number.fact} if self.number else set()
        return named.union(*(names_in(text) for text in _texts(self)))

    def filled(self, facts: Mapping[str, str]) -> Step:
        """The step with its facts in place."""
        number = self.number and _filled(self.number, facts)
        choices = tuple(_filled(choice, facts) for choice in self.choices)
        return replace(_filled(self, facts), choices=choices, number=number)


Part = TypeVar("Part", Step, Choice, Number)


@dataclass(frozen=True)
class Lesson:
    """The whole lesson.

    Attributes:
        title: for people.
        introduction: for the class.
        preparation: for the teacher.
        steps: in their order.
    """

    title: str
    introduction: str
    preparation: str
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        """How long all of it takes."""
        return sum(step.minutes for step in self.steps)


@cache
def lesson() -> Lesson:
    """The lesson that ships with the project."""
    return read_lesson(assets_folder() / "lesson" / "lesson.toml")


def read_lesson(path: Path) -> Lesson:
    """Read a lesson.

    Raises:
        GlotError: the file is missing, no TOML, or lacks something.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        steps = tuple(_step(step) for step in values.pop("step"))
        return Lesson(steps=steps, **{key: text.strip() for key, text in values.items()})
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, GlotError):
            raise
        raise GlotError(
            f"The lesson {path.name} cannot be read: {error}.",
            "Accepted: the file that ships with the project.",
            "Fetch the checkout anew.",
        ) from error


def names_in(text: str) -> set[str]:
    """Names of the facts that a text asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _step(values: dict[str, Any]) -> Step:
    choices = tuple(Choice(**choice) for choice in values.pop("choices", ()))
    number = values.pop("number", None)
    texts: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value for key, value in values.items()
    }
    return Step(choices=choices, number=Number(**number) if number else None, **texts)


def _texts(part: Step | Choice | Number) -> list[str]:
    own = [value for value in vars(part).values() if isinstance(value, str)]
    if isinstance(part, Step):
        inner: list[Choice | Number] = [*part.choices, *([part.number] if part.number else [])]
        own += [text for each in inner for text in _texts(each)]
    return own


def _filled(part: Part, facts: Mapping[str, str]) -> Part:
    texts: dict[str, Any] = {
        name: value.format_map(facts)
        for name, value in vars(part).items()
        if isinstance(value, str)
    }
    return replace(part, **texts)
