"""API reads from memory: the same answers as without it, to the same callers and nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from accounts.answers.reads import CachedReads
from accounts.api_keys.services import revoke_api_key
from accounts.choices import Role
from accounts.limits.policies import EndpointClass, class_of
from accounts.models import Membership
from aviation.common.gcra.rules import Policy
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.accounts.keys import made, present, seen_anew
from tests.accounts.test_rate_limits_requests import real_limits
from tests.api.build import make_analysis, make_finding, make_flight, make_log
from tests.audit.conftest import trail_of
from tests.caching.conftest import KeptAs
from tests.conftest import Cast, make_cast
from tests.queries import ONCE_A_SECOND

__all__ = ["real_limits"]

AIRCRAFT, ANALYSES, FINDINGS = "/api/v1/aircraft/", "/api/v1/analyses/", "/api/v1/findings/"
LISTS = (AIRCRAFT, ANALYSES, FINDINGS)
PER_REQUEST = {"RateLimit", "RateLimit-Policy", "X-Request-Id"}


def fill(cast: Cast) -> dict[str, Any]:
    """Two flights with analysis and finding; the second is the pilot's."""
    with tenant_context(cast.organization), transaction.atomic():
        other = make_flight(cast, pilot=cast.members[Role.MANAGER])
        own = make_flight(cast, pilot=cast.members[Role.PILOT])
        analyses = [make_analysis(flight) for flight in (other, own)]
        findings = [make_finding(analysis) for analysis in analyses]
    return {"own": analyses[1], "other": analyses[0], "findings": findings}


def key_of(cast: Cast, role: str = Role.MANAGER, *scopes: str) -> str:
    with tenant_context(cast.organization), transaction.atomic():
        return made(cast, role, *(scopes or ("read",)), name=uuid.uuid4().hex)[1]


@pytest.fixture(params=["program", "browser"])
def asker(request: pytest.FixtureRequest) -> Callable[[Cast, str], Client]:
    """Both ways in: by an API key, and by a browser's session."""

    def asker(cast: Cast, role: str = Role.MANAGER) -> Client:
        if request.param == "program":
            return present(key_of(cast, role))
        client = Client()
        client.force_login(cast.members[role].user)
        return client

    return asker


def statements(client: Client, path: str, **more: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, **more).status_code == 200
    return [each["sql"] for each in captured if ONCE_A_SECOND not in each["sql"]]


@pytest.mark.parametrize("path", LISTS)
def test_second_answer_is_the_first_one_to_the_byte(
    fresh_organization: Cast, asker: Any, path: str
) -> None:
    fill(fresh_organization)
    client = asker(fresh_organization)
    first, second = client.get(path), client.get(path)
    assert first.status_code == second.status_code == 200
    assert second.content == first.content
    assert len(first.json()["results"]) >= 1
    assert second.headers["Cache-Control"] == "private, no-cache"
    kept = [set(each.headers.items()) for each in (first, second)]
    different = {name for name, _ in kept[0] ^ kept[1]}
    assert different - PER_REQUEST - {"Content-Security-Policy", "RateLimit"} == set()


def test_answer_is_the_same_with_the_policy_off(
    fresh_organization: Cast, asker: Any, kept_as: KeptAs
) -> None:
    things = fill(fresh_organization)
    client = asker(fresh_organization)
    paths = [*LISTS, f"{AIRCRAFT}{fresh_organization.aircraft.pk}/"]
    paths += [f"{ANALYSES}{things['own'].pk}/", f"{FINDINGS}{things['findings'][0].pk}/"]
    paths += [f"{AIRCRAFT}?q=one", f"{FINDINGS}?severity=critical", f"{ANALYSES}?page_size=1"]
    known = {path: [client.get(path) for _ in range(2)][-1] for path in paths}
    for policy in ("aircraft_registry", "flight_analysis"):
        kept_as(policy, is_on=False)
    for path in paths:
        anew = client.get(path)
        assert anew.content == known[path].content, path
        assert anew.headers["ETag"] == known[path].headers["ETag"]


def test_known_answer_costs_a_program_one_statement(fresh_organization: Cast) -> None:
    """Its key is remembered, its answer is at hand; only how current that is has to be asked."""
    client = present(key_of(fresh_organization))
    client.get(AIRCRAFT)
    (only,) = statements(client, AIRCRAFT)
    assert only.startswith("SELECT public.caching_generation(")


def test_change_by_the_api_is_in_the_next_answer(fresh_organization: Cast, asker: Any) -> None:
    client = asker(fresh_organization)
    place = f"{AIRCRAFT}{fresh_organization.aircraft.pk}/"
    writer = present(key_of(fresh_organization, Role.MANAGER, "write"))
    for name in ("First", "Second", "Third"):
        changed = writer.patch(place, {"name": name}, content_type="application/json")
        assert changed.status_code == 200
        assert client.get(place).json()["name"] == name
        assert name in client.get(AIRCRAFT).content.decode()


