"""Numbers from the text columns of a CSV log."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviation.telemetry.record import FloatArray

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def as_numbers(texts: pa.Array, has_decimal_comma: bool) -> tuple[FloatArray, int]:
    """Numbers of a text column, NaN where a text is none, and how many non-empty texts are none."""
    plain = pc.ascii_trim_whitespace(texts)
    if has_decimal_comma:
        plain = pc.replace_substring(plain, ",", ".")
    is_number = pc.match_substring_regex(plain, _NUMBER)
    is_filled = pc.not_equal(plain, "")
    values = pc.cast(pc.if_else(is_number, plain, None), pa.float64())
    unreadable = pc.sum(pc.and_not(is_filled, is_number)).as_py() or 0
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64), unreadable
