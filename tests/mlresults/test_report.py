"""The report: verdict first, events in order, what was fine, what could not be told."""

from __future__ import annotations

from aviation.mlresults.report import Report
from aviation.telemetry.phases import NOTHING_TELLS
from aviation.telemetry.record import EventKind, EventLevel
from tests.mlresults.records import (
    NO_FLIGHT,
    assessed,
    constant,
    copter,
    fault,
    phases_of,
    record_of,
    stepped,
    text_of,
    with_events,
)


def section(report: Report, heading: str) -> tuple[str, ...]:
    found = [each.sentences for each in report.sections if each.heading == heading]
    return found[0] if found else ()


def headings(report: Report) -> list[str]:
    return [each.heading for each in report.sections]


def crash() -> Report:
    """A weak attitude at 40 s, and at 80 s an error record, a lean and high vibration."""
    roll = stepped(0.0, 12.0, 40.0, 41.0)
    roll.values[800:1100] = 70.0
    record = copter(roll_deg=roll, vibration_x_ms2=stepped(5.0, 90.0, 83.0, 100.0))
    return assessed(with_events(record, fault(82.0, "ekf_check"))).report


def test_report_starts_with_the_first_sign_of_trouble() -> None:
    expected = "The first sign of trouble was at 40.0 s: Attitude error above 10°."
    assert crash().headline == expected


def test_report_names_the_moment_it_became_critical() -> None:
    assert "It became critical at 80.0 s: Lean angle above 35°." in section(crash(), "Verdict")


def test_events_are_told_in_order_of_time() -> None:
    lines = section(crash(), "What happened, in order of time")
    begins = [float(line.split(" s", 1)[0]) for line in lines if line[0].isdigit()]
    assert begins == sorted(begins)
    assert begins[0] == 40.0


def test_serious_chain_is_told_as_possible_not_certain() -> None:
    last = section(crash(), "What happened, in order of time")[-1]
    assert last.startswith("The serious part may have begun at 80.0 s")
    assert "proves no cause" in last


def test_far_apart_events_make_no_chain() -> None:
    record = with_events(copter(), fault(30.0, "radio"), fault(80.0, "ekf_check"))
    lines = section(assessed(record).report, "What happened, in order of time")
    assert not any("may have begun" in line for line in lines)


def test_chain_is_that_of_the_first_critical_event() -> None:
    early = (fault(30.0, "radio"), fault(33.0, "ekf_check"))
    late = (fault(80.0, "gps"), fault(82.0, "crash_check"))
    report = assessed(with_events(copter(), *early, *late)).report
    last = section(report, "What happened, in order of time")[-1]
    assert last.startswith("The serious part may have begun at 30.0 s")
    assert "1 finding followed" in last


def test_healthy_flight_is_told_in_one_sentence() -> None:
    report = assessed(copter()).report
    assert report.headline.startswith("No fault was found in ")
    assert "What happened, in order of time" not in headings(report)


def test_log_without_a_flight_says_so_first() -> None:
    report = assessed(copter(), NO_FLIGHT).report
    assert report.headline == "There is no flight in this log, so flying was not assessed."
    (flying, *_) = section(report, "Not assessed")
    assert flying.endswith("There is no flight in this log.")


def test_log_that_does_not_tell_of_flight_says_that() -> None:
    report = assessed(copter(), phases_of(source=NOTHING_TELLS)).report
    assert report.headline.startswith("The log does not tell whether the aircraft flew")
    assert "no flight" not in text_of(report)


def test_finding_on_the_ground_is_no_trouble_in_flight() -> None:
    report = assessed(copter(gps_fix_type=stepped(3.0, 0.0, 0.0, 8.0))).report
    assert report.headline.startswith("No fault was found")
    (line,) = section(report, "On the ground")
    assert "from 0.0 s to 8.0 s" in line


def test_standing_condition_is_not_the_first_sign() -> None:
    record = copter(
        magnetic_field_mgauss=constant(700.0), vibration_x_ms2=stepped(5.0, 90.0, 80.0, 90.0)
    )
    report = assessed(record).report
    assert report.headline.startswith("The first sign of trouble was at 80.0 s: Vibration")
    assert any("Magnetic field" in line for line in section(report, "Throughout the flight"))


def test_standing_condition_alone_deserves_attention() -> None:
    report = assessed(copter(magnetic_field_mgauss=constant(700.0))).report
    assert report.headline.startswith("One thing deserves attention")
    assert "though nothing went wrong" in report.headline


def test_information_is_worth_knowing_only() -> None:
    event = fault(50.0, "autotune", EventKind.ERROR, EventLevel.INFO)
    report = assessed(with_events(copter(), event)).report
    assert len(section(report, "Worth knowing")) == 1
    assert "What happened, in order of time" not in headings(report)


def test_passes_come_with_their_figures_and_sources() -> None:
    lines = section(assessed(copter()).report, "Checked and fine")
    expected = "Vibration: 5 m/s² at most (limit 30 m/s², ArduPilot wiki, Measuring Vibration)."
    assert expected in lines


def test_what_was_not_assessed_comes_with_its_reason() -> None:
    lines = section(assessed(copter(without=("clipping_count",))).report, "Not assessed")
    assert "Accelerometer clipping: The log holds no count of accelerometer clipping." in lines


def test_empty_log_claims_nothing() -> None:
    report = assessed(record_of({}), phases_of((10.0, 20.0))).report
    assert "Nothing could be assessed" in report.headline
    assert "The risk was not assessed." in section(report, "Verdict")


def test_empty_log_without_a_flight_claims_nothing_either() -> None:
    report = assessed(record_of({}), NO_FLIGHT).report
    assert "No check could be made on the ground either." in section(report, "Verdict")
