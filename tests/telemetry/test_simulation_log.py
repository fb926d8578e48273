"""The files a simulated flight is written to: topics, rates, clock and units as in real logs."""

from __future__ import annotations

import io

import numpy as np
import pytest

from aviation.telemetry.simulation.airframes import AEROPLANE
from aviation.telemetry.simulation.geodesy import degrees_of
from aviation.telemetry.simulation.plan import Vehicle
from tests.telemetry.simulated import (
    HOME,
    START,
    both,
    flown,
    topic,
    ulog,
)

# the log file


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [
        ("vehicle_attitude", 50),
        ("vehicle_local_position", 10),
        ("vehicle_gps_position", 5),
        ("battery_status", 2),
        ("sensor_combined", 100),
        ("esc_status", 4),
        ("vehicle_imu_status", 1),
    ],
)
def test_topics_come_at_their_usual_rates(name: str, rate_hz: float) -> None:
    timestamps = topic("multirotor", name)["timestamp"].astype(float)
    assert len(timestamps) == pytest.approx(200 * rate_hz, abs=1)
    assert np.diff(timestamps).mean() == pytest.approx(1e6 / rate_hz, rel=0.01)
    assert np.ptp(np.diff(timestamps)) > 0


@both
def test_log_is_read_without_corruption(vehicle: Vehicle) -> None:
    log = ulog(vehicle)
    assert not log.file_corruption
    assert log.dropouts == []
    assert log.msg_info_dict["sys_name"] == "PX4"


@both
def test_parameters_name_the_vehicle(vehicle: Vehicle) -> None:
    parameters = ulog(vehicle).initial_parameters
    expected = {"multirotor": (2, 4, 6), "fixed_wing": (1, 1, 4)}[vehicle]
    names = ("MAV_TYPE", "CA_ROTOR_COUNT", "BAT1_N_CELLS")
    assert tuple(parameters[name] for name in names) == expected


@both
def test_messages_tell_the_flight_in_order(vehicle: Vehicle) -> None:
    texts = [line.message.split()[1] for line in ulog(vehicle).logged_messages]
    assert texts == ["Armed", "Takeoff", "Landing", "Disarmed"]


@both
def test_log_starts_some_time_after_boot(vehicle: Vehicle) -> None:
    scene = flown(vehicle).scene
    assert scene.boot_s > 10
    assert ulog(vehicle).start_timestamp == round(scene.boot_s * 1e6)


@both
def test_receiver_tells_the_planned_utc(vehicle: Vehicle) -> None:
    receiver = topic(vehicle, "vehicle_gps_position")
    ahead_us = receiver["time_utc_usec"].astype(float) - START.timestamp() * 1e6
    since_start_us = receiver["timestamp"].astype(float) - ulog(vehicle).start_timestamp
    assert np.abs(ahead_us - since_start_us).max() < 1


@both
def test_position_begins_at_home(vehicle: Vehicle) -> None:
    position = topic(vehicle, "vehicle_global_position")
    assert position["lat"][0] == pytest.approx(HOME[0], abs=1e-5)
    assert position["lon"][0] == pytest.approx(HOME[1], abs=1e-5)
    assert position["alt"][0] == pytest.approx(HOME[2], abs=1)


@pytest.mark.parametrize("latitude", [0.0, 46.5, -54.3])
def test_degrees_are_those_of_the_ellipsoid(latitude: float) -> None:
    north, east = degrees_of((latitude, 8.0, 0.0), np.array([1000.0]), np.array([1000.0]))
    # Lengths of a degree on WGS 84, by the series in common use.
    angle = np.radians(latitude)
    degree_north_m = 111_132.92 - 559.82 * np.cos(2 * angle) + 1.175 * np.cos(4 * angle)
    degree_east_m = (
        111_412.84 * np.cos(angle) - 93.5 * np.cos(3 * angle) + 0.118 * np.cos(5 * angle)
    )
    assert (north[0] - latitude) * degree_north_m == pytest.approx(1000, abs=0.02)
    assert (east[0] - 8.0) * degree_east_m == pytest.approx(1000, abs=0.02)


def test_local_and_global_position_agree() -> None:
    local = topic("fixed_wing", "vehicle_local_position")
    position = topic("fixed_wing", "vehicle_global_position")
    north_m = np.interp(position["timestamp"], local["timestamp"], local["x"])
    assert np.abs((position["lat"] - HOME[0]) * 111_161 - north_m).max() < 1.0


def test_unused_outputs_stay_at_rest() -> None:
    outputs = topic("fixed_wing", "actuator_outputs")
    assert {*outputs["output[5]"]} == {1000}
    assert outputs["output[2]"].max() > 1500


def test_commands_are_not_numbers_while_disarmed() -> None:
    motors = topic("multirotor", "actuator_motors")
    assert np.isnan(motors["control[0]"][:20]).all()
    assert np.isnan(motors["control[4]"]).all()
    assert 0.4 < np.nanmedian(motors["control[0]"]) < 0.8


def test_aeroplane_logs_its_airspeed() -> None:
    airspeed = topic("fixed_wing", "airspeed_validated")["true_airspeed_m_s"]
    assert airspeed.max() == pytest.approx(AEROPLANE.cruise_ms, abs=3)


# the table


def test_table_has_a_header_and_ten_rows_a_second() -> None:
    file = io.BytesIO()
    flown("fixed_wing").write_csv(file)
    lines = file.getvalue().decode().splitlines()
    assert lines[0].startswith("time_s,latitude,longitude,altitude_m,")
    assert "airspeed_ms" in lines[0]
    assert len(lines) == 1 + 2000
    assert float(lines[11].split(",")[0]) == 1.0


def test_table_tells_the_same_flight_as_the_log() -> None:
    file = io.BytesIO()
    flown("multirotor").write_csv(file)
    table = np.genfromtxt(io.StringIO(file.getvalue().decode()), delimiter=",", names=True)
    height = topic("multirotor", "vehicle_global_position")["alt"]
    assert np.abs(table["altitude_m"][::2] - height).max() < 0.1
