"""The API's figures: the numbers of the reading functions, entity tags, filters, pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from accounts.models import Membership
from analytics.models import DailyAnalyses, DailyAnomalies, DailyFlights, ViewRefresh
from analytics.reading.activity import spreads, totals
from analytics.reading.executive import executive_summary
from analytics.reading.risk_profile import risk_profile
from analytics.reading.utilisation import use_by_aircraft, use_by_pilot
from analytics.reading.wear import wear_list
from analytics.refreshing import refresh_figures
from analytics.rest.shaping import summed_answer
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly, keep_days_in, make_aircraft
from tests.analytics.reading.build import period
from tests.api.test_openapi import check
from tests.api.test_openapi import description as description
from tests.conftest import Cast
from tests.queries import queries

AT = datetime(2026, 4, 24, 12, tzinfo=UTC)
PATHS = ("summary", "flights", "analyses", "anomalies", "risk-profile", "wear", "activity",
         "utilisation")  # fmt: skip
OF_A_PERIOD = [name for name in PATHS if name != "wear"]
LISTS = {"flights": DailyFlights, "analyses": DailyAnalyses, "anomalies": DailyAnomalies}
APRIL = {"start": "2026-04-01", "end": "2026-05-01"}


@pytest.fixture(autouse=True)
def _at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def flown(alpha: Cast) -> Iterator[Cast]:
    """Alpha with its days in Zürich, and April flown by three aircraft of two types."""
    with tenant_context(alpha.organization):
        keep_days_in(alpha.organization, "Europe/Zurich")
        wing, third = make_aircraft("ALPHA-W", "fixed_wing"), make_aircraft("ALPHA-3")
        for day in (1, 10, 20):
            moment = datetime(2026, 4, day, 9, 30, tzinfo=UTC)
            fly(alpha, moment, risk=0.1234567, findings=(("motor", "warning"),))
            fly(
                alpha,
                moment,
                aircraft=wing,
                risk=0.8,
                level="high",
                findings=(("battery", "critical"), ("gps", "warning")),
                airborne_s=1_000.0 / 3,
                pilot=alpha.members[Role.PILOT],
            )
            fly(alpha, moment, aircraft=third, analysed=False, airborne_s=None)
        refresh_figures(at=AT)
        ViewRefresh.objects.update(refreshed_at=AT - timedelta(minutes=7))
    yield alpha
    alpha.organization.time_zone = "UTC"


def get(client: Client, name: str, **query: str) -> Any:
    response = client.get(f"/api/v1/analytics/{name}/", query)
    assert response.status_code == 200, response.content
    return response.json()


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


@pytest.mark.parametrize("name", OF_A_PERIOD)
def test_figures_are_narrowed_by_period_type_and_aircraft(
    name: str, flown: Cast, viewer: Client
) -> None:
    with tenant_context(flown.organization):
        wing = Aircraft.objects.get(registration="ALPHA-W")
    days = {"start": "2026-04-10", "end": "2026-04-11"}
    by_type = get(viewer, name, **days, aircraft_type="fixed_wing")
    by_id = get(viewer, name, **days, aircraft=str(wing.pk))
    assert by_type == by_id
    assert (by_type["start"], by_type["end"]) == ("2026-04-10", "2026-04-11")
    both = get(viewer, name, **days, aircraft=str(wing.pk), aircraft_type="multirotor")
    nobody = get(viewer, name, **days, aircraft=str(uuid.uuid4()))
    whole = get(viewer, name, **days)
    assert len({str(both), str(by_id), str(whole)}) == 3
    assert both == nobody


@pytest.mark.parametrize("name", PATHS)
def test_aircraft_of_another_organization_is_none(
    name: str, flown: Cast, bravo: Cast, viewer: Client
) -> None:
    foreign = viewer.get(f"/api/v1/analytics/{name}/", {"aircraft": str(bravo.aircraft.pk)})
    missing = viewer.get(f"/api/v1/analytics/{name}/", {"aircraft": str(uuid.uuid4())})
    assert foreign.status_code == missing.status_code == 200
    assert foreign.content == missing.content


@pytest.mark.parametrize("name", PATHS)
def test_outsider_gets_nothing_of_it(name: str, flown: Cast, outsider: Client) -> None:
    assert "ALPHA" not in str(get(outsider, name))


@pytest.mark.parametrize(
    "query",
    [
        {"start": "2026-05-01", "end": "2026-05-01"},
        {"start": "2026-05-02", "end": "2026-05-01"},
        {"start": "yesterday"},
        {"end": "2026-02-30"},
        {"start": "0001-01-01"},
        {"end": "9999-12-31"},
        {"start": "1990-01-01", "end": "2026-01-01"},
        {"aircraft": "ALPHA-1"},
        {"aircraft_type": "zeppelin"},
    ],
)
@pytest.mark.parametrize("name", OF_A_PERIOD)
def test_question_that_makes_no_sense_is_refused(
    name: str, query: dict[str, str], alpha: Cast, viewer: Client
) -> None:
    response = viewer.get(f"/api/v1/analytics/{name}/", query)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert "ETag" not in response.headers


@pytest.mark.parametrize("name", PATHS)
def test_tag_stays_while_the_figures_do(
    name: str, flown: Cast, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a minute later the age is another, in the header and not in the content."""
    path = f"/api/v1/analytics/{name}/"
    first = viewer.get(path)
    monkeypatch.setattr(timezone, "now", lambda: AT + timedelta(minutes=1))
    again = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert not first.headers["ETag"].startswith("W/")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (first.headers["Figures-Age"], again.headers["Figures-Age"]) == ("420", "480")
    other = viewer.get(path, headers={"If-None-Match": '"something else"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("name", PATHS)
def test_tag_changes_with_the_figures(name: str, flown: Cast, viewer: Client) -> None:
    path = f"/api/v1/analytics/{name}/"
    first = viewer.get(path)
    with tenant_context(flown.organization):
        fly(flown, AT - timedelta(days=1), risk=0.5, findings=(("motor", "critical"),))
        refresh_figures(at=AT)
    then = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert then.status_code == 200
    assert then.headers["ETag"] != first.headers["ETag"]


def test_tags_of_different_questions_differ(flown: Cast, viewer: Client) -> None:
    tags = [viewer.get(f"/api/v1/analytics/{name}/").headers["ETag"] for name in PATHS]
    assert len(set(tags)) == len(PATHS)


def test_head_has_the_tag_of_get(flown: Cast, viewer: Client) -> None:
    head = viewer.head("/api/v1/analytics/summary/")
    assert head.content == b""
    assert head.headers["ETag"] == viewer.get("/api/v1/analytics/summary/").headers["ETag"]


def test_key_needs_a_scope_that_opens_analytics(flown: Cast) -> None:
    owner = flown.members[Role.ADMIN]

    def status(scope: str) -> int:
        with tenant_context(flown.organization):
            _, text = create_api_key(owner=owner, name=scope, scopes=(scope,), actor=owner)
        headers = {"Authorization": f"Bearer {text}"}
        return Client().get("/api/v1/analytics/summary/", headers=headers).status_code

    assert status("analytics:read") == status("read") == 200
    assert status("telemetry:write") == status("analysis:read") == 403


def test_pilot_is_refused(flown: Cast, sign_in: Callable[[Membership], Client]) -> None:
    pilot = sign_in(flown.members[Role.PILOT])
    for name in PATHS:
        response = pilot.get(f"/api/v1/analytics/{name}/")
        assert response.status_code == 403
        assert "Figures-Age" not in response.headers


@pytest.mark.parametrize("name", PATHS)
def test_many_rows_cost_the_queries_of_few(name: str, flown: Cast, viewer: Client) -> None:
    path = f"/api/v1/analytics/{name}/"
    viewer.get(path)
    few = queries(viewer, path)
    with tenant_context(flown.organization):
        for number in range(10):
            another = make_aircraft(f"ALPHA-X{number}", "vtol")
            fly(flown, AT - timedelta(days=number), aircraft=another, risk=0.3,
                findings=(("motor", "warning"),), pilot=flown.members[Role.values[number % 6]],
                )  # fmt: skip
        refresh_figures(at=AT)
    many = queries(viewer, path)
    assert len(many) == len(few), "\n".join(many)
