"""What reads the views joins nothing: the heads of its SQL and of reading/types.py say why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.choices import Role
from accounts.models import Membership
from analytics.narrowing import Narrowing
from analytics.periods import last_days
from analytics.reading.activity import days_by_type
from analytics.reading.executive import summary_of
from analytics.reading.risk_course import assessed_days, levels_by_day
from analytics.reading.risk_profile import risk_profile
from analytics.reading.spreads import spreads
from analytics.reading.utilisation import use_by_aircraft, use_by_pilot
from analytics.reading.wear import wear_list
from tests.analytics.reading.varied import UNTIL, make_flights
from tests.conftest import Cast


def plans_of(read: Callable[[], object]) -> list[str]:
    """How PostgreSQL carries out each statement of ``read`` that reads a view."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        execute(f"EXPLAIN {sql}", params, many, context)

        plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        read()
    return [each for each in plans if "_data" in each]


YEAR = last_days(365, UNTIL, ZoneInfo("UTC"))
WINGS = Narrowing(aircraft_type="fixed_wing")
Read = Callable[[Membership], object]
READS: dict[str, Read] = {
    "wear list": lambda _: wear_list(UNTIL),
    "risk profile": lambda _: risk_profile(YEAR),
    "days by type": lambda membership: days_by_type(membership, YEAR, WINGS),
    "assessed days": lambda membership: assessed_days(membership, YEAR),
    "levels by day": lambda membership: levels_by_day(membership, YEAR),
    "use by pilot": lambda membership: use_by_pilot(membership, YEAR),
    "use by aircraft": lambda membership: use_by_aircraft(membership, YEAR, WINGS),
    "summary": lambda _: summary_of(YEAR, WINGS),
}


@pytest.mark.parametrize("name", READS)
def test_nothing_is_joined(name: str, in_alpha: Cast) -> None:
    make_flights(200)
    plans = plans_of(lambda: READS[name](in_alpha.members[Role.READONLY]))
    assert plans
    for plan in plans:
        assert re.search("analytics_daily[a-z]+_data", plan)
        assert "Nested Loop" not in plan
        assert "Join" not in plan


def test_percentiles_count_by_the_index_and_open_single_steps(in_alpha: Cast) -> None:
    """And look no flight up: of a step, the weeks of the period come by the other index. The few
    rows here are read as quickly in other ways, which are therefore shut off."""
    make_flights(2_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    (plan,) = plans_of(lambda: spreads(in_alpha.members[Role.READONLY], YEAR))
    assert "Index Only Scan using analytics_weeklyspreads_unique" in plan
    assert "Index Scan using analytics_weeklyspreads_by_step" in plan
    assert "flights_flightsession" not in plan
    assert "mlresults_analysis" not in plan
