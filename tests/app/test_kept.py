"""Results that pages share: by what was asked, and within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from app.services import explain
from app.services.kept import ROOM, Room
from tests.threads import at_once

KIND, OTHER = object(), object()


def array(size: int) -> np.ndarray:
    return np.zeros(size, np.uint8)


def keys(room: Room, kind: object, *wanted: str) -> list[str]:
    """Those of the wanted keys that are not made anew."""
    made: list[str] = []
    for key in wanted:
        room.get(kind, key, 99, lambda key=key: made.append(key))
    return [key for key in wanted if key not in made]


def test_the_bytes_of_all_kinds_are_bounded_and_the_least_used_goes_first():
    room = Room(most_bytes=10_000)
    room.get(KIND, "a", 99, lambda: array(4000))
    room.get(OTHER, "b", 99, lambda: array(4000))
    room.get(KIND, "a", 99, lambda: pytest.fail("it is there"))
    room.get(KIND, "c", 99, lambda: array(4000))
    assert room.size <= 10_000
    assert keys(room, KIND, "a", "c") == ["a", "c"]
    assert keys(room, OTHER, "b") == []


def test_the_number_of_a_kind_is_bounded_whatever_its_size():
    room = Room()
    for number in range(20):
        room.get(KIND, number, 5, lambda: None)
        room.get(OTHER, f"other {number}", 99, lambda: None)
    assert (room.count(KIND), room.count(OTHER)) == (5, 20)


def test_both_bounds_are_the_operators(monkeypatch):
    monkeypatch.setenv("GLOT_CACHE_ENTRIES", "6")
    room = Room()
    for number in range(20):
        room.get(KIND, number, 99, lambda: None)
        room.get(OTHER, f"other {number}", 99, lambda: None)
    assert room.count(KIND) + room.count(OTHER) == 6
    monkeypatch.setenv("GLOT_CACHE_MB", "1")
    for number in range(3):
        room.get(KIND, f"large {number}", 99, lambda: array(400_000))
    assert room.count(KIND) == 2
    assert room.size <= 10**6


def test_what_is_larger_than_the_room_stays_until_the_next():
    room = Room(most_bytes=1000)
    room.get(KIND, "large", 9, lambda: array(5000))
    room.get(KIND, "large", 9, lambda: pytest.fail("a page would ask for it for ever"))
    room.get(KIND, "next", 9, lambda: array(10))
    assert room.size <= 1000


def test_what_grows_is_measured_again():
    room = Room(most_bytes=10_000)

    def grown() -> list[np.ndarray]:
        return room.get(KIND, "grows", 9, list, growing=lambda value: sum(map(len, value)))

    grown()
    room.get(KIND, "small", 9, lambda: array(3000))
    grown().append(array(9000))
    assert keys(room, KIND, "small") == ["small"]
    grown()
    assert keys(room, KIND, "small") == []


def test_thirty_who_ask_at_once_get_one_result_and_errors_are_not_kept():
    room, made = Room(), []

    def make() -> object:
        made.append(1)
        if len(made) == 1:
            raise ValueError("not yet")
        return object()

    def ask(key: str) -> object:
        try:
            return room.get(KIND, key, 9, make)
        except ValueError as error:
            return error

    found = at_once(ask, ["key"] * 30)
    failed = [each for each in found if isinstance(each, ValueError)]
    assert (len(found), len(failed), len(made)) == (30, 1, 2)
    assert len({id(each) for each in found if each not in failed}) == 1


def test_an_explanation_is_kept_by_its_content_and_its_bytes_are_counted():
    asked = explain.Asked("Kept by what it says.", "minilm", "sst2")
    again = explain.Asked("Kept by what it says.", "minilm", "sst2")
    first = explain.explanation(asked)
    assert explain.explanation(again) is first
    size = ROOM.size
    arrays = [first.upper, first.positions, *first.weights.values()]
    assert size >= sum(each.nbytes for each in arrays)
    explain._explained.clear()
    assert explain.explanation(asked) is not first


def test_a_maps_size_is_that_of_its_vectors():
    from app.services import embedding

    here = embedding.atlas(embedding.OPENING)
    vectors = sum(each.values.nbytes for each in here.vectors.values())
    assert vectors > 0
    assert vectors <= here.size() <= ROOM.size
