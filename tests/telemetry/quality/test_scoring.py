"""Each part of the score answers to its own fault and to no other."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviation.flights.choices import FlightClock
from aviation.telemetry.channels import CHANNELS
from aviation.telemetry.formats import read_log
from aviation.telemetry.phases import find_phases
from aviation.telemetry.quality.part import Clock, Recording, Refused
from aviation.telemetry.quality.scoring import WEIGHTS, Score, score
from aviation.telemetry.quality.storing import refused_values
from aviation.telemetry.record import FlightRecord, Series, VehicleType
from tests.telemetry.quality.build import (
    TIME_S,
    by_name,
    frozen,
    recording,
    sentence,
    shortened,
    thrown,
)

FAULTS: dict[str, tuple[str, Recording]] = {
    "motors were not recorded": ("completeness", recording(without=("motor_output_us_1",))),
    "battery ends half way": ("completeness", shortened(recording(), "battery_voltage_v", 150)),
    "logger pauses three times": ("gaps", recording(cut_out=((40, 43), (90, 92), (200, 204.5)))),
    "impossible values came": ("out_of_range", recording(refused=Refused(60, 30_000, "value"))),
    "position leaves its track": ("position_jumps", recording(thrown(180, 120.0))),
    "roll stands still": ("stuck_sensors", recording(frozen("roll_deg", 60, 140))),
    "log tells no date": ("clock", recording(clock=Clock(FlightClock.UPLOAD))),
    "clock went back": ("clock", recording(clock=Clock(FlightClock.STREAM, 0.5, jumps=2))),
}


def test_recording_without_fault_scores_full() -> None:
    found = score(recording())
    assert found.value == 100
    assert set(by_name(found).values()) == {100.0}


@pytest.mark.parametrize(("part", "faulty"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_lowers_its_own_part_only(part: str, faulty: Recording) -> None:
    found = score(faulty)
    lowered = {name for name, value in by_name(found).items() if value != 100.0}
    assert lowered == {part}
    assert found.value < 100


@pytest.mark.parametrize(
    ("name", "faulty", "words"),
    [
        ("completeness", recording(without=("motor_output_us_1",)), "missing: motors"),
        (
            "completeness",
            shortened(recording(), "battery_voltage_v", 150),
            "battery for 50 % of the time",
        ),
        ("gaps", recording(cut_out=((40, 43), (90, 92), (200, 204.5))), "3 gaps, 9.5 s of 300 s"),
        ("out_of_range", recording(refused=Refused(60, 30_000, "value")), "60 of 30,000 values"),
        (
            "position_jumps",
            recording(thrown(180, 120.0)),
            "the largest is 181 m in 0.1 s, at 119.9",
        ),
        ("stuck_sensors", recording(frozen("roll_deg", 60, 140)), "Roll did not change for 79.9 s"),
        ("clock", recording(), "come from GPS, within 0.2 s"),
        (
            "clock",
            recording(clock=Clock(FlightClock.STREAM, None, jumps=2)),
            "the sender's clock; how far it may be off is not known; the clock went back 2 times",
        ),
    ],
)
def test_sentence_names_the_fault_in_numbers(name: str, faulty: Recording, words: str) -> None:
    assert words in sentence(faulty, name)


def test_more_of_a_fault_costs_more() -> None:
    def value(part: str, faulty: Recording) -> float:
        found = by_name(score(faulty))[part]
        assert found is not None
        return found

    assert value("gaps", recording(cut_out=((40, 43),))) > value(
        "gaps", recording(cut_out=((40, 60),))
    )
    assert value("position_jumps", recording(thrown(180, 120.0))) > value(
        "position_jumps", recording(thrown(180, 120.0, 150.0, 180.0))
    )
    assert value("stuck_sensors", recording(frozen("roll_deg", 60, 100))) > value(
        "stuck_sensors", recording(frozen("roll_deg", 6, 290))
    )


def test_what_is_not_assessed_carries_no_weight_and_says_so() -> None:
    on_the_ground = recording({"is_flying": np.zeros(TIME_S.size)}, without=("ground_speed_ms",))
    found = score(replace(on_the_ground, refused=None))
    skipped = {each.part.name: each for each in found.parts if each.part.score is None}
    assert set(skipped) == {"out_of_range", "position_jumps", "stuck_sensors"}
    assert all(each.weight == 0 for each in skipped.values())
    assert all(each.part.sentence.startswith("Not assessed: ") for each in skipped.values())
    assert found.value == 100


def test_weights_add_up_to_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


def test_glider_owes_no_motors() -> None:
    glider = replace(recording(without=("motor_output_us_1",)), vehicle_type=VehicleType.FIXED_WING)
    assert by_name(score(glider))["completeness"] == 100.0


def test_hovering_in_one_place_is_no_stuck_sensor() -> None:
    hover = recording(
        {"latitude": np.full(TIME_S.size, 46.0), "ground_speed_ms": np.full(TIME_S.size, 0.1)}
    )
    assert score(hover).value == 100


def test_gap_in_the_recording_does_not_count_as_missing_data_too() -> None:
    found = by_name(score(recording(cut_out=((40, 80),))))
    assert found["completeness"] == 100.0


channel_names = st.sampled_from([name for name, spec in CHANNELS.items() if not spec.is_numbered])


@st.composite
def any_record(draw: st.DrawFn) -> FlightRecord:
    """Whatever the type allows: few samples, constant values, odd times, huge numbers."""
    series = {}
    for name in draw(st.lists(channel_names, min_size=1, max_size=8, unique=True)):
        size = draw(st.integers(1, 60))
        steps = draw(st.lists(st.floats(1e-6, 500), min_size=size, max_size=size))
        values = draw(
            st.one_of(
                st.lists(st.floats(-1e6, 1e6), min_size=size, max_size=size),
                st.floats(-180, 180).map(lambda value, size=size: [value] * size),
            )
        )
        series[name] = Series(np.cumsum(steps) - 100, np.array(values))
    start_s = min(float(each.time_s[0]) for each in series.values())
    end_s = max(float(each.time_s[-1]) for each in series.values())
    cuts = sorted(draw(st.lists(st.floats(start_s, end_s), max_size=6, unique=True)))
    gaps = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    return FlightRecord(format="csv", series=series, start_s=start_s, end_s=end_s, gaps=gaps)


@settings(max_examples=200, deadline=None)
@given(
    record=any_record(),
    vehicle=st.sampled_from(VehicleType),
    source=st.sampled_from(list(FlightClock)),
    uncertainty_s=st.none() | st.floats(-1e9, 1e9),
    jumps=st.integers(0, 10**6),
    refused=st.none()
    | st.builds(Refused, st.integers(0, 10**9), st.integers(0, 10**9), st.just("point")),
)
def test_score_lies_between_0_and_100_whatever_was_recorded(
    record: FlightRecord,
    vehicle: VehicleType,
    source: FlightClock,
    uncertainty_s: float | None,
    jumps: int,
    refused: Refused | None,
) -> None:
    clock = Clock(source, uncertainty_s, jumps)
    found = score(Recording(record, find_phases(record), vehicle, clock, refused))
    assert 0 <= found.value <= 100
    for each in found.parts:
        value = each.part.score
        assert value is None or (math.isfinite(value) and 0 <= value <= 100)
        assert each.part.sentence.endswith(".")
        assert "nan" not in each.part.sentence.lower().split()


def scored_sample(path: Path) -> Score:
    record = read_log(path, name=path.name)
    clock = Clock(FlightClock.GPS, record.clock_uncertainty_s)
    return score(
        Recording(record, find_phases(record), record.vehicle_type, clock, refused_values(record))
    )


def test_healthy_real_flight_scores_high(sample_logs: Path) -> None:
    assert scored_sample(sample_logs / "px4" / "esc_status_log.ulg").value >= 95


def test_real_flight_that_began_without_gps_scores_lower_and_says_so(sample_logs: Path) -> None:
    healthy = scored_sample(sample_logs / "px4" / "esc_status_log.ulg")
    crashed = scored_sample(sample_logs / "ardupilot" / "log171.bin")
    assert crashed.value < healthy.value
    words: dict[str, Any] = {each.part.name: each.part.sentence for each in crashed.parts}
    assert "GPS position for 86 % of the time" in words["completeness"]
    assert "1 gap, 2.02 s" in words["gaps"]
