"""Charts of restore drills: how long a restore takes, and how much work it would cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.values import Series, Slot, Tone, Value, Words
from aviation.tenants.context import platform_context
from maintenance.backup.models import BackupDrill

SHOWN = 30
HOUR_S = 3_600
EMPTY = "No drill has been made yet: manage.py backup drill makes one."


def latest_drills() -> list[BackupDrill]:
    """The newest ones, oldest first."""
    with platform_context(), transaction.atomic():
        return list(BackupDrill.objects.order_by("-started_at")[:SHOWN])[::-1]


def drill_charts(drills: Sequence[BackupDrill]) -> list[LineChart]:
    """Time to restore (RTO) and age of the data (RPO), one slot a drill; a failed one is a gap."""
    return [
        _chart(
            drills,
            Words(
                key="drill-duration",
                title="Time to restore",
                unit="minutes",
                summary=_summary(drills, "took", _duration_text),
                empty=EMPTY,
                slots="Drill",
            ),
            lambda drill: drill.duration_s / 60,
            _duration_text,
        ),
        _chart(
            drills,
            Words(
                key="drill-age",
                title="Age of the restored data",
                unit="hours",
                summary=_summary(drills, "brought back data that were", _age_text),
                empty=EMPTY,
                slots="Drill",
            ),
            lambda drill: drill.data_age_s / HOUR_S,
            _age_text,
        ),
    ]


def _chart(
    drills: Sequence[BackupDrill],
    words: Words,
    number: Callable[[BackupDrill], float],
    text: Callable[[BackupDrill], str],
) -> LineChart:
    values = tuple(
        Value(None, "failed") if drill.problems else Value(number(drill), text(drill))
        for drill in drills
    )
    slots = [
        Slot(f"{each.started_at:%d %b}", f"{each.started_at:%d %B %Y %H:%M}") for each in drills
    ]
    return line_chart(words, slots, [Series(words.title, Tone.ONE, values)])


def _summary(drills: Sequence[BackupDrill], verb: str, text: Callable[[BackupDrill], str]) -> str:
    if not drills:
        return EMPTY
    failed = sum(bool(each.problems) for each in drills)
    counted = f"{failed} of {len(drills)} drills failed."
    good = [each for each in drills if not each.problems]
    return f"The last good drill {verb} {text(good[-1])}. {counted}" if good else counted


def _duration_text(drill: BackupDrill) -> str:
    minutes, seconds = divmod(round(drill.duration_s), 60)
    return f"{minutes} min {seconds:02d} s"


def _age_text(drill: BackupDrill) -> str:
    return f"{drill.data_age_s / HOUR_S:.1f} hours old"
