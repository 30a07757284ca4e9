"""Signal phrases of the stress test: data. Nouns go where the braces are."""

from __future__ import annotations

from dataclasses import dataclass

# Class 0 has one thing without the other, class 1 has both. Each phrase has seven words
# and a counterpart in the other class.
PAPER = (
    ("the file has {x} but not {y}", 0),
    ("the room holds {x} but no {y}", 0),
    ("we found {x} there without any {y}", 0),
    ("they bring {x} and never bring {y}", 0),
    ("the file has {x} and also {y}", 1),
    ("the room holds {x} and more {y}", 1),
    ("we found {x} there with many {y}", 1),
    ("they bring {x} and always bring {y}", 1),
)

# Class 0 phrases have 24 words, class 1 phrases 13. The first 13 words of a class 0 phrase hold
# both nouns and the negation, so that a phrase cut to 13 words keeps its meaning.
RELEASED = (
    (
        "the drawer holds the {x} but it does not hold the {y} we need "
        "so somebody will have to go and look for it",
        0,
    ),
    (
        "you may take the {x} with you but do not take the {y} because "
        "we still want to use them at home this week",
        0,
    ),
    (
        "our list names the {x} and it does not name the {y} at all "
        "which is why people at the shop sent us home",
        0,
    ),
    ("the drawer holds the {x} and it also holds the {y} we need", 1),
    ("you may take the {x} with you and also take the {y} home", 1),
    ("our list names the {x} and it also names the {y} as well", 1),
)


@dataclass(frozen=True)
class Orders:
    """Templates by what they name first.

    Attributes:
        had_first: the noun that is there, then the one that is not.
        lacked_first: the other way round.
    """

    had_first: tuple[str, ...]
    lacked_first: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        """Both orders."""
        return self.had_first + self.lacked_first


# Five words each. No template of the test set is one of training, but each of its negating words
# is known from there, in other company: the question is whether the relation is found, not
# whether a word for it was ever met. Most of its other words are new.
STRICT = {
    "train": Orders(
        had_first=(
            "has {had} but not {lacked}",
            "some {had} but no {lacked}",
            "keeps {had} and lacks {lacked}",
            "with {had} and without {lacked}",
            "owns {had} but never {lacked}",
            "many {had} and zero {lacked}",
        ),
        lacked_first=(
            "lacks {lacked} but has {had}",
            "no {lacked} but some {had}",
            "without {lacked} yet with {had}",
            "not {lacked} but only {had}",
            "never {lacked} but always {had}",
            "zero {lacked} but many {had}",
        ),
    ),
    "test": Orders(
        had_first=(
            "shows {had} but not {lacked}",
            "offers {had} but no {lacked}",
            "got {had} yet lacks {lacked}",
            "holds {had} but never {lacked}",
        ),
        lacked_first=(
            "lacks {lacked} but owns {had}",
            "no {lacked} yet several {had}",
            "not {lacked} but rather {had}",
            "without {lacked} but has {had}",
        ),
    ),
}
