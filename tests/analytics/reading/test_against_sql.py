"""The figures of 10,000 flights, against SQL that was written without looking at ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.choices import Role
from accounts.models import Membership
from analytics.calculations.averages import FOUR_PLACES
from analytics.narrowing import Narrowing
from analytics.periods import Period
from analytics.reading.activity import Flown, averages, days_by_type, totals, with_run_up
from analytics.reading.risk_course import assessed, levels_by_day
from analytics.reading.seasons import seasons
from analytics.reading.spreads import Spread, spreads
from analytics.reading.utilisation import use_by_aircraft, use_by_pilot
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics.reading.build import assessed as assessed_flight
from tests.analytics.reading.build import flew, refresh
from tests.analytics.reading.many import run
from tests.conftest import Cast

ZONE = "America/New_York"
TYPES = ("multirotor", "fixed_wing", "vtol")
PERIOD = Period(date(2026, 2, 20), date(2026, 6, 1), ZoneInfo(ZONE))
COUNTED = f"""
    FROM flights_flightsession f
    LEFT JOIN mlresults_analysis a ON a.session_id = f.id AND a.is_active
    WHERE f.has_flight AND f.state IN ('completed', 'aborted')
    AND f.started_at >= timestamptz '2026-02-20 00:00 {ZONE}'
    AND f.started_at < timestamptz '2026-06-01 00:00 {ZONE}'
