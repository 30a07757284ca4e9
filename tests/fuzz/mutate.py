"""Mutations that know JSON: bytes changed at random seldom get past its parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

# Between the JSON and what follows it in the inputs of some readers (`tests.fuzz.targets`).
GAP = b"\n\n"
DEEP: Any = []
for _ in range(50):
    DEEP = [DEEP]
HOSTILE = (
    *(None, True, False, 0, -1, 1, 2, 2**31, 2**63, 10**30, -(10**30), 0.5, 1.5, 1e308, -1e308),
    *(float("nan"), float("inf"), float("-inf")),
    *(
        "",
        " ",
        "0",
        "1",
        "nan",
        "\0",
        "\ud800",
        "ﷺ",
        "../..",
        "a/b",
        "<b>",
        "{0}",
        "%s",
        "x" * 3000,
    ),
    *([], {}, [None], [[]], [{}], {"": None}, {"a": {"a": {}}}, DEEP, ["a", "a"], [1, "a"]),
)
Place = tuple[Any, Any]


def json_mutated(data: bytes, random: Random) -> bytes | None:
    """The bytes with a few values of their JSON, or of one of their lines of it, replaced.

    Returns:
        None where there is no JSON.
    """
    parts = list(data.partition(GAP))
    for number in random.sample((0, 2), 2):
        part = _changed(parts[number], random)
        if part is not None:
            parts[number] = part
            return b"".join(parts)
    lines = data.split(b"\n")
    number = random.randrange(len(lines))
    line = _changed(lines[number], random)
    return None if line is None else b"\n".join([*lines[:number], line, *lines[number + 1 :]])


def _changed(text: bytes, random: Random) -> bytes | None:
    try:
        holder = [json.loads(text)]
    except (ValueError, RecursionError):
        return None
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(holder))
        if not places:
            break
        container, key = random.choice(places)
        random.choice(CHANGES)(container, key, places, random)
    return json.dumps(holder[0] if holder else None).encode()


def _places(value: Any) -> Any:
    """(container, key) of every value within."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        keys = found.keys() if isinstance(found, dict) else range(len(found))
        for key in list(keys):
            yield found, key
            if isinstance(found[key], dict | list):
                waiting.append(found[key])


def _replace(container: Any, key: Any, _places: list[Place], random: Random) -> None:
    container[key] = deepcopy(random.choice(HOSTILE))


def _leave_out(container: Any, key: Any, _places: list[Place], _random: Random) -> None:
    del container[key]


def _wrap(container: Any, key: Any, _places: list[Place], random: Random) -> None:
    container[key] = random.choice(([container[key]], {"a": container[key]}, str(container[key])))


def _copy(container: Any, key: Any, places: list[Place], random: Random) -> None:
    other, place = random.choice(places)
    # Through JSON, as a container must not come to hold itself.
    container[key] = json.loads(json.dumps(other[place]))


def _add(container: Any, key: Any, _places: list[Place], random: Random) -> None:
    if isinstance(container, dict):
        container[random.choice(("", "colour", f"{key} ", key.upper()))] = deepcopy(
            random.choice(HOSTILE)
        )
    else:
        container.append(deepcopy(random.choice(HOSTILE)))


CHANGES: tuple[Callable[[Any, Any, list[Place], Random], None], ...] = (
    _replace,
    _replace,
    _replace,
    _leave_out,
    _wrap,
    _copy,
    _add,
)
