"""What nobody's browser sends by itself: the admin answers it, and never with an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.api.build import Things
from tests.conftest import Cast

NUL = "\x00"
FLEET_LISTS = (
    "fleet/aircraft/",
    "flights/flightsession/",
    "flights/flightlog/",
    "mlresults/analysis/",
    "mlresults/finding/",
    "analytics/wearweights/",
    "accounts/membership/",
    "audit/auditevent/",
)
PLATFORM_LISTS = ("tenants/organization/", "accounts/user/", "audit/auditevent/")
MOMENTS = ("at", "created_at", "started_at", "ended_at", "date_joined")
REFUSED = (
    "notes__iregex=(",
    "name__iregex=(",
    "action__iregex=(",
    "aircraft__registration__iregex=(",
    "notes__search=(",
    "airborne_s__gt=nan",
    "size_bytes__gt=" + "9" * 30,
    "pk=1",
    "id=x",
    "id=%00",
    "id__in=1,2,3",
    "aircraft=x",
    "aircraft=%00",
    "state__in=%00",
    "risk_level__in=%00",
    "is_active__in=x",
    "org_id=%00",
    "object_id=%00",
    "before__a=1",
    "nothing=1",
    "__=1",
    "=1",
    "%00=1",
    *(f"{moment}__year=0" for moment in MOMENTS),
    *(f"{moment}__year=99999" for moment in MOMENTS),
    *(f"{moment}__gte=9999-12-31T23:59:59-23:59" for moment in MOMENTS),
    *(f"{moment}__lt=0001-01-01T00:00:00%2B23:59" for moment in MOMENTS),
    *(f"{moment}__gte=%00" for moment in MOMENTS),
)
ANSWERED = (
    "status=%00",
    "status__exact=%00",
    "state__exact=%00",
    "has_flight__exact=maybe",
    "is_active__exact=7",
    "table_name=%00",
    "actor_kind=%00",
    "action=%00",
    "ended_at__isnull=x",
    "days=%00",
    "days=x",
    "version=%00",
    "q=%00",
    "q=fe80::1%25eth0",
    "q=" + "a" * 5_000,
    "p=-1",
    "p=%00",
    "p=" + "9" * 30,
    "o=" + "9" * 30,
    "o=-.-.1",
    "o=%00",
    "all=%00",
    "e=1",
    "_facets=1",
    "_popup=1",
    "_to_field=x",
)


@pytest.mark.parametrize("page", FLEET_LISTS)
def test_lookup_that_no_filter_offers_leads_back_to_the_list(
    page: str, admin: Client, alpha: Cast
) -> None:
    assert _answers(admin, f"{alpha.home}admin/{page}", REFUSED) == {"to the list as it was"}


@pytest.mark.parametrize("page", PLATFORM_LISTS)
def test_platform_s_lists_refuse_the_same(page: str, staff: Client) -> None:
    assert _answers(staff, f"/admin/{page}", REFUSED) == {"to the list as it was"}


@pytest.mark.parametrize("page", FLEET_LISTS)
def test_list_answers_whatever_is_put_into_what_it_offers(
    page: str, admin: Client, alpha: Cast, things: Things
) -> None:
    answers = _answers(admin, f"{alpha.home}admin/{page}", ANSWERED)
    assert answers <= {"200", "400", "to the list as it was"}


@pytest.mark.parametrize("page", PLATFORM_LISTS)
def test_platform_s_list_answers_whatever_is_put_into_what_it_offers(
    page: str, staff: Client, alpha: Cast
) -> None:
    answers = _answers(staff, f"/admin/{page}", ANSWERED)
    assert answers <= {"200", "400", "to the list as it was"}


def _answers(client: Client, place: str, queries: tuple[str, ...]) -> set[str]:
    """What became of the queries; one that is unlike the others is named."""
    answers = set()
    for query in queries:
        response = client.get(f"{place}?{query}")
        if response.headers.get("Location") == f"{place}?e=1":
            answers.add("to the list as it was")
        elif response.status_code == 200 and queries is REFUSED:
            answers.add(f"listed: {query}")
        else:
            answers.add(str(response.status_code))
    return answers


@pytest.mark.parametrize(
    "query",
    [
        "fleet/aircraft/?status__exact=grounded",
        "flights/flightsession/?started_at__gte=2026-01-01+00:00:00%2B00:00",
        "flights/flightsession/?has_flight__exact=1&o=1",
        "flights/flightlog/?state__in=received,importing",
        "mlresults/analysis/?is_active=True&risk_level__in=high,critical",
        "mlresults/finding/?version=all&severity__exact=warning",
        "accounts/membership/?ended_at__isnull=True",
        "audit/auditevent/?days=all&actor_kind=person",
    ],
)
def test_what_filters_and_cards_ask_for_is_understood(
    query: str, admin: Client, alpha: Cast
) -> None:
    assert admin.get(f"{alpha.home}admin/{query}").status_code == 200


def test_flights_of_one_aircraft_are_linked_to(admin: Client, alpha: Cast, things: Things) -> None:
    place = f"{alpha.home}admin/flights/flightsession/?aircraft={things.aircraft.pk}"
    assert "ALPHA-1" in admin.get(place).content.decode()


@pytest.mark.parametrize("chosen", [NUL, "x", "1"])
@pytest.mark.parametrize(
    ("page", "action"), [("flights/flightsession/", "start"), ("flights/flightlog/", "retry")]
)
def test_action_on_what_is_no_id_is_told(
    page: str, action: str, chosen: str, admin: Client, alpha: Cast
) -> None:
    place = f"{alpha.home}admin/{page}"
    answer = admin.post(place, {"action": action, "_selected_action": chosen}, follow=True)
    assert "What was chosen is not in this list." in answer.content.decode()


def test_action_on_no_organization_is_told(staff: Client) -> None:
    body = {"action": "suspend", "_selected_action": NUL}
    answer = staff.post("/admin/tenants/organization/", body, follow=True)
    assert "What was chosen is not in this list." in answer.content.decode()


AIRCRAFT = {
    "registration": "X-1",
    "name": "One",
    "aircraft_type": "multirotor",
    "status": "active",
    "manufacturer": "Maker",
    "model": "Model",
    "serial_number": "7",
    "specifications": "{}",
}


@pytest.mark.parametrize("field", AIRCRAFT)
def test_nul_byte_is_an_error_of_the_aircraft_s_form(
    field: str, admin: Client, alpha: Cast
) -> None:
    body = AIRCRAFT | {field: AIRCRAFT[field] + NUL}
    answer = admin.post(f"{alpha.home}admin/fleet/aircraft/add/", body)
    assert (answer.status_code, list(answer.context["errors"]) != []) == (200, True)


@pytest.mark.parametrize("text", ["[" * 3_000, '{"a": "\\u0000"}', '{"a": 1e999}', "{"])
def test_specifications_that_cannot_be_kept_are_an_error_of_the_form(
    text: str, admin: Client, alpha: Cast
) -> None:
    answer = admin.post(
        f"{alpha.home}admin/fleet/aircraft/add/", AIRCRAFT | {"specifications": text}
    )
    assert (answer.status_code, list(answer.context["errors"]) != []) == (200, True)


@pytest.mark.parametrize("field", ["aircraft", "pilot", "started_at_0", "started_at_1", "notes"])
@pytest.mark.parametrize("value", [NUL, f"a{NUL}"])
def test_nul_byte_is_an_error_of_the_flight_s_form(
    field: str, value: str, admin: Client, alpha: Cast
) -> None:
    body = {
        "aircraft": str(alpha.aircraft.pk),
        "pilot": "",
        "started_at_0": "2026-06-01",
        "started_at_1": "08:00:00",
        "notes": "",
    }
    answer = admin.post(f"{alpha.home}admin/flights/flightsession/add/", body | {field: value})
    assert (answer.status_code, list(answer.context["errors"]) != []) == (200, True)


@pytest.mark.parametrize("field", ["aircraft", "pilot"])
@pytest.mark.parametrize("value", ["%00", "x", "1"])
def test_form_opens_whatever_its_address_suggests(
    field: str, value: str, admin: Client, alpha: Cast
) -> None:
    place = f"{alpha.home}admin/flights/flightsession/add/?{field}={value}"
    assert admin.get(place).status_code == 200


def organization_form(organization: Organization) -> Iterator[tuple[str, Any]]:
    for name in (
        "name",
        "kind",
        "compliance_level",
        "subscription_tier",
        "storage_quota_bytes",
        "api_rate_limit_per_minute",
        "telemetry_retention_days",
        "time_zone",
    ):
        yield name, getattr(organization, name) or ""
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"):
        yield f"memberships-{name}", "0"


@pytest.mark.parametrize("field", ["name", "kind", "subscription_tier", "storage_quota_bytes"])
def test_nul_byte_is_an_error_of_the_organization_s_form(
    field: str, staff: Client, alpha: Cast
) -> None:
    with platform_context():
        organization = Organization.objects.get(pk=alpha.organization.pk)
    body = dict(organization_form(organization))
    place = f"/admin/tenants/organization/{organization.pk}/change/"
    answer = staff.post(place, body | {field: f"{body[field]}{NUL}"})
    assert (answer.status_code, list(answer.context["errors"]) != []) == (200, True)


@pytest.mark.parametrize("term", ["%00", "a%00", "a" * 9_000, "%25"])
@pytest.mark.parametrize("extended", ["", "&extended=1"])
def test_search_over_everything_takes_any_text(
    term: str, extended: str, admin: Client, staff: Client, alpha: Cast
) -> None:
    for client, home in ((admin, f"{alpha.home}admin/"), (staff, "/admin/")):
        assert client.get(f"{home}search/?s={term}{extended}").status_code == 200


@pytest.mark.parametrize("key", ["%00", "x", "0", "9" * 30, "_00"])
@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_thing_that_cannot_be_is_one_that_is_not(
    key: str, view: str, admin: Client, alpha: Cast
) -> None:
    for page in FLEET_LISTS:
        response = admin.get(f"{alpha.home}admin/{page}{key}/{view}/")
        assert response.status_code in (302, 403, 404), page
