"""A window of a flight's history, and the charts of the whole flight."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from psycopg import sql

from aviation.flights.models import FlightSession
from aviation.telemetry.windows import _READ, LOG_REACHES
from aviation.tenants.context import tenant_context
from tests.api.build import CHANNELS, EXTRAS, Things, make_flight, make_history, make_things
from tests.conftest import Cast


def read(client: Client, things: Things, **query: Any) -> Any:
    return client.get(f"/api/v1/flights/{things.flight.pk}/telemetry/", query)


def test_whole_flight_comes_as_columns(viewer: Client, things: Things) -> None:
    told = read(viewer, things).json()
    assert (told["rows_total"], told["is_downsampled"]) == (50, False)
    assert told["time_s"] == [n / 10 for n in range(50)]
    assert set(told["channels"]) == {*CHANNELS, *EXTRAS}
    assert {len(column) for column in told["channels"].values()} == {50}
    assert told["channels"]["roll_deg"][:3] == [0.0, 0.001, 0.002]
    assert told["channels"]["latitude"][0] == 47.1234567
    assert told["channels"]["motor_rpm_2"][0] == 5_000.0
    assert told["channels"]["ekf_velocity_ratio"][3] == 0.03


def test_missing_value_is_null(viewer: Client, things: Things) -> None:
    told = read(viewer, things, channels="throttle_percentage").json()
    assert told["channels"]["throttle_percentage"][:3] == [50.0, None, 50.0]


@pytest.mark.parametrize(
    "window",
    [
        {"start_s": "1", "end_s": "2"},
        {"start": "2026-05-04T09:30:01Z", "end": "2026-05-04T09:30:02Z"},
        {"start": "2026-05-04T11:30:01+02:00", "end_s": "2"},
    ],
    ids=str,
)
def test_window_holds_both_its_ends(viewer: Client, things: Things, window: dict[str, str]) -> None:
    told = read(viewer, things, channels="roll_deg", **window).json()
    assert told["time_s"] == [n / 10 for n in range(10, 21)]
    assert told["rows_total"] == 11


@pytest.mark.parametrize(
    "window",
    [
        {"start_s": "1000"},
        {"end_s": "-5"},
        {"start_s": "900000000"},
        {"start": "9999-12-31T23:59:59Z"},
        {"end": "0001-01-02T00:00:00Z"},
    ],
    ids=str,
)
def test_window_outside_the_flight_is_empty(
    viewer: Client, things: Things, window: dict[str, str]
) -> None:
    response = read(viewer, things, channels="roll_deg", **window)
    assert response.status_code == 200
    assert response.json()["time_s"] == []
    assert response.json()["channels"] == {"roll_deg": []}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"start_s": "nan"}, 400),
        ({"end_s": "inf"}, 400),
        ({"start_s": "1e300"}, 400),
        ({"start": "noon"}, 400),
        ({"start_s": "1", "start": "2026-05-04T09:30:01Z"}, 400),
        ({"max_points": "1"}, 400),
        ({"max_points": "20001"}, 400),
        ({"max_points": "some"}, 400),
        ({"start_s": "5", "end_s": "4"}, 422),
        ({"channels": "roll_deg,warp_drive"}, 422),
        ({"channels": ",".join(f"motor_rpm_{n}" for n in range(1, 100))}, 200),
        ({"channels": "roll_deg'; DROP TABLE x; --"}, 422),
        ({"channels": "\x00"}, 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_question_is_answered_with_a_problem(
    viewer: Client, things: Things, query: dict[str, str], status: int
) -> None:
    assert read(viewer, things, **query).status_code == status


def test_unknown_channel_names_the_known_ones(viewer: Client, things: Things) -> None:
    problem = read(viewer, things, channels="warp_drive").json()
    assert problem["code"] == "unknown_channel"
    assert "warp_drive" in problem["title"]
    assert "ekf_velocity_ratio, gps_satellites, latitude" in problem["title"]


def test_channel_that_was_not_recorded_is_null(viewer: Client, things: Things) -> None:
    told = read(viewer, things, channels="airspeed_ms,cpu_load_percentage,motor_rpm_8").json()
    assert {value for column in told["channels"].values() for value in column} == {None}


def test_long_window_is_thinned_and_keeps_its_peak(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha)
        make_history(flight, rows=3_000, spike_at=1_234)
    path = f"/api/v1/flights/{flight.pk}/telemetry/"
    told = viewer.get(path, {"channels": "roll_deg,motor_rpm_1", "max_points": "100"}).json()
    assert (told["rows_total"], told["is_downsampled"]) == (3_000, True)
    assert len(told["time_s"]) <= 100
    assert told["time_s"][told["channels"]["roll_deg"].index(170.0)] == 123.4
    assert (told["time_s"][0], told["time_s"][-1]) == (0.0, 299.9)


def test_default_is_two_thousand_rows_at_most(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha)
        make_history(flight, rows=9_000)
    told = viewer.get(f"/api/v1/flights/{flight.pk}/telemetry/").json()
    assert told["is_downsampled"]
    assert 500 < len(told["time_s"]) <= 2_000


def test_planned_flight_has_empty_columns(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha, state="planned")
        FlightSession.objects.update(boot_at=None)
    told = viewer.get(f"/api/v1/flights/{flight.pk}/telemetry/").json()
    assert (told["time_s"], told["channels"], told["rows_total"]) == ([], {}, 0)


def test_same_flight_of_another_organization_stays_out(
    outsider: Client, things: Things, bravo: Cast
) -> None:
    own = make_things(bravo, rows=7)
    told = outsider.get(f"/api/v1/flights/{own.flight.pk}/telemetry/").json()
    assert told["rows_total"] == 7


def test_reading_opens_only_the_partitions_of_the_flight(alpha: Cast) -> None:
    """Months before and after exist, and the plan does not name them."""
    with tenant_context(alpha.organization):
        flight = make_flight(alpha)
        make_history(flight, rows=5)
        with connection.cursor() as cursor:
            for month in ("2026-01-01", "2026-09-01"):
                cursor.execute("SELECT telemetry_ensure_partition(%s)", [month])
            query = _READ.format(sql.SQL("roll_deg"))
            span = [flight.started_at - LOG_REACHES, flight.started_at + timedelta(days=31)]
            cursor.execute(
                "EXPLAIN " + query.as_string(cursor.connection), [flight.boot_at, flight.pk, *span]
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "y2026m05" in plan
    assert "y2026m01" not in plan
    assert "y2026m09" not in plan


def test_charts_go_out_compressed_as_they_are_stored(viewer: Client, things: Things) -> None:
    path = f"/api/v1/flights/{things.flight.pk}/overview/"
    response = viewer.get(path, headers={"accept-encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(response.content))["end_s"] == 5.0
    again = viewer.get(path, headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_charts_are_unpacked_for_callers_without_gzip(viewer: Client, things: Things) -> None:
    response = viewer.get(f"/api/v1/flights/{things.flight.pk}/overview/")
    assert "Content-Encoding" not in response.headers
    assert response.json()["end_s"] == 5.0


def test_flight_without_charts_has_none(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = make_flight(alpha)
    response = viewer.get(f"/api/v1/flights/{flight.pk}/overview/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