def test_refused_change_changes_no_answer(fresh_organization: Cast) -> None:
    """The transaction of a refusal is undone, and with it what it noted."""
    client = present(key_of(fresh_organization, Role.MANAGER, "write"))
    before = client.get(AIRCRAFT)
    taken = {"registration": fresh_organization.aircraft.registration}
    assert client.post(AIRCRAFT, taken, content_type="application/json").status_code == 400
    after = client.get(AIRCRAFT)
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])


def test_known_tag_is_answered_without_content(fresh_organization: Cast, asker: Any) -> None:
    client = asker(fresh_organization)
    tag = client.get(AIRCRAFT).headers["ETag"]
    for asked in (tag, f'"other", W/{tag}', "*"):
        response = client.get(AIRCRAFT, headers={"If-None-Match": asked})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["ETag"] == tag
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers.get("Content-Length", "0") == "0"
    with tenant_context(fresh_organization.organization), transaction.atomic():
        Aircraft.objects.update(name="Changed")
    response = client.get(AIRCRAFT, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert response.headers["ETag"] != tag


def test_first_asker_with_an_old_tag_gets_the_whole_answer(fresh_organization: Cast) -> None:
    """Also where the answer that others will get is made for it."""
    client = present(key_of(fresh_organization))
    tag = client.get(AIRCRAFT).headers["ETag"]
    with tenant_context(fresh_organization.organization), transaction.atomic():
        Aircraft.objects.update(name="Changed")
        Aircraft.objects.update(name=fresh_organization.aircraft.name)
    assert client.get(AIRCRAFT, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(AIRCRAFT).status_code == 200


@pytest.mark.parametrize("path", [ANALYSES, FINDINGS])
def test_pilot_sees_own_flights_only_whoever_asked_before(
    fresh_organization: Cast, asker: Any, path: str
) -> None:
    fill(fresh_organization)
    manager, pilot = (asker(fresh_organization, role) for role in (Role.MANAGER, Role.PILOT))
    for _ in range(2):
        assert len(manager.get(path).json()["results"]) == 2
        assert len(pilot.get(path).json()["results"]) == 1


def test_another_pilot_s_answer_is_not_one_s_own(fresh_organization: Cast, asker: Any) -> None:
    things = fill(fresh_organization)
    with tenant_context(fresh_organization.organization), transaction.atomic():
        # A pilot by role, though the cast calls it otherwise.
        Membership.objects.filter(pk=fresh_organization.members[Role.USER].pk).update(role="pilot")
    first, second = (asker(fresh_organization, role) for role in (Role.PILOT, Role.USER))
    place = f"{ANALYSES}{things['own'].pk}/"
    assert first.get(place).status_code == first.get(place).status_code == 200
    assert second.get(place).status_code == 404
    assert second.get(ANALYSES).json()["results"] == []


def test_flight_becomes_a_pilot_s_own_with_its_log(fresh_organization: Cast, asker: Any) -> None:
    """Of who sees what, not only what is seen, a change counts."""
    things = fill(fresh_organization)
    pilot = asker(fresh_organization, Role.PILOT)
    assert len(pilot.get(ANALYSES).json()["results"]) == 1
    with tenant_context(fresh_organization.organization), transaction.atomic():
        uploader = fresh_organization.members[Role.PILOT]
        make_log(fresh_organization, flight=things["other"].session, uploaded_by=uploader)
    assert len(pilot.get(ANALYSES).json()["results"]) == 2


def test_organizations_get_their_own_answers_at_one_address(
    fresh_organization: Cast, asker: Any
) -> None:
    """T15, over HTTP."""
    other = make_cast(f"{fresh_organization.organization.slug}-b")
    clients = [(cast, asker(cast)) for cast in (fresh_organization, other)]
    for _ in range(3):
        for cast, client in clients:
            (only,) = client.get(AIRCRAFT).json()["results"]
            assert only["id"] == str(cast.aircraft.pk)


def test_organization_s_own_address_is_for_its_own_keys(fresh_organization: Cast) -> None:
    other = make_cast(f"{fresh_organization.organization.slug}-b")
    key = key_of(fresh_organization)
    client = present(key)
    place = f"{fresh_organization.home}api/v1/aircraft/"
    for _ in range(2):
        assert client.get(place).json() == client.get(AIRCRAFT).json()
        assert client.get(f"{other.home}api/v1/aircraft/").status_code == 404


def test_links_lead_on_at_the_address_that_was_asked(fresh_organization: Cast) -> None:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        Aircraft.objects.create(registration="SECOND")
    client = present(key_of(fresh_organization))
    for _ in range(2):
        for home in ("/", fresh_organization.home):
            for host in ("testserver", "localhost"):
                path = f"{home}api/v1/aircraft/?page_size=1"
                found = client.get(path, SERVER_NAME=host).json()["next"]
                assert found.startswith(f"http://{host}{home}api/v1/aircraft/")


def test_what_is_asked_with_parameters_is_answered_with_them(fresh_organization: Cast) -> None:
    client = present(key_of(fresh_organization))
    plain = client.get(AIRCRAFT).content
    assert client.get(AIRCRAFT, headers={"Accept": "*/*"}).content == plain
    assert client.get(AIRCRAFT, headers={"Accept": "text/html, */*;q=0.8"}).content == plain
    spaced = client.get(AIRCRAFT, headers={"Accept": "application/json; indent=4"}).content
    assert spaced != plain
    assert client.get(AIRCRAFT).content == plain
    assert client.get(AIRCRAFT, headers={"Accept": "text/html"}).status_code == 406
    assert client.get(f"{AIRCRAFT}?status=retired").json()["results"] == []


def test_head_is_told_the_same_without_content(fresh_organization: Cast, asker: Any) -> None:
    client = asker(fresh_organization)
    for _ in range(2):
        head, got = client.head(AIRCRAFT), client.get(AIRCRAFT)
        assert head.content == b""
        for name in ("ETag", "Content-Length", "Content-Type"):
            assert head.headers[name] == got.headers[name]


def test_refusals_are_kept_from_nobody_s_later_answer(fresh_organization: Cast, asker: Any) -> None:
    """404 and 400 are made anew each time."""
    client = asker(fresh_organization)
    with tenant_context(fresh_organization.organization), transaction.atomic():
        later = Aircraft(registration="LATER")
    place = f"{AIRCRAFT}{later.pk}/"
    assert [client.get(place).status_code for _ in range(2)] == [404, 404]
    assert [client.get(f"{AIRCRAFT}?cursor=x").status_code for _ in range(2)] == [400, 400]
    with tenant_context(fresh_organization.organization), transaction.atomic():
        later.save(force_insert=True)
    assert client.get(place).status_code == 200


def test_known_answer_is_for_nobody_without_the_scope(fresh_organization: Cast) -> None:
    """Refused as ever, and on record."""
    assert present(key_of(fresh_organization)).get(AIRCRAFT).status_code == 200
    narrow = present(key_of(fresh_organization, Role.MANAGER, "flight:read"))
    refused = narrow.get(AIRCRAFT)
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert trail_of(fresh_organization, action="access.refused")


def test_known_answer_is_for_no_revoked_key(fresh_organization: Cast) -> None:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        key, text = made(fresh_organization, Role.MANAGER, "read")
    client = present(text)
    assert client.get(AIRCRAFT).status_code == 200
    with tenant_context(fresh_organization.organization), transaction.atomic():
        revoke_api_key(key=key, actor=None)
    seen_anew(key)
    assert client.get(AIRCRAFT).status_code == 401
    assert present(text[:-1] + ("x" if text[-1] != "x" else "y")).get(AIRCRAFT).status_code == 401


def test_known_answer_is_for_no_stranger(fresh_organization: Cast) -> None:
    assert present(key_of(fresh_organization)).get(AIRCRAFT).status_code == 200
    assert Client().get(AIRCRAFT).status_code == 401


def test_known_answers_are_counted_and_limited(fresh_organization: Cast, real_limits: Any) -> None:
    real_limits.RATE_LIMITS = real_limits.RATE_LIMITS | {"api_read": Policy(1, burst=3)}
    client = present(key_of(fresh_organization))
    answers = [client.get(AIRCRAFT) for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    left = [each.headers["RateLimit"].split(";")[1] for each in answers[:3]]
    assert left == ["r=2", "r=1", "r=0"]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_every_kept_route_counts_as_a_read(fresh_organization: Cast, rf: RequestFactory) -> None:
    """The middleware counts before the path is looked at as the limits do."""
    request = rf.get(AIRCRAFT)
    request.user = fresh_organization.members[Role.MANAGER].user
    for path in (*LISTS, f"{AIRCRAFT}x/", f"{ANALYSES}x/", f"{FINDINGS}x/"):
        request.path_info = path
        assert class_of(request) == EndpointClass.API_READ
        assert issubclass(get_resolver().resolve(path).func.cls, CachedReads)


def test_body_with_a_read_goes_the_long_way(fresh_organization: Cast) -> None:
    client = present(key_of(fresh_organization))
    client.get(AIRCRAFT)
    huge = client.generic("GET", AIRCRAFT, b"x", CONTENT_LENGTH=str(10**12))
    assert huge.status_code == 413
