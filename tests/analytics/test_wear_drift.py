"""The wear score's version 2, its parts and the drift in it, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics.calculations.drift import level, rising_slope
from analytics.calculations.measures import closeness
from analytics.calculations.wear import WearLevel
from analytics.calculations.wear_drift import FlownFlight, drift_score, points_of

TODAY = date(2026, 3, 30)
SAG = "battery.sag"


def flight(days_ago: int = 1, hours: float = 1.0, **known: object) -> FlownFlight:
    return FlownFlight(TODAY - timedelta(days=days_ago), hours, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "values", "slope"),
    [
        # a straight line of 0.02 an hour
        ([1, 2, 3, 4, 5, 6], [0.50, 0.52, 0.54, 0.56, 0.58, 0.60], 0.02),
        # the same with one flight far off: 15 pairs, 5 of them with it; the median stays
        ([1, 2, 3, 4, 5, 6], [0.50, 0.52, 0.54, 0.56, 0.58, 2.00], 0.02),
        # hours apart unequal: 0.04 an hour throughout
        ([0.5, 1, 3, 4, 7, 9], [0.02, 0.04, 0.12, 0.16, 0.28, 0.36], 0.04),
        # falling, and level
        ([1, 2, 3, 4, 5, 6], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], 0.0),
        ([1, 2, 3, 4, 5, 6], [0.5] * 6, 0.0),
        # up and down: of 15 pairs 6 rise (1-2, 3-4, 5-6, 1-4, 1-6, 3-6)
        ([1, 2, 3, 4, 5, 6], [0.3, 0.5, 0.3, 0.5, 0.3, 0.5], 0.0),
        # five flights are too few
        ([1, 2, 3, 4, 5], [0.1, 0.2, 0.3, 0.4, 0.5], 0.0),
        # nobody knows the hours
        ([0, 0, 0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 0.0),
    ],
)
def test_slope_is_the_median_of_the_pairs(
    hours: list[float], values: list[float], slope: float
) -> None:
    assert rising_slope(hours, values) == pytest.approx(slope, abs=1e-12)


def test_slope_needs_two_of_three_pairs_to_rise() -> None:
    """Of the 15 pairs of 0, 1, 2, 3, 4 and a last value those with the last decide: 10 rise without
    it, which is two of three; with one earlier value out of order it is 9 and too few."""
    hours = [1, 2, 3, 4, 5, 6]
    # slopes: ten of 1, and -1/5, -2/4, -3/3, -4/2, -5/1: their median is 1
    assert rising_slope(hours, [0, 1, 2, 3, 4, -1]) == pytest.approx(1.0)
    assert rising_slope(hours, [0, 1, 3, 2, 4, -1]) == 0.0


def test_level_is_the_median_of_the_last_five() -> None:
    assert level([9.0, 0.1, 0.5, 0.2, 0.4, 0.3]) == 0.3
    assert level([0.1, 0.4]) == 0.25


@pytest.mark.parametrize(
    ("rule_id", "observed", "limit", "severity", "expected"),
    [
        (SAG, 3.7, 7.4, "", 0.5),
        (SAG, 7.4, 7.4, "", 1.0),
        (SAG, 9.0, 7.4, "", 1.0),  # past it only for a moment: a pass
        (SAG, 9.25, 7.4, "warning", 1.25),
        (SAG, 74.0, 7.4, "warning", 2.0),
        (SAG, 7.4, 7.4, "warning", 1.0),
        ("vibration.level_ardupilot", 61.0, 60.0, "critical", 2.0),
        ("vibration.level_ardupilot", 15.0, 30.0, "", 0.5),
        ("motors.speed", 100.0, 25.0, "", 0.25),  # bad below: 25 / 100
        ("motors.speed", 20.0, 25.0, "warning", 1.25),
        ("motors.speed", 0.0, 25.0, "warning", 2.0),
        (SAG, -1.0, 7.4, "", 0.0),
        (SAG, None, 7.4, "", None),
        (SAG, 3.7, None, "", None),
        (SAG, 3.7, 0.0, "", None),
        ("battery.remaining", 30.0, 15.0, "", None),  # tells how long somebody flew, not of wear
    ],
)
def test_closeness_to_a_limit(
    rule_id: str, observed: float | None, limit: float | None, severity: str, expected: float | None
) -> None:
    assert closeness(rule_id, observed, limit, severity) == expected


@pytest.mark.parametrize(
    ("findings", "points"),
    [
        ([], 0),
        ([("motor", "warning")], 4),
        ([("motor", "critical"), ("control_surface", "warning"), ("battery", "critical")], 15),
        ([("motor", "info"), ("gps", "critical")], 0),
    ],
)
def test_findings_have_points(findings: list[tuple[str, str]], points: float) -> None:
    assert points_of(findings) == points


def parts(*flights: FlownFlight, due: int | None = None) -> tuple[str, str, str, str]:
    maintenance_on = None if due is None else TODAY + timedelta(days=due)
    wear = drift_score(flights, today=TODAY, maintenance_on=maintenance_on)
    shown = (wear.findings, wear.closeness, wear.risk, wear.maintenance)
    assert sum(shown) == wear.score
    return str(shown[0]), str(shown[1]), str(shown[2]), str(shown[3])


NOTHING = ("0.0", "0.0", "0.0", "0.0")


def test_nothing_known_is_no_points() -> None:
    assert parts() == NOTHING


@pytest.mark.parametrize(
    ("hours_since", "points"),
    [
        ([], "15.0"),  # fresh: 20, half of the most
        ([10.0], "8.8"),  # 20 x 0.5 = 10: 30 x (1 - 0.5 ** 0.5) = 30 x 0.29289 = 8.787
        ([4.0, 6.0], "8.8"),
        # 20 x 0.5 ** 0.5 = 14.142: 30 x (1 - 0.5 ** 0.70711) = 30 x (1 - 0.61255) = 11.624
        ([5.0], "11.6"),
        # 20 x 0.5 ** 3 = 2.5: 30 x (1 - 0.5 ** 0.125) = 30 x (1 - 0.91700) = 2.490
        ([10.0, 20.0], "2.5"),
    ],
)
def test_finding_fades_with_the_hours_flown_since(hours_since: list[float], points: str) -> None:
    later = [flight(1, hours) for hours in hours_since]
    assert parts(flight(90, 2.0, finding_points=20.0), *later)[0] == points


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        (0, "0.0"),
        (4, "3.9"),  # 30 x (1 - 0.5 ** 0.2) = 30 x (1 - 0.87055) = 3.883
        (20, "15.0"),
        (40, "22.5"),  # 30 x (1 - 0.25)
        (60, "26.3"),  # 30 x (1 - 0.125) = 26.25: a half goes up
        (1_000, "30.0"),
    ],
)
def test_more_findings_come_ever_closer_to_the_most(points: float, shown: str) -> None:
    assert parts(flight(finding_points=points))[0] == shown


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([0.5], "0.0"),
        ([0.4], "0.0"),
        ([0.75], "20.0"),  # (0.75 - 0.5) / 0.5 x 40
        ([1.0], "40.0"),
        ([2.0], "40.0"),
        ([0.6, 0.6, 0.6, 0.6, 0.6, 1.9], "8.0"),  # one odd flight moves no median: 0.6
        # 0.50 ... 0.60 in steps of 0.02 an hour: level 0.56 (of the last five); six hours in 28
        # days are 3 hours in 14: 0.56 + 3 x 0.02 = 0.62; (0.62 - 0.5) / 0.5 x 40 = 9.6
        ([0.50, 0.52, 0.54, 0.56, 0.58, 0.60], "9.6"),
    ],
)
def test_closeness_counts_as_it_will_be_in_14_days(values: list[float], points: str) -> None:
    flown = [flight(6 - number, closeness={SAG: value}) for number, value in enumerate(values)]
    assert parts(*flown)[1] == points


def test_pace_is_that_of_the_last_28_days() -> None:
    """As above, but only the last four of the six hours lie in the last 28 days: 2 hours in 14,
    0.56 + 2 x 0.02 = 0.60; (0.60 - 0.5) / 0.5 x 40 = 8."""
    days = [60, 28, 27, 9, 5, 0]
    flown = [flight(day, closeness={SAG: 0.50 + 0.02 * number}) for number, day in enumerate(days)]
    assert parts(*flown)[1] == "8.0"


def test_worst_measure_counts() -> None:
    wear = drift_score(
        [flight(closeness={SAG: 0.6, "motors.spread": 0.8})], today=TODAY, maintenance_on=None
    )
    assert wear.worst is not None
    assert (wear.worst.rule_id, str(wear.closeness)) == ("motors.spread", "24.0")


def test_risk_is_that_of_the_last_five_flights_with_one() -> None:
    """(0.2 + 0.4 + 0.6 + 0.8 + 1.0) / 5 = 0.6, x 10; the first and those without are left out."""
    risks = [1.0, None, 0.2, 0.4, None, 0.6, 0.8, 1.0]
    assert parts(*(flight(risk=risk) for risk in risks))[2] == "6.0"


@pytest.mark.parametrize(
    ("due", "points"),
    [(-1, "20.0"), (0, "10.0"), (7, "10.0"), (8, "5.0"), (30, "5.0"), (31, "0.0"), (None, "0.0")],
)
def test_maintenance_that_is_due_counts(due: int | None, points: str) -> None:
    assert parts(due=due)[3] == points


def test_levels_begin_where_those_of_version_1_do() -> None:
    """30 from no end of findings and 20 overdue: 50."""
    flown = [flight(finding_points=1_000.0)]
    due = TODAY - timedelta(days=1)
    wear = drift_score(flown, today=TODAY, maintenance_on=due)
    assert (wear.score, wear.level) == (Decimal(50), WearLevel.URGENT)
    assert drift_score(flown, today=TODAY, maintenance_on=None).level is WearLevel.HIGH


def test_sentence_tells_the_parts() -> None:
    rising = [flight(6 - n, closeness={SAG: 0.50 + 0.02 * n}, risk=0.25) for n in range(6)]
    wear = drift_score(rising, today=TODAY, maintenance_on=TODAY - timedelta(days=3))
    assert wear.sentence == (
        "Findings, fading with the hours flown: 0.0; sag of the battery voltage at 0.56 of its "
        "limit, rising to 0.62 in 14 days: 9.6; risk of the last 5 flights: 2.5; maintenance: "
        "20.0; together 32.1 of 100, HIGH."
    )
    assert (
        "nothing measured that tells of wear: 0.0"
        in drift_score([], today=TODAY, maintenance_on=None).sentence
    )


@pytest.mark.parametrize(
    ("known", "is_assessed"),
    [
        ({}, False),
        ({"risk": 0.0}, True),
        ({"finding_points": 4.0}, True),
        ({"closeness": {SAG: 0.1}}, True),
    ],
)
def test_flights_nothing_is_known_of_are_not_called_fine(
    known: dict[str, object], is_assessed: bool
) -> None:
    wear = drift_score([flight(**known)], today=TODAY, maintenance_on=None)  # type: ignore[arg-type]
    assert wear.is_assessed == is_assessed
    assert wear.sentence.endswith("could be assessed.") == (not is_assessed)
