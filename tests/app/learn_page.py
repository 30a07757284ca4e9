"""The Learn page without a browser."""

from typing import Self

from app.components.lesson.facts import facts
from app.components.lesson.words import Step, lesson
from tests.app.page import Page, script_of

STEPS = list(enumerate(lesson().steps, start=1))
FACTS = facts(set().union(*(step.facts() for _, step in STEPS)))


class Learn(Page):
    script = script_of("learn")

    def click(self, key: str) -> Self:
        return super().click(key).healthy()

    def text(self) -> str:
        """The page's Markdown as it was written."""
        return "\n".join(each.value for each in self.app.markdown)

    def give(self, number: int, step: Step, answer: str) -> Self:
        """Choose or type an answer, and hand it in."""
        key = f"learn_answer_{number}"
        if step.number is None:
            self.app.radio(key).set_value(answer)
        else:
            self.app.number_input(key).set_value(int(answer))
        return self.check().healthy()

    def check(self) -> Self:
        """Hand in what is chosen or typed."""
        next(each for each in self.app.button if each.label == "Check").click()
        return self.run()

    def said(self) -> tuple[bool, str]:
        """What the last answer got: whether it is right, and the words."""
        right = [each.value for each in self.app.success]
        wrong = [each.value for each in self.app.warning]
        assert len(right) + len(wrong) == 1
        return bool(right), (right + wrong)[0]


def right_answer(step: Step) -> str:
    return step.right if step.number is None else FACTS[step.number.fact]
