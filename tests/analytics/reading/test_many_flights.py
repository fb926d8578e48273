"""Risk profile and wear list over 10,000 flights.

They equal plain SQL on the tables to the last digit, are in parts what they are as a whole, and
have just those findings behind them that were counted.

The SQL here shares nothing with the product's: no view, no Python, other joins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from analytics.calculations.risk_profile import TypeRisk
from analytics.calculations.wear import WearSource, plain
from analytics.periods import Period, last_days
from analytics.reading.risk_profile import risk_profile
from analytics.reading.wear import wear_list, wear_of
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics.reading.build import found_behind, refresh
from tests.analytics.reading.varied import UNTIL
from tests.conftest import Cast

ZONE = ZoneInfo("Australia/Lord_Howe")
"""Its clock changes by half an hour, on 5 April 2026."""

PROFILE = """
WITH risky AS (
    SELECT a.aircraft_type AS type,
        (s.started_at AT TIME ZONE %(zone)s)::date >= %(end)s::date - 7 AS is_recent,
        (SELECT r.risk_score::numeric FROM mlresults_analysis r
         WHERE r.session_id = s.id AND r.is_active) AS risk,
        EXISTS (SELECT FROM mlresults_analysis r WHERE r.session_id = s.id AND r.is_active
                AND r.risk_level IN ('high', 'critical')) AS is_high,
        (SELECT count(*) FROM mlresults_finding f JOIN mlresults_analysis r ON r.id = f.analysis_id
         WHERE r.session_id = s.id AND r.is_active AND f.severity = 'critical') AS critical
    FROM flights_flightsession s JOIN fleet_aircraft a ON a.id = s.aircraft_id
    WHERE s.has_flight AND s.state IN ('completed', 'aborted')
        AND (s.started_at AT TIME ZONE %(zone)s)::date >= %(start)s
        AND (s.started_at AT TIME ZONE %(zone)s)::date < %(end)s
), lines AS (
    SELECT type, count(*) AS flights, count(risk) AS scored, round(avg(risk), 4) AS mean,
        count(*) FILTER (WHERE is_high) AS high, sum(critical)::int AS critical,
        count(risk) FILTER (WHERE is_recent) AS n, count(risk) FILTER (WHERE NOT is_recent) AS m,
        round(avg(risk) FILTER (WHERE is_recent), 4)
            - round(avg(risk) FILTER (WHERE NOT is_recent), 4) AS change
    FROM risky GROUP BY GROUPING SETS ((type), ())
)
SELECT coalesce(type, ''), flights, scored, mean::text, high, critical,
    CASE WHEN least(n, m) < 5 THEN 'too_little_data' WHEN change > 0.05 THEN 'increasing'
        WHEN change < -0.05 THEN 'decreasing' ELSE 'stable' END,
    CASE WHEN least(n, m) >= 5 THEN change::text END
FROM lines ORDER BY type NULLS LAST
"""

WEAR = """
WITH today AS (SELECT (%(at)s AT TIME ZONE %(zone)s)::date AS day),
found AS (
    SELECT s.aircraft_id, f.component, count(*) AS n
    FROM mlresults_finding f
    JOIN mlresults_analysis r ON r.id = f.analysis_id AND r.is_active
    JOIN flights_flightsession s ON s.id = r.session_id
    WHERE f.severity IN ('warning', 'critical') AND s.has_flight
        AND s.state IN ('completed', 'aborted')
        AND (s.started_at AT TIME ZONE %(zone)s)::date
            BETWEEN (SELECT day - 29 FROM today) AND (SELECT day FROM today)
    GROUP BY 1, 2
), risky AS (
    SELECT s.aircraft_id, round(avg(r.risk_score::numeric), 4) AS mean
    FROM mlresults_analysis r JOIN flights_flightsession s ON s.id = r.session_id
    WHERE r.is_active AND s.has_flight AND s.state IN ('completed', 'aborted')
        AND (s.started_at AT TIME ZONE %(zone)s)::date
            BETWEEN (SELECT day - 6 FROM today) AND (SELECT day FROM today)
    GROUP BY 1
), scored AS (
    SELECT a.registration,
        coalesce((SELECT n FROM found WHERE aircraft_id = a.id AND component = 'motor'), 0) AS m,
        coalesce((SELECT n FROM found WHERE aircraft_id = a.id
                  AND component = 'control_surface'), 0) AS c,
        coalesce((SELECT n FROM found WHERE aircraft_id = a.id AND component = 'battery'), 0) AS b,
        coalesce((SELECT mean FROM risky WHERE aircraft_id = a.id), 0) AS risk,
        a.next_maintenance_on - (SELECT day FROM today) AS due
    FROM fleet_aircraft a WHERE a.status IN ('active', 'maintenance', 'grounded')
), totals AS (
    SELECT *, m * 0.4 + c * 0.3 + b * 0.2 + risk * 10
        + CASE WHEN due < 0 THEN 30 WHEN due <= 7 THEN 20 WHEN due <= 30 THEN 10 ELSE 0 END AS score
    FROM scored
)
SELECT registration, trim_scale(score)::text,
    CASE WHEN score >= 50 THEN 'urgent' WHEN score >= 30 THEN 'high'
        WHEN score >= 15 THEN 'medium' ELSE 'low' END,
    CASE WHEN m > 5 THEN 'inspect_motors' WHEN c > 3 THEN 'check_control_surfaces'
        WHEN b > 2 THEN 'assess_battery' WHEN due < 0 THEN 'maintain' ELSE 'continue' END
