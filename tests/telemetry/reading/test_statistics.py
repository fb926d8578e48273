"""A channel's figures are those that numpy finds in the same rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aviation.telemetry.reading import bounded
from aviation.telemetry.reading.span import Span
from aviation.telemetry.reading.statistics import ChannelStatistics, channel_statistics
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import BOOT, as_stored, fly, stream

WHOLE: Span = (BOOT - timedelta(days=1), BOOT + timedelta(days=1))
ROWS = 5_000


def columns() -> dict[str, Any]:
    """Values of each kind of place: columns of either width, counts, motors, extras, gaps."""
    random = np.random.default_rng(20)
    gappy = 20 + random.normal(size=ROWS)
    gappy[::3] = np.nan
    return {
        "time_s": np.arange(ROWS) / 10,
        "latitude": 47 + random.normal(size=ROWS) / 1_000,
        "roll_deg": random.normal(size=ROWS) * 20,
        "altitude_m": 11_000 + random.normal(size=ROWS) / 10,
        "gps_satellites": random.integers(6, 20, ROWS).astype(float),
        "battery_voltage_v": gappy,
        "motor_rpm_1": 5_000 + random.normal(size=ROWS) * 50,
        "motor_rpm_3": 6_000 + random.normal(size=ROWS) * 50,
        "ekf_velocity_ratio": np.abs(random.normal(size=ROWS)),
    }


def expected(values: Any) -> list[float]:
    known = values[~np.isnan(values)]
    percentiles = np.percentile(known, [50, 95, 99])
    return [len(known), known.min(), known.max(), known.mean(), known.std(), *percentiles]


def told(figures: ChannelStatistics) -> list[float | None]:
    return [
        figures.count,
        figures.min,
        figures.max,
        figures.mean,
        figures.standard_deviation,
        figures.p50,
        figures.p95,
        figures.p99,
    ]


def test_figures_equal_numpys(in_alpha: Cast) -> None:
    given = columns()
    flight = fly(in_alpha, given)
    names = [name for name in given if name != "time_s"]
    found = channel_statistics(flight=flight, channels=names, span=WHOLE)
    for name in names:
        wanted = expected(as_stored(name, given[name]))
        np.testing.assert_allclose(told(found[name]), wanted, rtol=1e-9, err_msg=name)


def test_part_of_a_flight_has_its_own_figures(in_alpha: Cast) -> None:
    given = columns()
    flight = fly(in_alpha, given)
    span = (BOOT + timedelta(seconds=100), BOOT + timedelta(seconds=200))
    found = channel_statistics(flight=flight, channels=["roll_deg"], span=span)["roll_deg"]
    wanted = expected(as_stored("roll_deg", given["roll_deg"][1_000:2_001]))
    np.testing.assert_allclose(told(found), wanted, rtol=1e-9)


def test_first_and_last_moment_are_those_of_known_values(in_alpha: Cast) -> None:
    given = {"time_s": [0.0, 1.0, 2.0, 3.0], "roll_deg": [np.nan, 5.0, 6.0, np.nan]}
    flight = fly(in_alpha, given)
    found = channel_statistics(flight=flight, channels=["roll_deg"], span=WHOLE)["roll_deg"]
    assert found.first_at == BOOT + timedelta(seconds=1)
    assert found.last_at == BOOT + timedelta(seconds=2)


def test_one_point_has_no_spread(in_alpha: Cast) -> None:
    flight = fly(in_alpha, {"time_s": [0.0], "roll_deg": [7.5]})
    found = channel_statistics(flight=flight, channels=["roll_deg"], span=WHOLE)["roll_deg"]
    assert told(found) == [1, 7.5, 7.5, 7.5, 0.0, 7.5, 7.5, 7.5]


def test_headings_about_north_average_to_north(in_alpha: Cast) -> None:
    flight = fly(in_alpha, {"time_s": [0.0, 1.0], "yaw_deg": [359.0, 3.0], "roll_deg": [1.0, 3.0]})
    found = channel_statistics(flight=flight, channels=["yaw_deg", "roll_deg"], span=WHOLE)
    assert found["yaw_deg"].mean_direction_deg == pytest.approx(1.0)
    assert found["yaw_deg"].mean == pytest.approx(181.0)
    assert found["roll_deg"].mean_direction_deg is None


def test_a_motor_that_is_no_number_is_left_out(in_alpha: Cast) -> None:
    """I5: the array of motors has no check of its own in the table."""
    flight = fly(in_alpha, {"time_s": [0.0, 1.0], "motor_rpm_1": [4_000.0, 5_000.0]})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry_point SET motor_rpm = ARRAY['NaN'::real]"
            ' WHERE session_id = %s AND "timestamp" = %s',
            [flight.pk, BOOT],
        )
    found = channel_statistics(flight=flight, channels=["motor_rpm_1"], span=WHOLE)["motor_rpm_1"]
    assert told(found)[:4] == [1, 5_000.0, 5_000.0, 5_000.0]


def test_rows_are_read_once_for_all_channels(in_alpha: Cast) -> None:
    flight = fly(in_alpha, columns())
    with CaptureQueriesContext(connection) as captured:
        channel_statistics(flight=flight, channels=["roll_deg", "altitude_m"], span=WHOLE)
    read = [query for query in captured.captured_queries if "telemetry_point" in query["sql"]]
    assert len(read) == 1
    assert len(captured) == 2  # the other asks whether the flight is archived


def test_what_takes_too_long_is_refused_in_words(
    viewer: Client, alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "ANSWER_S", 0.001)
    with tenant_context(alpha.organization):
        flight = fly(alpha, columns())
    response = ask(viewer, flight)
    assert (response.status_code, response.json()["code"]) == (422, "too_much")


# -- by the API


def ask(client: Client, flight: Any, **query: Any) -> Any:
    return client.get(f"/api/v1/flights/{flight.pk}/telemetry/statistics/", query)


def test_api_tells_every_recorded_channel_with_its_unit(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, columns())
    channels = ask(viewer, flight).json()["channels"]
    assert list(channels) == [
        "latitude",
        "altitude_m",
        "roll_deg",
        "battery_voltage_v",
        "gps_satellites",
        "ekf_velocity_ratio",
        "motor_rpm_1",
        "motor_rpm_3",
    ]
    assert channels["motor_rpm_3"]["unit"] == "rpm"
    assert channels["motor_rpm_3"]["count"] == ROWS


def test_moments_may_come_in_any_time_zone(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, columns())
    query = {"start": "2026-05-04T11:30:01+02:00", "end": "2026-05-04T05:30:02-04:00"}
    found = ask(viewer, flight, channels="roll_deg", **query).json()["channels"]["roll_deg"]
    assert found["count"] == 11
    assert datetime.fromisoformat(found["first_at"]) == datetime(2026, 5, 4, 9, 30, 1, tzinfo=UTC)


def test_channel_without_values_has_nulls(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": [0.0], "roll_deg": [1.0]})
    found = ask(viewer, flight, channels="airspeed_ms").json()["channels"]["airspeed_ms"]
    assert found.pop("count") == 0
    assert (found.pop("label"), found.pop("unit")) == ("Airspeed", "m/s")
    assert set(found.values()) == {None}


def test_flight_without_telemetry_has_no_channels(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = alpha.aircraft.flights.create(state="planned", started_at=BOOT)
    body = ask(viewer, flight, window_s="10").json()
    assert body["channels"] == {}
    assert body["moving_average"]["time_s"] == []


def test_flight_in_the_air_tells_what_it_has_sent(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        sent = {"time_s": [0.0, 1.0], "roll_deg": [1.0, 3.0], "cpu_load_percentage": [5.0, 7.0]}
        flight = stream(alpha, sent, boot_at=BOOT).session
    channels = ask(viewer, flight).json()["channels"]
    assert {name: each["mean"] for name, each in channels.items()} == {
        "roll_deg": 2.0,
        "cpu_load_percentage": 6.0,
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"channels": "roll_deg,warp_drive"}, 422),
        ({"start_s": "5", "end_s": "4"}, 422),
        ({"window_s": "nan"}, 400),
        ({"window_s": "0"}, 400),
        ({"window_s": "1e9"}, 400),
        ({"start": "noon"}, 400),
        ({"window_s": "5", "channels": ",".join(f"motor_rpm_{n}" for n in range(1, 40))}, 422),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_question_is_refused(
    viewer: Client, alpha: Cast, query: dict[str, str], status: int
) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": [0.0], "roll_deg": [1.0]})
    assert ask(viewer, flight, **query).status_code == status


def test_unknown_channels_are_named(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": [0.0], "roll_deg": [1.0]})
    problem = ask(viewer, flight, channels="warp_drive,flux").json()
    assert problem["code"] == "unknown_channel"
    assert "warp_drive, flux" in problem["title"]


def test_flight_of_another_organization_does_not_exist(outsider: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": [0.0], "roll_deg": [1.0]})
    assert ask(outsider, flight).status_code == 404


def test_pilot_does_not_read_somebody_elses_flight(alpha: Cast, sign_in: Any) -> None:
    with tenant_context(alpha.organization):
        theirs = fly(alpha, {"time_s": [0.0], "roll_deg": [1.0]})
        own = fly(
            alpha,
            {"time_s": [0.0], "roll_deg": [1.0]},
            boot_at=BOOT + timedelta(hours=1),
            pilot=alpha.members["pilot"],
        )
    pilot = sign_in(alpha.members["pilot"])
    assert ask(pilot, theirs).status_code == 404
    assert ask(pilot, own).status_code == 200


# -- moving averages


def test_moving_average_is_thinned_and_keeps_its_peak(viewer: Client, alpha: Cast) -> None:
    roll = np.zeros(3_000)
    roll[1_500:1_511] = 11.0
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": np.arange(3_000) / 10, "roll_deg": roll})
    query = {"channels": "roll_deg", "window_s": "2", "max_points": "100"}
    average = ask(viewer, flight, **query).json()["moving_average"]
    assert (average["rows_total"], average["is_downsampled"]) == (3_000, True)
    assert len(average["time_s"]) <= 100
    assert max(average["channels"]["roll_deg"]) == pytest.approx(11 * 11 / 21, abs=1e-4)
