"""With Alpha's credentials, nothing of Bravo: every URL, list, task and command.

The routes come from the URL configuration, so a new one is tested the day it is added.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.fleet.models import Aircraft
from aviation.flights.choices import LogState
from aviation.flights.models import FlightLog, FlightSession
from aviation.telemetry.tasks import import_queued_log, resume_imports
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_log, make_things
from tests.conftest import Cast
from tests.routes import Route, routes

METHODS = ("get", "post", "patch", "delete")
WITH_IDS = [r for r in routes("config.urls_organization") if "00000000-0000" in r.path]
WITHOUT_IDS = [
    r
    for r in routes("config.urls_organization")
    if "00000000-0000" not in r.path and "logout" not in r.path
]
API_WITH_IDS = [
    r for r in routes("config.urls") if r.path.startswith("api/v1/") and "0000-" in r.path
]
SEARCHES = ("?q=bravo", "?q=BRAVO-1", "?search=bravo", "?aircraft={aircraft}", "?flight={flight}")


@pytest.fixture
def theirs(bravo: Cast) -> Things:
    """One of everything in Bravo, named so that a trace of it is seen at once."""
    things = make_things(bravo)
    with tenant_context(bravo.organization):
        FlightSession.objects.filter(pk=things.flight.pk).update(notes="BRAVO secret note")
        FlightLog.objects.filter(pk=things.log.pk).update(file_name="bravo-secret.ulg")
    return things


@pytest.fixture
def admin(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    """Alpha's administrator: the most anybody may do there."""
    return sign_in(alpha.members[Role.ADMIN])


def by_path(route: Route) -> str:
    return route.path or "/"


def told(content: bytes, *ids: uuid.UUID) -> bytes:
    """The answer without what differs by nature: tokens, and the id that was asked for."""
    content = re.sub(rb'csrfmiddlewaretoken" value="[^"]*"', b"", content)
    content = re.sub(rb"csrfToken[^,}]*", b"", content)
    for each in ids:
        content = content.replace(str(each).encode(), b"ID")
    return content


def addressed(route: Route, things: Things, stand_in: uuid.UUID | None = None) -> str:
    """The route with the things' own ids, or with one that exists nowhere."""
    path = route.path
    parts = {
        "invitation": things.invitation.pk,
        "member": things.member.pk,
        "apikey": things.api_key.pk,
        "keys/": things.api_key.pk,
        "aircraft": things.aircraft.pk,
        "flightsession": things.flight.pk,
        "flights/": things.flight.pk,
        "flightlog": things.log.pk,
        "logs/": things.log.pk,
        "analys": things.analysis.pk,
        "finding": things.finding.pk,
    }
    marks = path.split("00000000")[0]
    chosen = next((pk for mark, pk in parts.items() if mark in marks), uuid.uuid4())
    return re.sub(r"00000000-0000-4000-8000-000000000000", str(stand_in or chosen), path)


def traces(bravo: Cast, theirs: Things) -> Iterator[bytes]:
    yield from (str(each).encode() for each in theirs.ids.values())
    yield from (b"BRAVO", b"bravo.example.org", b"bravo-secret", b"Bravo")
    yield str(bravo.organization.pk).encode()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", WITH_IDS, ids=by_path)
def test_foreign_id_answers_as_one_that_does_not_exist(
    route: Route, method: str, alpha: Cast, theirs: Things, admin: Client
) -> None:
    nowhere = uuid.uuid4()
    ask = getattr(admin, method)
    foreign = ask(f"{alpha.home}{addressed(route, theirs)}")
    missing = ask(f"{alpha.home}{addressed(route, theirs, nowhere)}")
    ids = (nowhere, *theirs.ids.values())
    assert foreign.status_code == missing.status_code
    assert foreign.status_code not in {200, 201, 204}
    assert told(foreign.content, *ids) == told(missing.content, *ids)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", API_WITH_IDS, ids=by_path)
def test_foreign_id_answers_so_in_the_api_without_prefix(
    route: Route, method: str, theirs: Things, admin: Client
) -> None:
    nowhere = uuid.uuid4()
    ask = getattr(admin, method)
    sent = {} if method == "get" else {"data": {}, "content_type": "application/json"}
    foreign, missing = (
        ask(f"/{addressed(route, theirs)}", **sent),
        ask(f"/{addressed(route, theirs, nowhere)}", **sent),
    )
    assert foreign.status_code == missing.status_code
    assert foreign.status_code in {403, 404, 405}
    assert told(foreign.content, *theirs.ids.values()) == told(missing.content, nowhere)


@pytest.mark.parametrize("route", WITHOUT_IDS, ids=by_path)
def test_list_search_and_choices_show_no_trace(
    route: Route, alpha: Cast, bravo: Cast, theirs: Things, admin: Client
) -> None:
    for search in ("", *SEARCHES):
        query = search.format(aircraft=theirs.aircraft.pk, flight=theirs.flight.pk)
        response = admin.get(f"{alpha.home}{route.path}{query}")
        content = b"".join(response) if response.streaming else response.content
        content += "".join(map(str, response.headers.items())).encode()
        asked = query.removeprefix("?").partition("=")[2].encode()
        shown = content.replace(asked, b"") if asked else content
        assert response.status_code < 500
        assert [trace for trace in traces(bravo, theirs) if trace in shown] == []


def test_upload_for_a_foreign_aircraft_is_refused(
    alpha: Cast, bravo: Cast, admin: Client, tmp_path: Path
) -> None:
    path = tmp_path / "log.ulg"
    path.write_bytes(b"ULog")
    for address, accept in (
        (f"{alpha.home}upload/", "application/json"),
        ("/api/v1/flight-logs/", "*/*"),
    ):
        with path.open("rb") as file:
            response = admin.post(
                address,
                {"aircraft": str(bravo.aircraft.pk), "file": file},
                headers={"accept": accept},
            )
        assert response.status_code in {400, 422}
        assert b"BRAVO" not in response.content
    with tenant_context(bravo.organization):
        assert not FlightLog.objects.exists()


def test_task_for_one_organization_does_not_touch_the_log_of_another(
    alpha: Cast, bravo: Cast
) -> None:
    with tenant_context(bravo.organization):
        log = make_log(bravo)
    import_queued_log.apply(args=[str(alpha.organization.pk), str(log.pk)])
    with tenant_context(bravo.organization):
        log.refresh_from_db()
    assert (log.state, log.attempts) == (LogState.RECEIVED, 0)


def test_sweep_stays_within_each_organization(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        make_log(bravo)
    resume_imports.apply()
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_command_finds_no_aircraft_of_another_organization(
    alpha: Cast, bravo: Cast, tmp_path: Path
) -> None:
    (tmp_path / "a.ulg").write_bytes(b"ULog")
    with pytest.raises(CommandError, match="no aircraft"):
        call_command(
            "import_logs",
            str(tmp_path),
            organization=alpha.organization.slug,
            aircraft=bravo.aircraft.registration,
        )


def test_deleting_everything_in_one_organization_leaves_the_other(
    alpha: Cast, bravo: Cast, theirs: Things
) -> None:
    make_things(alpha)
    with tenant_context(alpha.organization):
        FlightLog.objects.all().delete()
        FlightSession.objects.all().delete()
        Aircraft.objects.all().delete()
    with tenant_context(bravo.organization):
        assert FlightSession.objects.filter(pk=theirs.flight.pk).exists()
        assert Aircraft.objects.filter(pk=bravo.aircraft.pk).exists()
