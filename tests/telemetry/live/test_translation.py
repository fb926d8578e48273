"""MAVLink's units and unknowns become canonical channels."""

from __future__ import annotations

from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from aviation.telemetry.channels import spec_of
from aviation.telemetry.live.esc_status import EscStatus
from aviation.telemetry.live.translation import Translator
from tests.telemetry.live.radio import (
    attitude,
    decoded,
    heartbeat,
    position,
    receiver,
    supply,
)


def values_of(*messages: Any) -> dict[str, float]:
    """What the last message holds, after those before it."""
    translator = Translator()
    for message in messages:
        values = translator.values_of(message.get_type(), decoded(message).message)
    for name, value in values.items():
        spec = spec_of(name)
        assert spec.lower is None or value >= spec.lower, name
        assert spec.upper is None or value <= spec.upper, name
    return values


def near(**values: float) -> Any:
    return pytest.approx(values, rel=1e-5, abs=1e-6)


def hud(**changes: Any) -> Any:
    fields = {"airspeed": 14.5, "groundspeed": 12.0, "heading": 200, "throttle": 43}
    return dialect.MAVLink_vfr_hud_message(**fields | {"alt": 1_400.0, "climb": -0.5} | changes)


def battery(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "id": 0,
        "battery_function": 0,
        "type": 1,
        "temperature": 2_500,
        "voltages": [3_700, 3_710, 3_690] + [0xFFFF] * 7,
        "current_battery": 2_150,
        "current_consumed": 830,
        "energy_consumed": -1,
        "battery_remaining": 64,
        "voltages_ext": [0] * 4,
    }
    return dialect.MAVLink_battery_status_message(**fields | changes)


def esc(first: int, rpm: list[int], count: list[int]) -> Any:
    kinds = {
        1: dialect.MAVLink_esc_telemetry_1_to_4_message,
        5: dialect.MAVLink_esc_telemetry_5_to_8_message,
        9: dialect.MAVLink_esc_telemetry_9_to_12_message,
    }
    return kinds[first]([40] * 4, [1_600] * 4, [300] * 4, [0] * 4, rpm, count)


def test_position_is_in_degrees_metres_and_metres_a_second() -> None:
    assert values_of(position(1.0, -46.5, 8.25)) == near(
        latitude=-46.5,
        longitude=8.25,
        altitude_m=1_450.5,
        height_m=100.25,
        ground_speed_ms=5.0,
        vertical_speed_ms=1.5,
        yaw_deg=-90.0,
    )


def test_position_that_is_not_known_is_left_out() -> None:
    values = values_of(position(1.0, 0.0, 0.0))
    assert "latitude" not in values
    assert "longitude" not in values


def test_heading_that_is_not_known_is_left_out() -> None:
    message = position(1.0)
    message.hdg = 0xFFFF
    assert "yaw_deg" not in values_of(message)


def test_attitude_is_in_degrees() -> None:
    assert values_of(attitude(1.0, yaw_deg=179.5)) == near(roll_deg=10, pitch_deg=-5, yaw_deg=179.5)


def test_supply_is_in_volts_amperes_and_percent() -> None:
    assert values_of(supply()) == near(
        battery_voltage_v=22.2,
        battery_current_a=15.2,
        battery_percentage=81,
        cpu_load_percentage=45.5,
    )


def test_supply_that_is_not_known_is_left_out() -> None:
    assert values_of(supply(voltage_mv=0xFFFF, current_ca=-1, left=-1)) == near(
        cpu_load_percentage=45.5
    )


def test_battery_adds_its_cells_up() -> None:
    assert values_of(battery()) == near(
        battery_voltage_v=11.1,
        battery_current_a=21.5,
        battery_percentage=64,
        battery_consumed_mah=830,
    )


def test_battery_spread_over_places_is_added_up() -> None:
    places = [0xFFFE, 1_500] + [0xFFFF] * 8
    assert values_of(battery(voltages=places))["battery_voltage_v"] == pytest.approx(67.034)


def test_second_battery_is_not_mixed_into_the_first() -> None:
    assert values_of(battery(id=1)) == {}


def test_receiver_gives_fix_satellites_and_accuracy() -> None:
    assert values_of(position(1.0), receiver()) == near(
        gps_fix_type=3,
        gps_satellites=17,
        gps_hdop=0.85,
        gps_horizontal_accuracy_m=0.64,
        gps_vertical_accuracy_m=0.91,
        gps_speed_accuracy_ms=0.15,
    )