FROM totals ORDER BY score DESC, registration COLLATE "C"
"""


def rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"zone": ZONE.key, **parameters})
        return cursor.fetchall()


@pytest.fixture
def flown(varied_fleet: Cast, db: None) -> Iterator[None]:
    """10,000 flights, whose days are kept in a zone of its own."""
    set_time_zone(slug=varied_fleet.organization.slug, time_zone=ZONE.key)
    with tenant_context(varied_fleet.organization):
        refresh()
        yield


PERIODS = (
    last_days(30, UNTIL, ZONE),
    last_days(100, UNTIL, ZONE),
    last_days(7, UNTIL, ZONE),
    last_days(9, UNTIL, ZONE),
    Period(date(2026, 4, 4), date(2026, 4, 6), ZONE),
    Period(date(2026, 3, 29), date(2026, 4, 12), ZONE),
    Period(date(2030, 1, 1), date(2031, 1, 1), ZONE),
)


def line(risk: TypeRisk) -> tuple[Any, ...]:
    return (
        risk.aircraft_type,
        risk.flights,
        risk.scored_flights,
        None if risk.average_risk is None else str(risk.average_risk),
        risk.high_risk_flights,
        risk.critical_anomalies,
        risk.trend.value,
        None if risk.change is None else str(risk.change),
    )


def test_risk_profile_is_what_plain_sql_counts(flown: None) -> None:
    compared, trends = 0, set()
    for period in PERIODS:
        profile = risk_profile(period)
        *types, whole = rows(PROFILE, start=period.start, end=period.end)
        if whole[1] == 0:
            assert profile.types == ()
            assert profile.whole.flights == 0
            continue
        assert [line(risk) for risk in profile.types] == types
        assert line(profile.whole) == whole
        compared += len(types)
        trends |= {risk.trend for risk in profile.types}
    assert compared == 24
    assert len(trends) >= 3


def test_wear_list_is_what_plain_sql_counts(flown: None) -> None:
    levels = set()
    for at in (UNTIL, UNTIL - timedelta(days=16, hours=9)):
        expected = rows(WEAR, at=at)
        found = [
            (each.aircraft.registration, plain(each.wear.score), each.wear.level, each.wear.action)
            for each in wear_list(at)
        ]
        assert len(found) >= 10
        assert found == expected
        levels |= {row[2] for row in expected}
    assert len(levels) >= 3


def test_profile_is_narrowed_to_a_type_or_an_aircraft(flown: None) -> None:
    period = last_days(30, UNTIL, ZONE)
    whole = risk_profile(period)
    assert len(whole.types) > 2
    for line in whole.types:
        narrowed = risk_profile(period, aircraft_type=line.aircraft_type)
        assert narrowed.types == (line,)
        of_type = Aircraft.objects.filter(aircraft_type=line.aircraft_type)
        parts = [risk_profile(period, aircraft_id=each.pk).whole for each in of_type]
        assert sum(part.flights for part in parts) == line.flights
        assert sum(part.critical_anomalies for part in parts) == line.critical_anomalies


def test_one_aircraft_stands_as_it_does_in_the_list(flown: None) -> None:
    listed = wear_list(UNTIL)
    assert len(listed) > 9
    assert listed == [wear_of(each.aircraft.aircraft_id, UNTIL) for each in listed]


def test_evidence_leads_to_just_what_was_counted(
    flown: None, varied_fleet: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    """Over drawn flights of an organization whose clock changed within the month."""
    client = sign_in(varied_fleet.members[Role.READONLY])
    counted = 0
    for standing in wear_list(UNTIL):
        figures = standing.aircraft.figures
        for source, expected in (
            (WearSource.MOTOR, figures.motor),
            (WearSource.CONTROL_SURFACE, figures.control_surface),
            (WearSource.BATTERY, figures.battery),
            (WearSource.RISK, figures.scored_flights),
        ):
            found = found_behind(client, standing.evidence[source])
            assert len(found) == expected
            counted += expected
    assert counted > 50
