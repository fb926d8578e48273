"""The API's analyses and findings: read only, the active ones unless asked otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_analysis, make_finding, make_flight
from tests.conftest import Cast


def found(client: Client, kind: str, **query: str) -> list[str]:
    response = client.get(f"/api/v1/{kind}/", query)
    assert response.status_code == 200
    return [each["id"] for each in response.json()["results"]]


@pytest.fixture
def former(alpha: Cast, things: Things) -> Things:
    """An older engine's analysis of the same flight."""
    with tenant_context(alpha.organization):
        analysis = make_analysis(
            things.flight, is_active=False, engine_version="0", risk_level="low"
        )
        finding = make_finding(analysis, severity="info", component="gps", rule_id="gps.fix")
    return replace(things, analysis=analysis, finding=finding)


def test_analysis_tells_its_report_and_findings(viewer: Client, things: Things) -> None:
    told = viewer.get(f"/api/v1/analyses/{things.analysis.pk}/").json()
    assert told["report_sections"] == [{"heading": "Battery", "sentences": ["It sagged."]}]
    assert told["not_assessed"][0]["reason"] == "The log has no such channel."
    assert [finding["id"] for finding in told["findings"]] == [str(things.finding.pk)]


def test_findings_of_an_analysis_come_in_the_reports_order(
    viewer: Client, alpha: Cast, things: Things
) -> None:
    with tenant_context(alpha.organization):
        for position in (3, 1, 2):
            make_finding(things.analysis, position)
    told = viewer.get(f"/api/v1/analyses/{things.analysis.pk}/").json()
    assert [finding["position"] for finding in told["findings"]] == [0, 1, 2, 3]


def test_finding_tells_value_limit_source_and_second(viewer: Client, things: Things) -> None:
    told = viewer.get(f"/api/v1/findings/{things.finding.pk}/").json()
    assert (told["observed"], told["limit"], told["unit"]) == (3.2, 3.5, "V")
    assert (told["source"], told["start_s"]) == ("Somebody's manual", 20.0)
    assert told["flight"] == str(things.flight.pk)


def test_only_active_ones_are_listed_unasked(
    viewer: Client, things: Things, former: Things
) -> None:
    assert found(viewer, "analyses") == [str(things.analysis.pk)]
    assert found(viewer, "findings") == [str(things.finding.pk)]


def test_former_ones_are_listed_on_request(viewer: Client, things: Things, former: Things) -> None:
    assert found(viewer, "analyses", is_active="false") == [str(former.analysis.pk)]
    assert found(viewer, "findings", is_active="false") == [str(former.finding.pk)]


@pytest.mark.parametrize(
    ("kind", "query", "is_found"),
    [
        ("analyses", {"risk_level": "medium"}, True),
        ("analyses", {"risk_level": "low"}, False),
        ("analyses", {"quality_verdict": "usable"}, True),
        ("findings", {"severity": "warning"}, True),
        ("findings", {"severity": "critical"}, False),
        ("findings", {"component": "battery"}, True),
        ("findings", {"component": "gps"}, False),
        ("findings", {"rule_id": "battery.sag"}, True),
        ("findings", {"risk_level": "medium"}, True),
        ("findings", {"risk_level": "high"}, False),
    ],
)
def test_lists_are_narrowed(
    viewer: Client, things: Things, kind: str, query: dict[str, str], is_found: bool
) -> None:
    assert bool(found(viewer, kind, **query)) == is_found


@pytest.mark.parametrize("kind", ["analyses", "findings"])
@pytest.mark.parametrize("name", ["flight", "aircraft"])
def test_lists_are_narrowed_to_a_flight_or_aircraft(
    viewer: Client, alpha: Cast, things: Things, kind: str, name: str
) -> None:
    with tenant_context(alpha.organization):
        make_finding(make_analysis(make_flight(alpha)))
    ids = {"flight": things.flight.pk, "aircraft": things.aircraft.pk}
    count = {"flight": 1, "aircraft": 2}[name]
    assert len(found(viewer, kind, **{name: str(ids[name])})) == count


@pytest.mark.parametrize("query", [{"flight": "x"}, {"risk_level": "huge"}, {"component": "sail"}])
def test_bad_filter_is_refused(viewer: Client, query: dict[str, str]) -> None:
    kind = "findings" if "component" in query else "analyses"
    assert viewer.get(f"/api/v1/{kind}/", query).status_code == 400


def test_log_without_a_flight_has_no_risk_of_one(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        analysis = make_analysis(make_flight(alpha, has_flight=False), risk_level="high")
    one = viewer.get(f"/api/v1/analyses/{analysis.pk}/").json()
    (listed,) = viewer.get("/api/v1/analyses/").json()["results"]
    for told in (one, listed):
        assert (told["risk_score"], told["risk_level"]) == (None, "")
    assert found(viewer, "analyses", risk_level="high") == []


def test_flight_has_the_risk_it_was_given(viewer: Client, things: Things) -> None:
    told = viewer.get(f"/api/v1/analyses/{things.analysis.pk}/").json()
    assert (told["risk_score"], told["risk_level"]) == (0.31, "medium")
    assert found(viewer, "analyses", risk_level="medium") == [str(things.analysis.pk)]
