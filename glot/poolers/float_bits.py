"""Float32, and bfloat16 as its bits, as functions that numba compiles read and write them.

Numba keeps what it compiled by the time of the file that calls: who changes this file touches
`kernels.py` too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload


@intrinsic  # type: ignore[untyped-decorator]
def _float_of(context: Any, bits: Any) -> Any:
    """The float32 that uint32 bits stand for."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.bitcast(given[0], context.get_value_type(types.float32))

    return types.float32(types.uint32), generate


def wide(number: Any) -> Any:
    """A float32, or the bits of a bfloat16, as float32."""


@overload(wide)  # type: ignore[untyped-decorator]
def _wide_for(number: Any) -> Any:
    if number == types.uint16:

        def widened(number: Any) -> Any:
            return _float_of(np.uint32(number) << np.uint32(16))

        return widened

    def same(number: Any) -> Any:
        return number

    return same


def write(values: Any, row: Any) -> None:
    """Write float32 into as long a row, rounded to what it holds; `values` is used up."""


@overload(write)  # type: ignore[untyped-decorator]
def _write_for(values: Any, row: Any) -> Any:
    if row.dtype != types.uint16:

        def plain(values: Any, row: Any) -> Any:
            for k in range(len(values)):
                row[k] = values[k]

        return plain

    def rounded(values: Any, row: Any) -> Any:
        # To the nearest, and to the even of two that are as near. NaN stays NaN, as processors
        # make it and as it comes from bfloat16: without ones in the lower half.
        bits = values.view(np.uint32)
        for k in range(len(bits)):
            odd = (bits[k] >> np.uint32(16)) & np.uint32(1)
            row[k] = np.uint16((bits[k] + np.uint32(0x7FFF) + odd) >> np.uint32(16))

    return rounded
