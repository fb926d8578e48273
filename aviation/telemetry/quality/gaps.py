"""How much of the time has nothing recorded at all?"""

from __future__ import annotations

from aviation.telemetry.formats.wording import numbered
from aviation.telemetry.quality.part import Part, Recording
from aviation.telemetry.quality.wording import seconds, share

NAME = "gaps"
WORST_SHARE = 0.25
"""A recording with this share of gaps scores 0."""


def judge(recording: Recording) -> Part:
    record = recording.record
    if record.duration_s <= 0:
        return Part(NAME, None, "Not assessed: there is only one moment in the recording.")
    lengths_s = [end_s - start_s for start_s, end_s in record.gaps]
    lost = min(sum(lengths_s) / record.duration_s, 1.0)
    score = 100 * (1 - min(lost / WORST_SHARE, 1.0))
    if not lengths_s:
        return Part(NAME, 100.0, f"No gaps in {seconds(record.duration_s)} of recording.")
    return Part(
        NAME,
        score,
        f"{numbered(len(lengths_s), 'gap')}, {seconds(sum(lengths_s))} of "
        f"{seconds(record.duration_s)} in all ({share(lost)}); "
        f"the longest lasts {seconds(max(lengths_s))}.",
    )
