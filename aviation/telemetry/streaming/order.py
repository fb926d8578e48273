"""The order in which points were sent, where the sender's clock went back.

By time such a flight is cut into pieces that lie over each other or hours apart. The sender's
numbers tell what followed what: each piece is moved to follow the one before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray

JUMP_S = 1.0
"""A clock that goes back by less is jitter."""


def as_sent(time_s: FloatArray, sequence: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The rows to keep in the order they were sent, and their times, strictly increasing.

    As they are where the numbers tell nothing: some are missing, or they began again.
    """
    unchanged = np.arange(time_s.size), time_s
    if np.isnan(sequence).any() or np.unique(sequence).size < sequence.size:
        return unchanged
    order = np.argsort(sequence)
    steps_s = np.diff(time_s[order])
    is_back = steps_s < -JUMP_S
    if not is_back.any() or is_back.all():
        return unchanged
    usual_s = max(float(np.median(steps_s[~is_back])), 0.0)
    moved_by_s = np.cumsum(np.where(is_back, usual_s - steps_s, 0.0))
    moved_s = time_s[order] + np.concatenate(([0.0], moved_by_s))
    distinct_s, rows = np.unique(moved_s, return_index=True)
    return order[rows], distinct_s