"""


@pytest.fixture
def many(even_fleet: Cast, db: None) -> Iterator[Membership]:
    set_time_zone(slug=even_fleet.organization.slug, time_zone=ZONE)
    with tenant_context(even_fleet.organization):
        refresh()
        yield even_fleet.members[Role.READONLY]


def test_totals(many: Membership) -> None:
    (row,) = run(
        "SELECT count(*), sum(airborne_s::numeric), count(airborne_s), sum(distance_m::numeric),"
        f" count(DISTINCT aircraft_id) {COUNTED}"
    )
    found = totals(many, PERIOD)
    flown = found.flown
    ours = (flown.flights, flown.airborne_s, flown.timed_flights, flown.distance_m)
    assert (*ours, found.aircraft) == row
    assert flown.flights > 5_000


def test_days_by_type(many: Membership) -> None:
    rows = run(
        "SELECT (f.started_at AT TIME ZONE 'America/New_York')::date, c.aircraft_type, count(*),"
        " coalesce(sum(airborne_s::numeric), 0), coalesce(sum(distance_m::numeric), 0)"
        + COUNTED.replace("LEFT JOIN", "JOIN fleet_aircraft c ON c.id = f.aircraft_id LEFT JOIN")
        + " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    ours = [
        (d.day, d.aircraft_type, d.flown.flights, d.flown.airborne_s, d.flown.distance_m)
        for d in days_by_type(many, PERIOD)
    ]
    assert ours == rows


@pytest.mark.parametrize(("window", "name"), [(7, "week"), (30, "month")])
def test_moving_averages(many: Membership, window: int, name: str) -> None:
    rows = run(
        f"""
        WITH day AS (
            SELECT d::date AS day, count(f.id) AS flights,
                coalesce(sum(airborne_s::numeric), 0) AS s
            FROM generate_series(date '2026-01-20', date '2026-05-31', interval '1 day') AS d
            LEFT JOIN flights_flightsession f ON f.has_flight
                AND f.state IN ('completed', 'aborted')
                AND (f.started_at AT TIME ZONE '{ZONE}')::date = d::date
            GROUP BY 1
        ), moving AS (
            SELECT day, round(avg(flights) OVER recent, 4) AS flights,
                round(sum(s) OVER recent / ({window} * 3600), 4) AS hours
            FROM day
            WINDOW recent AS (ORDER BY day ROWS BETWEEN {window - 1} PRECEDING AND CURRENT ROW)
        )
        SELECT * FROM moving WHERE day >= date '2026-02-20' ORDER BY day
        """
    )
    found = averages(days_by_type(many, with_run_up(PERIOD)), PERIOD)
    ours = [
        (each.day, getattr(each, name).average, getattr(each, f"{name}_hours").average)
        for each in found
    ]
    assert ours == rows


@pytest.mark.parametrize("column", ["airborne_s", "risk_score"])
def test_percentiles(many: Membership, column: str) -> None:
    """Between the two neighbours in rank, as the definition has it."""
    rows = run(
        f"""
        WITH ranked AS (
            SELECT {column} AS value, row_number() OVER (ORDER BY {column}) - 1 AS rank,
                count(*) OVER () AS n
            {COUNTED} AND {column} IS NOT NULL
        )
        SELECT p, max(n), max(value) FILTER (WHERE rank = floor(p * (n - 1))),
            max(value) FILTER (WHERE rank = ceil(p * (n - 1))), max(p * (n - 1)) % 1
        FROM ranked CROSS JOIN unnest(ARRAY[0.5, 0.95, 0.99]::numeric[]) AS p
        GROUP BY p ORDER BY p
        """
    )
    spread = spreads(many, PERIOD)
    found = spread.duration_s if column == "airborne_s" else spread.risk
    assert {row[1] for row in rows} == {found.count}
    by_hand = [low + float(part) * (high - low) for _, _, low, high, part in rows]
    assert [found.p50, found.p95, found.p99] == pytest.approx(by_hand, rel=1e-14)


SPANS = (
    ("2026-02-20", "2026-06-01"),
    ("2026-02-23", "2026-03-02"),  # a week, from its Monday
    ("2026-02-24", "2026-03-01"),  # inside of one
    ("2026-03-01", "2026-03-03"),  # a Sunday and a Monday; the clock changes a week later
    ("2026-03-08", "2026-03-09"),  # the day of that change
    ("2026-03-04", "2026-03-18"),  # one whole week between two parts
    ("2026-03-04", "2026-03-16"),
    ("2026-03-09", "2026-03-18"),
    ("2025-01-01", "2027-01-01"),
    ("2030-01-01", "2031-01-01"),
)


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_percentiles_are_those_of_all_flights_to_the_last_digit(
    many: Membership, start: str, end: str
) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end), PERIOD.tz)
    inside = COUNTED.replace("2026-02-20", start).replace("2026-06-01", end)
    shares = "ARRAY[0.5, 0.95, 0.99]::float8[]"
    (row,) = run(
        "SELECT count(airborne_s), count(risk_score),"
        f" percentile_cont({shares}) WITHIN GROUP (ORDER BY airborne_s),"
        f" percentile_cont({shares}) WITHIN GROUP (ORDER BY risk_score) {inside}"
    )
    found = spreads(many, period)
    assert (found.duration_s.count, found.risk.count) == row[:2]
    for spread, expected in ((found.duration_s, row[2]), (found.risk, row[3])):
        assert [spread.p50, spread.p95, spread.p99] == (expected or [None] * 3)


def test_percentiles_with_most_flights_alike(in_alpha: Cast) -> None:
    """As risks are: few different values, each many times, also none at all."""
    for hour, risk in enumerate((0.0, 0.0, 0.0, 0.0, 0.25, 0.25, 1.0)):
        assessed_flight(flew(in_alpha, f"2026-05-04 {hour:02}:00", airborne_s=0.0), risk)
    refresh()
    day = Period(date(2026, 5, 4), date(2026, 5, 5), ZoneInfo("UTC"))
    found = spreads(in_alpha.members[Role.READONLY], day)
    assert found.duration_s == Spread(7, 0.0, 0.0, 0.0)
    # 0.95 x 6 = 5.7 steps: 0.25 + 0.7 x 0.75; 0.99 x 6 = 5.94
    assert found.risk == Spread(7, 0.0, pytest.approx(0.775), pytest.approx(0.955))


def test_whole_fleet_is_what_its_flights_are_one_by_one(many: Membership) -> None:
    """From the views, and as narrowed figures are made: from the tables."""
    everybody = use_by_pilot(many, PERIOD)
    types = [use_by_pilot(many, PERIOD, Narrowing(aircraft_type=kind)) for kind in TYPES]
    for each in everybody:
        parts = [use for part in types for use in part if use.pilot_id == each.pilot_id]
        assert sum((use.use.flown for use in parts), Flown()) == each.use.flown
        assert {use.name for use in parts} == {each.name}


def test_use_by_aircraft(many: Membership) -> None:
    rows = run(
        "SELECT aircraft_id, count(*), coalesce(sum(airborne_s::numeric), 0),"
        f" count(DISTINCT (f.started_at AT TIME ZONE '{ZONE}')::date) {COUNTED} GROUP BY 1"
    )
    ours = [
        (each.aircraft.pk, each.use.flown.flights, each.use.flown.airborne_s, each.use.days)
        for each in use_by_aircraft(many, PERIOD)
        if each.use.days
    ]
    assert sorted(ours) == sorted(rows)
    assert len(ours) == 20


def test_use_by_pilot(many: Membership) -> None:
    rows = run(
        "SELECT pilot_id, count(*), coalesce(sum(airborne_s::numeric), 0),"
        f" count(DISTINCT (f.started_at AT TIME ZONE '{ZONE}')::date) {COUNTED} GROUP BY 1"
    )
    ours = {
        each.pilot_id: (each.use.flown.flights, each.use.flown.airborne_s, each.use.days)
        for each in use_by_pilot(many, PERIOD)
    }
    assert ours == {row[0]: row[1:] for row in rows}
    assert None in ours


def test_risk(many: Membership) -> None:
    (row,) = run(
        "SELECT count(a.id), count(a.risk_score), sum(a.risk_score::numeric),"
        f" count(*) FILTER (WHERE a.risk_level IN ('high', 'critical')) {COUNTED}"
    )
    found = assessed(many, PERIOD)
    ours = (found.analysed_flights, found.scored_flights, found.risk_sum, found.high_risk_flights)
    assert ours == row
    assert found.average == (row[2] / row[1]).quantize(FOUR_PLACES)


def test_levels(many: Membership) -> None:
    rows = run(
        f"SELECT (f.started_at AT TIME ZONE '{ZONE}')::date, coalesce(a.risk_level, ''), count(*)"
        f" {COUNTED} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    ours = [(each.day, each.level, each.flights) for each in levels_by_day(many, PERIOD)]
    assert ours == rows
    assert len({row[1] for row in rows}) == 5


def test_seasons(many: Membership) -> None:
    rows = run(
        f"""
        SELECT to_char(f.started_at AT TIME ZONE '{ZONE}', 'ID')::int, count(*)
        FROM flights_flightsession f WHERE has_flight AND state IN ('completed', 'aborted')
        GROUP BY 1
        """
    )
    assert seasons(many).by_weekday == dict(rows)
    assert sum(seasons(many).by_month.values()) == sum(Decimal(row[1]) for row in rows)
