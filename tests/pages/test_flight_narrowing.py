"""The list of flights, narrowed the way the fleet's figures count."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.choices import Role
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from tests.analytics.reading.build import aircraft, assessed, flew
from tests.api.build import make_analysis, make_finding
from tests.conftest import Cast
from tests.pages.test_flight_list import listed


@pytest.fixture
def flights(alpha: Cast) -> dict[str, FlightSession]:
    """Monday to Thursday, each with a peculiarity of its own."""
    with tenant_context(alpha.organization):
        wing = aircraft("WING-1", "fixed_wing")
        pilot = alpha.members[Role.USER]
        found = {
            "wing": flew(alpha, "2026-05-04 10:00", aircraft=wing, pilot=pilot),
            "high": flew(alpha, "2026-05-05 10:00"),
            "untimed": flew(alpha, "2026-05-06 22:30", pilot=pilot, airborne_s=None),
            "planned": flew(alpha, "2026-05-07 10:00", state=FlightState.PLANNED),
            "grounded": flew(alpha, "2026-05-07 11:00", has_flight=False),
        }
        assessed(found["wing"], 0.3, "medium", "motor/warning", "motor/critical", "gps/warning")
        assessed(found["high"], 0.7, "high", "motor/critical", "battery/info")
        assessed(found["untimed"], None, "", "compass/info")
    return found


def in_words(value: dict[str, str] | set[str]) -> str:
    """The same in every process, which the order of a set is not."""
    words = [f"{k}={v}" for k, v in value.items()] if isinstance(value, dict) else sorted(value)
    return " ".join(words) or "none"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"counted": "yes"}, {"wing", "high", "untimed"}),
        ({"counted": "yes", "timed": "yes"}, {"wing", "high"}),
        ({"aircraft_type": "fixed_wing"}, {"wing"}),
        ({"risk_level": "serious"}, {"high"}),
        ({"risk_level": "assessed"}, {"wing", "high"}),
        ({"risk_level": "none"}, {"untimed", "planned", "grounded"}),
        ({"risk_level": "medium"}, {"wing"}),
        ({"no_pilot": "yes"}, {"high", "planned", "grounded"}),
        ({"weekday": "1"}, {"wing"}),
        ({"weekday": "4"}, {"planned", "grounded"}),
        ({"component": "motor"}, {"wing", "high"}),
        ({"component": "motor", "severity": "warning"}, {"wing"}),
        ({"component": "gps", "severity": "critical"}, set()),
        ({"severity": "anomaly"}, {"wing", "high"}),
        ({"severity": "info"}, {"high", "untimed"}),
        ({"started_after": "2026-05-05", "started_before": "2026-05-06"}, {"high", "untimed"}),
    ],
    ids=in_words,
)
def test_field_narrows_the_list(
    alpha: Cast,
    viewer: Client,
    flights: dict[str, FlightSession],
    query: dict[str, str],
    names: set[str],
) -> None:
    assert set(listed(viewer, alpha, **query)) == {flights[name] for name in names}


def test_pilot_narrows_the_list_and_is_named(
    alpha: Cast, viewer: Client, flights: dict[str, FlightSession]
) -> None:
    query = {"pilot": str(alpha.members[Role.USER].pk)}
    assert set(listed(viewer, alpha, **query)) == {flights["wing"], flights["untimed"]}
    assert b"Pilot: Alpha User" in viewer.get(f"{alpha.home}flights/", query).content


def test_member_of_another_organization_is_not_named(
    alpha: Cast, bravo: Cast, viewer: Client
) -> None:
    query = {"pilot": str(bravo.members[Role.USER].pk)}
    page = viewer.get(f"{alpha.home}flights/", query)
    assert b"Bravo User" not in page.content
    assert page.context["count"] == 0


def test_findings_are_counted_beside_their_flights(
    alpha: Cast, viewer: Client, flights: dict[str, FlightSession]
) -> None:
    page = viewer.get(f"{alpha.home}flights/", {"component": "motor", "severity": "anomaly"})
    assert b"2 flights with 3 such findings" in page.content
    page = viewer.get(f"{alpha.home}flights/", {"component": "motor", "severity": "warning"})
    assert b"1 flight with 1 such finding<" in page.content


def test_finding_of_a_replaced_analysis_does_not_count(
    alpha: Cast, viewer: Client, flights: dict[str, FlightSession]
) -> None:
    with tenant_context(alpha.organization):
        old = make_analysis(flights["high"], is_active=False, engine_version="0")
        make_finding(old, component="gps")
    assert listed(viewer, alpha, component="gps") == [flights["wing"]]


def test_days_of_the_list_are_the_organizations(
    alpha: Cast, viewer: Client, flights: dict[str, FlightSession]
) -> None:
    """22:30 UTC on Wednesday is Thursday in Zurich."""
    with tenant_context(alpha.organization):
        Organization.objects.filter(pk=alpha.organization.pk).update(time_zone="Europe/Zurich")
    day = {"counted": "yes", "started_after": "2026-05-07", "started_before": "2026-05-07"}
    assert listed(viewer, alpha, **day) == [flights["untimed"]]
    assert listed(viewer, alpha, counted="yes", weekday="4") == [flights["untimed"]]
    page = viewer.get(f"{alpha.home}flights/")
    assert b"Europe/Zurich" in page.content


def test_narrowing_is_named_kept_by_the_form_and_taken_off_by_a_link(
    alpha: Cast, viewer: Client, flights: dict[str, FlightSession]
) -> None:
    page = viewer.get(f"{alpha.home}flights/", {"counted": "yes", "weekday": "1", "page": "1"})
    (counted, weekday) = page.context["narrowings"]
    assert counted.words == "flights that were flown and have ended"
    assert weekday.words == "Weekday: Monday"
    assert counted.without == "?weekday=1"
    assert b'<input type="hidden" name="weekday" value="1">' in page.content
    assert b'href="?counted=yes"' in page.content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("counted", "perhaps"),
        ("pilot", "nobody"),
        ("weekday", "8"),
        ("component", "wheel"),
        ("severity", "worst"),
        ("aircraft_type", "balloon"),
        ("started_after", "0001-01-01"),
        ("started_before", "9999-12-31"),
    ],
)
def test_value_that_makes_no_sense_is_told(
    alpha: Cast, viewer: Client, field: str, value: str
) -> None:
    page = viewer.get(f"{alpha.home}flights/", {field: value})
    assert page.status_code == 200
    error = page.context["filter"].form.errors[field][0]
    assert error.encode() in page.content.replace(b"&#x27;", b"'")


def test_pilot_who_narrows_sees_own_flights_only(
    alpha: Cast, flights: dict[str, FlightSession]
) -> None:
    client = Client()
    client.force_login(alpha.members[Role.PILOT].user)
    assert listed(client, alpha, counted="yes") == []
