"""An archived flight reads as it did before, value for value."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from aviation.flights.models import FlightSession
from aviation.telemetry.models import ColdFile, FlightOverview
from aviation.telemetry.reading.span import recorded_span
from aviation.telemetry.reading.statistics import channel_statistics
from aviation.telemetry.windows import count_rows, read_window, recorded_channels
from tests.conftest import Cast
from tests.telemetry.cold.build import NAMES, ROWS, archive_all, bound, browser, columns, flown
from tests.telemetry.reading.build import keep


@pytest.fixture
def flight(fresh_organization: Cast) -> FlightSession:
    return flown(fresh_organization)


def whole(flight: FlightSession) -> Any:
    return read_window(flight=flight, channels=NAMES, start=None, end=None, max_points=100_000)


def test_window_is_the_same_to_the_last_bit(
    fresh_organization: Cast, flight: FlightSession
) -> None:
    with bound(fresh_organization):
        before = whole(flight)
    archive_all(fresh_organization)
    with bound(fresh_organization):
        after = whole(flight)
        assert count_rows(flight, recorded_span(flight)) == ROWS
    assert after.rows_total == before.rows_total == ROWS
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_allclose(after.time_s, before.time_s, rtol=0, atol=1e-9)


def test_part_of_a_flight_is_the_same(fresh_organization: Cast, flight: FlightSession) -> None:
    def part() -> Any:
        assert flight.boot_at is not None
        start, end = (flight.boot_at.replace(second=second) for second in (10, 40))
        return read_window(flight=flight, channels=NAMES, start=start, end=end, max_points=9_000)

    with bound(fresh_organization):
        before = part()
    archive_all(fresh_organization)
    with bound(fresh_organization):
        after = part()
    assert len(after.rows) == 301
    np.testing.assert_array_equal(after.values, before.values)


def test_statistics_are_the_same(fresh_organization: Cast, flight: FlightSession) -> None:
    with bound(fresh_organization):
        span = recorded_span(flight)
        before = channel_statistics(flight=flight, channels=NAMES, span=span)
    archive_all(fresh_organization)
    with bound(fresh_organization):
        after = channel_statistics(flight=flight, channels=NAMES, span=span)
    for name in NAMES:
        for part in type(before[name]).__slots__:
            old, new = getattr(before[name], part), getattr(after[name], part)
            same = old == new or abs(old - new) < 1e-9 * max(1.0, abs(old))
            assert same, (name, part, old, new)


def test_channels_are_known_without_charts(fresh_organization: Cast, flight: FlightSession) -> None:
    archive_all(fresh_organization)
    with bound(fresh_organization):
        FlightOverview.objects.all().delete()
        assert recorded_channels(flight) == sorted(NAMES)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_is_the_same(
    fresh_organization: Cast,
    flight: FlightSession,
    kind: str,
) -> None:
    client = browser(fresh_organization)
    path = f"/api/v1/flights/{flight.pk}/telemetry/export/?file={kind}"

    def fetch() -> bytes:
        return b"".join(client.get(path, HTTP_HOST="testserver"))

    before = fetch()
    archive_all(fresh_organization)
    after = fetch()
    if kind == "parquet":
        assert pq.read_table(io.BytesIO(after)).equals(pq.read_table(io.BytesIO(before)))
    else:
        assert after.count(b"\n") == ROWS + 1
        assert after.splitlines()[0] == before.splitlines()[0]
        for old, new in zip(before.splitlines()[1:], after.splitlines()[1:], strict=True):
            assert _numbers(old) == _numbers(new)


def _numbers(line: bytes) -> list[float | bytes | None]:
    moment, *values = line.split(b",")
    return [moment, *(float(value) if value else None for value in values)]


def test_late_rows_stand_in_their_place(fresh_organization: Cast, flight: FlightSession) -> None:
    """A part of the flight that came into the table after the rest was archived."""
    archive_all(fresh_organization)
    late = columns(20, seed=9)
    late["time_s"] = late["time_s"] + 10.05
    with bound(fresh_organization):
        keep(flight, late)
        window = whole(flight)
    assert window.rows_total == ROWS + 20
    assert (np.diff(window.time_s) > 0).all()


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_damaged_file_is_told_and_not_shown(
    fresh_organization: Cast,
    flight: FlightSession,
    damage: str,
) -> None:
    archive_all(fresh_organization)
    with bound(fresh_organization):
        name = ColdFile.objects.get().file_name
    with default_storage.open(name, "rb") as stored:
        content = bytearray(stored.read())
    default_storage.delete(name)
    if damage == "changed":
        content[len(content) // 2] ^= 1
        default_storage.save(name, ContentFile(bytes(content)))
    client = browser(fresh_organization)
    answer = client.get(f"/api/v1/flights/{flight.pk}/telemetry/?channels=roll_deg")
    assert answer.status_code == 503
    assert answer.json()["code"] == "archive_unsound"
