"""Wear list and risk profile join nothing: see the head of their SQL for why that is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from analytics.periods import last_days
from analytics.reading.risk_profile import risk_profile
from analytics.reading.wear import wear_list
from tests.analytics.reading.varied import UNTIL, make_flights
from tests.conftest import Cast


def plans_of(read: Callable[[], object]) -> str:
    """How PostgreSQL carries out each statement that ``read`` makes."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        execute(f"EXPLAIN {sql}", params, many, context)

        plans.extend(line for (line,) in context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        read()
    return "\n".join(plans)


READS = {
    "wear list": lambda: wear_list(UNTIL),
    "risk profile": lambda: risk_profile(last_days(365, UNTIL, ZoneInfo("UTC"))),
}


@pytest.mark.parametrize("name", READS)
def test_nothing_is_joined(name: str, in_alpha: Cast) -> None:
    make_flights(500)
    plan = plans_of(READS[name])
    assert "analytics_dailyanalyses_data" in plan
    assert "Nested Loop" not in plan
    assert "Join" not in plan
