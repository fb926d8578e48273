"""The charts' document, and the date a flight is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aviation.telemetry.importing import with_plausible_clock
from aviation.telemetry.overview import build_overview
from aviation.telemetry.record import ClockSource, EventKind, LogEvent
from tests.api.build import make_things
from tests.conftest import Cast
from tests.mlresults.records import NO_FLIGHT, record_of


def mode(time_s: float, name: str) -> LogEvent:
    return LogEvent(time_s, EventKind.MODE, code=name, text=name.title())


def test_mode_lasts_until_the_next_and_the_last_until_the_end() -> None:
    record = replace(record_of({}), events=(mode(1.0, "HOVER"), mode(4.5, "LAND")))
    assert build_overview(record, NO_FLIGHT, [])["modes"] == [
        {"start_s": 1.0, "end_s": 4.5, "name": "HOVER"},
        {"start_s": 4.5, "end_s": record.end_s, "name": "LAND"},
    ]


def test_log_without_a_mode_has_none() -> None:
    assert build_overview(record_of({}), NO_FLIGHT, [])["modes"] == []


@pytest.mark.parametrize(
    "boot_at", [datetime(1980, 1, 6, tzinfo=UTC), timezone.now() + timedelta(days=30)]
)
def test_date_that_cannot_be_right_is_left_out_and_it_is_said(boot_at: datetime) -> None:
    record = replace(record_of({}), boot_at=boot_at, clock_source=ClockSource.GPS, notes=())
    corrected = with_plausible_clock(record)
    assert (corrected.boot_at, corrected.clock_source) == (None, ClockSource.NONE)
    assert [note.text for note in corrected.notes] == [
        f"The log's date, {boot_at:%Y-%m-%d}, cannot be right and was left out."
    ]


def test_date_that_can_be_right_is_kept() -> None:
    record = replace(record_of({}), boot_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert with_plausible_clock(record) is record


def test_charts_are_kept_privately_and_asked_for_again(alpha: Cast, viewer: Client) -> None:
    things = make_things(alpha)
    path = f"{alpha.home}flights/{things.flight.pk}/charts/"
    first = viewer.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"Accept-Encoding", "Cookie"} <= set(first.headers["Vary"].split(", "))
    again = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
