"""The teacher's sheet as Markdown: the lesson's steps with their answers. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

from app.components.lesson.words import Lesson, Step

FILE = "glot-lesson.md"


def sheet(lesson: Lesson, facts: Mapping[str, str]) -> str:
    """The whole sheet.

    Args:
        lesson: the lesson.
        facts: all that its texts name.
    """
    parts = [head(lesson)]
    parts += [
        sheet_step(number, step.filled(facts), facts)
        for number, step in enumerate(lesson.steps, start=1)
    ]
    return "\n\n".join(parts) + "\n"


def head(lesson: Lesson) -> str:
    """Title, preparation, and a table of the steps with their minutes."""
    rows = [
        f"| {number} | {step.title} | {step.minutes} |"
        for number, step in enumerate(lesson.steps, start=1)
    ]
    table = "\n".join(["| Step | Title | Minutes |", "|---:|---|---:|", *rows])
    return "\n\n".join(
        [
            f"# {lesson.title}: teacher's sheet",
            f"About {lesson.minutes} minutes. {lesson.introduction}",
            lesson.preparation,
            table,
        ]
    )


def sheet_step(number: int, step: Step, facts: Mapping[str, str]) -> str:
    """One step, its facts in place."""
    return "\n\n".join(
        [
            f"## Step {number}. {step.title} ({step.minutes} minutes)",
            step.text,
            f"**To do.** {step.task}",
            f"**Question.** {step.question}",
            _answers(step, facts),
            f"**Note.** {step.teacher}",
            f"**To remember.** {step.summary}",
        ]
    )


def _answers(step: Step, facts: Mapping[str, str]) -> str:
    if step.number is not None:
        answer = f"{facts[step.number.fact]} {step.number.unit}"
        return (
            f"- **{answer}** (right)  \n  {step.number.right}\n"
            f"- Any other number  \n  {step.number.wrong}"
        )
    lines = []
    for letter, choice in zip(step.letters, step.choices, strict=True):
        mark = f"**{choice.text}** (right)" if choice.right else choice.text
        # Two blanks: what is said to it begins a new line.
        lines.append(f"- {letter}) {mark}  \n  {choice.feedback}")
    return "\n".join(lines)
