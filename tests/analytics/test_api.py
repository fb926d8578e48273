"""The API's figures: the numbers of the reading functions, entity tags, filters, pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from accounts.choices import Role
from analytics.reading.activity import totals
from analytics.reading.executive import executive_summary
from analytics.reading.risk_profile import risk_profile
from analytics.reading.spreads import spreads
from analytics.reading.utilisation import use_by_aircraft, use_by_pilot
from analytics.reading.wear import wear_list
from analytics.rest.shaping import summed_answer
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.analytics.api_fleet import APRIL, AT, LISTS, PATHS, get
from tests.analytics.api_fleet import _at as _at
from tests.analytics.api_fleet import flown as flown
from tests.analytics.reading.build import period
from tests.api.test_openapi import check
from tests.api.test_openapi import description as description
from tests.conftest import Cast


@pytest.mark.parametrize("name", PATHS)
def test_answer_is_as_described(
    name: str, description: dict[str, Any], flown: Cast, viewer: Client
) -> None:
    path = f"/api/v1/analytics/{name}/"
    query = {} if name == "wear" else APRIL
    check(description, path, "get", viewer.get(path, query))


def test_summary_is_that_of_the_reading_function(flown: Cast, viewer: Client) -> None:
    answer = get(viewer, "summary")
    with tenant_context(flown.organization):
        summary = executive_summary(AT, flown.organization.zone)
    assert (answer["start"], answer["end"]) == ("2025-05-01", "2026-05-01")
    assert answer["time_zone"] == "Europe/Zurich"
    assert len(answer["months"]) == 12
    for told, month in zip(answer["months"], summary.months, strict=True):
        assert told["start"] == month.period.start.isoformat()
        assert told == {"start": told["start"], "end": told["end"]} | as_json(month.figures)
    assert answer["total"] == as_json(summary.total)
    assert answer["total"]["flights"] == 9


def as_json(figures: Any) -> dict[str, Any]:
    """Decimals as text with every place, all else as it is."""
    told = summed_answer(figures)
    return {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in told.items()}


def test_decimals_come_as_text_with_every_place(flown: Cast, viewer: Client) -> None:
    total = get(viewer, "summary", **APRIL)["total"]
    assert total["airborne_s"] == "2799.999999999999"  # 3 x 600 + 3 x 333.333333333333
    assert total["hours"] == "0.7778"
    assert total["average_risk"] == "0.4617"  # (0.1234567 + 0.8) / 2 = 0.46172835
    assert total["high_risk_share"] == "0.5000"


def test_what_nobody_assessed_is_null(flown: Cast, viewer: Client) -> None:
    with tenant_context(flown.organization):
        aircraft = Aircraft.objects.get(registration="ALPHA-3")
    total = get(viewer, "summary", **APRIL, aircraft=str(aircraft.pk))["total"]
    assert total["flights"] == 3
    assert total["average_risk"] is None
    assert total["anomalies"] is None
    assert total["high_risk_flights"] is None


@pytest.mark.parametrize("name", LISTS)
def test_daily_rows_are_those_of_the_view(name: str, flown: Cast, viewer: Client) -> None:
    answer = get(viewer, name, **APRIL)
    with tenant_context(flown.organization):
        rows = list(LISTS[name].objects.select_related("aircraft"))
    assert len(answer["results"]) == len(rows) > 0
    columns = [c for c in answer["results"][0] if c not in ("registration", "aircraft_type")]

    def key(row: dict[str, Any]) -> list[str]:
        return [str(row[column]) for column in columns]

    told = sorted(key(row) for row in answer["results"])
    stored = sorted(
        key({c: getattr(row, "aircraft_id" if c == "aircraft" else c) for c in columns})
        for row in rows
    )
    assert told == stored


@pytest.mark.parametrize("name", LISTS)
def test_pages_hold_every_row_once(name: str, flown: Cast, viewer: Client) -> None:
    """Three rows and more of each day, two a page."""
    whole = get(viewer, name, **APRIL)["results"]
    found: list[Any] = []
    query: dict[str, str] = APRIL | {"page_size": "2"}
    while query:
        answer = get(viewer, name, **query)
        assert answer["time_zone"] == "Europe/Zurich"
        found += answer["results"]
        query = dict(parse_qsl(urlsplit(answer["next"] or "").query))
    assert sorted(map(str, found)) == sorted(map(str, whole))
    assert [row["day"] for row in found] == sorted((row["day"] for row in found), reverse=True)


def test_risk_profile_is_that_of_the_reading_function(flown: Cast, viewer: Client) -> None:
    answer = get(viewer, "risk-profile", **APRIL)
    with tenant_context(flown.organization):
        profile = risk_profile(period("2026-04-01", "2026-05-01", flown))
    assert [each["aircraft_type"] for each in answer["types"]] == ["fixed_wing", "multirotor"]
    for told, line in zip([*answer["types"], answer["whole"]], [*profile.types, profile.whole],
                          strict=True):  # fmt: skip
        assert told["flights"] == line.flights
        assert told["average_risk"] == str(line.average_risk)
        assert told["trend"] == line.trend
        assert told["sentence"] == line.sentence


def test_wear_is_that_of_the_reading_function(flown: Cast, viewer: Client) -> None:
    answer = get(viewer, "wear")
    with tenant_context(flown.organization):
        worn = wear_list(AT)
    assert answer["day"] == "2026-04-24"
    told = [(each["registration"], each["score"], each["sentence"]) for each in answer["aircraft"]]
    assert told == [
        (each.aircraft.registration, f"{each.wear.score:f}", each.wear.sentence) for each in worn
    ]
    for each in answer["aircraft"]:
        assert sum(Decimal(part["points"]) for part in each["parts"]) == Decimal(each["score"])


def test_wear_leads_to_what_the_points_were_given_for(flown: Cast, viewer: Client) -> None:
    (wing,) = get(viewer, "wear", aircraft_type="fixed_wing")["aircraft"]
    battery = next(part for part in wing["parts"] if part["source"] == "battery")
    assert battery["text"] == "Battery findings 3 × 0.2 = 0.6"
    found = viewer.get(battery["evidence"]).json()["results"]
    assert len(found) == 3
    assert {each["component"] for each in found} == {"battery"}
    for part in wing["parts"]:
        assert viewer.get(part["evidence"]).status_code == 200


def test_retired_aircraft_has_its_score_when_asked_for(flown: Cast, viewer: Client) -> None:
    with tenant_context(flown.organization):
        Aircraft.objects.filter(registration="ALPHA-W").update(status="retired")
        wing = Aircraft.objects.get(registration="ALPHA-W")
    assert "ALPHA-W" not in str(get(viewer, "wear"))
    (told,) = get(viewer, "wear", aircraft=str(wing.pk))["aircraft"]
    assert told["registration"] == "ALPHA-W"
    assert get(viewer, "wear", aircraft=str(wing.pk), aircraft_type="vtol")["aircraft"] == []


def test_activity_is_that_of_the_reading_functions(flown: Cast, viewer: Client) -> None:
    answer = get(viewer, "activity", **APRIL)
    member = flown.members[Role.READONLY]
    with tenant_context(flown.organization):
        whole = totals(member, period("2026-04-01", "2026-05-01", flown))
        spread = spreads(member, period("2026-04-01", "2026-05-01", flown))
    assert answer["flown"]["airborne_s"] == str(whole.flown.airborne_s)
    assert (answer["flown"]["flights"], answer["active_aircraft"]) == (9, 3)
    assert answer["duration_s"]["p95"] == spread.duration_s.p95
    assert answer["risk"]["count"] == spread.risk.count == 6
    assert {day["day"] for day in answer["days"]} == {"2026-04-01", "2026-04-10", "2026-04-20"}
    assert len(answer["moving_averages"]) == 30
    # On the 1st the week behind holds its three flights: 3 / 7 = 0.42857...
    assert answer["moving_averages"][0]["flights_7_days"] == {"total": "3", "average": "0.4286"}


def test_utilisation_is_that_of_the_reading_functions(flown: Cast, viewer: Client) -> None:
    answer = get(viewer, "utilisation", **APRIL)
    member = flown.members[Role.READONLY]
    with tenant_context(flown.organization):
        aircraft = use_by_aircraft(member, period("2026-04-01", "2026-05-01", flown))
        pilots = use_by_pilot(member, period("2026-04-01", "2026-05-01", flown))
    assert [each["registration"] for each in answer["aircraft"]] == [
        each.aircraft.registration for each in aircraft
    ]
    assert [each["name"] for each in answer["pilots"]] == [each.name for each in pilots]
    assert answer["aircraft"][0]["share"] == "0.1000"  # 3 of 30 days
