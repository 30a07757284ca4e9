"""What a result keeps, counted."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from glot.memory import held_bytes

MILLION = 1_000_000


@dataclasses.dataclass
class Result:
    table: np.ndarray
    more: dict


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(MILLION, np.uint8),
        torch.zeros(MILLION, dtype=torch.uint8),
        "x" * MILLION,
        b"x" * MILLION,
        pd.DataFrame({"a": np.zeros(MILLION, np.uint8)}),
        # A small view keeps all that it looks at.
        np.zeros(MILLION, np.uint8)[:10],
        torch.zeros(MILLION, dtype=torch.uint8)[:10],
        Result(np.zeros(MILLION // 2, np.uint8), {"a": [np.zeros(MILLION // 2, np.uint8)]}),
        partial(np.add, np.zeros(MILLION, np.uint8)),
        (lambda kept: lambda: kept)(np.zeros(MILLION, np.uint8)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_bytes_are_those_of_the_data(value):
    assert MILLION <= held_bytes(value) <= MILLION + 5000


def test_what_is_there_twice_counts_once():
    array = np.zeros(MILLION, np.uint8)
    assert held_bytes([array, {"again": array}, array[5:]]) < MILLION + 5000


def test_a_model_that_a_result_names_is_not_the_results_own():
    assert held_bytes({"model": torch.nn.Linear(1000, 1000)}) < 5000
