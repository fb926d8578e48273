"""How much of what came lies outside what is physically possible?"""

from __future__ import annotations

import numpy as np

from aviation.telemetry.formats.wording import numbered
from aviation.telemetry.quality.part import Part, Recording
from aviation.telemetry.quality.wording import share

NAME = "out_of_range"
_SHARES = (0.0, 0.0001, 0.001, 0.01, 0.1)
_SCORES = (100.0, 95.0, 80.0, 40.0, 0.0)
"""One impossible value in a thousand is worth a look, one in ten is no recording."""


def judge(recording: Recording) -> Part:
    refused = recording.refused
    if refused is None or refused.total <= 0:
        return Part(NAME, None, "Not assessed: impossible values were not counted.")
    of = numbered(refused.total, refused.noun)
    if refused.count == 0:
        return Part(NAME, 100.0, f"None of {of} lies outside what is possible.")
    found = min(refused.count / refused.total, 1.0)
    verb = "lies" if refused.count == 1 else "lie"
    return Part(
        NAME,
        float(np.interp(found, _SHARES, _SCORES)),
        f"{refused.count:,} of {of} ({share(found)}) {verb} outside what is possible "
        "and were left out.",
    )