def test_receiver_that_knows_nothing_says_nothing() -> None:
    nothing = receiver(0, eph=0xFFFF, satellites_visible=255, h_acc=0, v_acc=0, vel_acc=0)
    assert values_of(nothing) == near(gps_fix_type=0)


def test_position_of_the_receiver_counts_until_there_is_an_estimate() -> None:
    alone = values_of(receiver())
    assert (alone["latitude"], alone["ground_speed_ms"]) == (46.5, pytest.approx(5.12))
    assert "latitude" not in values_of(position(1.0), receiver())


def test_gauges_give_airspeed_and_throttle() -> None:
    assert values_of(position(1.0), hud()) == near(airspeed_ms=14.5, throttle_percentage=43)
    assert values_of(hud())["yaw_deg"] == -160


def test_reading_that_is_no_number_is_left_out() -> None:
    assert "airspeed_ms" not in values_of(hud(airspeed=float("nan")))


def test_vibration_adds_its_clipping_up() -> None:
    message = dialect.MAVLink_vibration_message(0, 5.5, 6.25, 12.0, 1, 2, 3)
    assert values_of(message) == near(
        vibration_x_ms2=5.5, vibration_y_ms2=6.25, vibration_z_ms2=12.0, clipping_count=6
    )


def test_motors_of_a_hexacopter_are_numbered_through() -> None:
    first = esc(1, [5_000, 5_100, 0, 5_300], [9, 9, 9, 9])
    second = esc(5, [5_500, 5_600, 0, 0], [9, 9, 0, 0])
    assert values_of(first) == near(
        motor_rpm_1=5_000, motor_rpm_2=5_100, motor_rpm_3=0, motor_rpm_4=5_300
    )
    assert values_of(second) == near(motor_rpm_5=5_500, motor_rpm_6=5_600)


def px4_esc(index: int, rpm: list[int], volts: list[float]) -> Any:
    return EscStatus(index, 1_000_000, rpm, volts, [2.5] * 4)


def test_motors_of_px4_count_from_one_and_have_no_direction() -> None:
    first = px4_esc(0, [5_000, -5_100, 0, 5_300], [16.1] * 4)
    second = px4_esc(4, [5_500, 5_600, 0, 0], [16.0, 16.0, 0.0, 0.0])
    assert values_of(first) == near(
        motor_rpm_1=5_000, motor_rpm_2=5_100, motor_rpm_3=0, motor_rpm_4=5_300
    )
    assert values_of(second) == near(motor_rpm_5=5_500, motor_rpm_6=5_600)


def test_seed_of_the_checksum_of_px4s_motors_follows_from_their_fields() -> None:
    """As MAVLink's guide to serialization describes it."""
    types = dict(zip(EscStatus.fieldnames, EscStatus.fieldtypes, strict=True))
    checksum = dialect.x25crc(b"ESC_STATUS ")
    fields = zip(EscStatus.ordered_fieldnames, EscStatus.array_lengths, strict=True)
    for name, length in fields:
        checksum.accumulate(f"{types[name]} {name} ".encode() + bytes([length] if length else []))
    assert (checksum.crc & 0xFF) ^ (checksum.crc >> 8) == EscStatus.crc_extra


def test_rpm_sensors_give_way_to_speed_controllers() -> None:
    sensors = dialect.MAVLink_rpm_message(1_500.0, -1.0)
    assert values_of(sensors) == near(motor_rpm_1=1_500)
    assert values_of(esc(1, [5_000] * 4, [1] * 4), sensors) == {}
    assert values_of(px4_esc(0, [5_000] * 4, [16.0] * 4), sensors) == {}


def test_heartbeat_says_whether_the_aircraft_is_armed() -> None:
    assert values_of(heartbeat()) == {"is_armed": 1.0}
    assert values_of(heartbeat(base_mode=0)) == {"is_armed": 0.0}


def test_landed_state_says_whether_it_flies() -> None:
    def state(number: int) -> dict[str, float]:
        return values_of(dialect.MAVLink_extended_sys_state_message(0, number))

    assert [state(n) for n in (1, 2, 3, 4)] == [{"is_flying": v} for v in (0.0, 1.0, 1.0, 1.0)]
    assert state(0) == {}


def test_message_that_holds_no_channel_gives_nothing() -> None:
    assert values_of(dialect.MAVLink_statustext_message(6, b"PreArm: check")) == {}
