"""The executive summary's formulas, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.calculations.executive import Figures, Month, added_up, months_of
from analytics.periods import Period

UTC_ZONE = ZoneInfo("UTC")


def figures(**values: str | int) -> Figures:
    made = {name: Decimal(v) if isinstance(v, str) else v for name, v in values.items()}
    return Figures(**made)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counted", "hours", "distance_km", "risk", "share"),
    [
        # nothing: no hours, and no risk that could be told
        (figures(), "0.0000", "0.0000", None, None),
        # 3,600 s are 1 h; 1,234 m are 1.234 km; 0.31 of one; 0 of 1
        (
            figures(
                flights=1, airborne_s="3600", distance_m="1234", scored_flights=1, risk_sum="0.31"
            ),
            "1.0000",
            "1.2340",
            "0.3100",
            "0.0000",
        ),
        # 100 s = 0.02777... h; 2 / 3 = 0.66666...; 1 of 3 = 0.33333...
        (
            figures(
                flights=5,
                airborne_s="100",
                distance_m="0.04",
                scored_flights=3,
                risk_sum="2",
                high_risk_flights=1,
            ),
            "0.0278",
            "0.0000",
            "0.6667",
            "0.3333",
        ),
        # 0.18 s = 0.00005 h, a half: away from zero. 0.05 m = 0.00005 km. 0.0001 / 2 as well.
        (
            figures(
                flights=2, airborne_s="0.18", distance_m="0.05", scored_flights=2, risk_sum="0.0001"
            ),
            "0.0001",
            "0.0001",
            "0.0001",
            "0.0000",
        ),
    ],
)
def test_quotients_have_four_places(
    counted: Figures, hours: str, distance_km: str, risk: str | None, share: str | None
) -> None:
    assert str(counted.hours) == hours
    assert str(counted.distance_km) == distance_km
    assert counted.average_risk == (None if risk is None else Decimal(risk))
    assert counted.high_risk_share == (None if share is None else Decimal(share))


def test_what_nobody_assessed_is_unknown_and_not_zero() -> None:
    flown = figures(flights=4)
    assert flown.known_anomalies is None
    assert flown.known_critical_anomalies is None
    assert flown.known_high_risk_flights is None
    without_a_risk = figures(flights=4, analysed_flights=1)
    assert without_a_risk.known_anomalies == 0
    assert without_a_risk.known_high_risk_flights is None
    assert figures().known_anomalies == 0
    assert figures().known_high_risk_flights == 0


def test_sums_of_many_digits_are_exact() -> None:
    tiny, large = figures(airborne_s="0.00000000000000000001"), figures(airborne_s="9" * 30)
    assert added_up([tiny, large], active_aircraft=0).airborne_s == Decimal(
        "9" * 30 + ".00000000000000000001"
    )


@pytest.mark.parametrize(
    ("start", "end", "cut"),
    [
        (date(2026, 1, 1), date(2026, 2, 1), [date(2026, 1, 1)]),
        (date(2026, 1, 15), date(2026, 1, 16), [date(2026, 1, 15)]),
        (date(2025, 12, 31), date(2026, 1, 2), [date(2025, 12, 31), date(2026, 1, 1)]),
        (
            date(2024, 1, 31),
            date(2024, 3, 2),
            [date(2024, 1, 31), date(2024, 2, 1), date(2024, 3, 1)],
        ),
    ],
)
def test_period_is_cut_where_months_begin(start: date, end: date, cut: list[date]) -> None:
    parts = months_of(Period(start, end, UTC_ZONE))
    assert [part.start for part in parts] == cut
    assert [part.end for part in parts] == [*cut[1:], end]


def test_month_is_named() -> None:
    assert (
        Month(Period(date(2026, 3, 1), date(2026, 4, 1), UTC_ZONE), Figures()).name == "March 2026"
    )
