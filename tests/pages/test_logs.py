"""The pages that take a log, follow its import and give it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.choices import LogState
from aviation.flights.models import FlightLog
from aviation.flights.progress import note_progress
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_log
from tests.conftest import Cast

SCRIPT = {"Accept": "application/json"}


def upload(
    client: Client, cast: Cast, *contents: bytes, headers: dict[str, str] | None = None
) -> Any:
    files = [SimpleUploadedFile(f"log-{n}.ulg", each) for n, each in enumerate(contents)]
    values = {"aircraft": str(cast.aircraft.pk), "file": files}
    return client.post(f"{cast.home}upload/", values, headers=headers or {})


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def status(client: Client, cast: Cast, log: FlightLog) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{cast.home}logs/{log.pk}/status/").json()
    return answer


def test_one_uploaded_file_leads_to_its_log(alpha: Cast, manager: Client) -> None:
    response = upload(manager, alpha, b"one")
    with tenant_context(alpha.organization):
        log = FlightLog.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{alpha.home}logs/{log.pk}/",
    )
    assert told(response) == ["log-0.ulg was received."]


def test_refused_file_takes_no_other_along(alpha: Cast, manager: Client) -> None:
    response = upload(manager, alpha, b"one", b"", b"one", b"two")
    with tenant_context(alpha.organization):
        kept = set(FlightLog.objects.values_list("file_name", flat=True))
    assert kept == {"log-0.ulg", "log-3.ulg"}
    assert told(response) == [
        "log-0.ulg was received.",
        "log-1.ulg: The file is empty.",
        "log-2.ulg: This log was uploaded before, as log-0.ulg.",
        "log-3.ulg was received.",
    ]
    assert response.headers["Location"] == f"{alpha.home}flights/"


def test_script_learns_where_to_follow_the_import(alpha: Cast, manager: Client) -> None:
    response = upload(manager, alpha, b"one", headers=SCRIPT)
    assert response.status_code == 201
    assert manager.get(response.json()["status_url"]).json()["state"] == "received"


def test_script_is_told_of_the_earlier_upload(alpha: Cast, manager: Client) -> None:
    first = upload(manager, alpha, b"one", headers=SCRIPT).json()
    response = upload(manager, alpha, b"one", headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (409, "duplicate")
    assert response.json()["log_url"] == first["log_url"]


def test_earlier_upload_out_of_sight_is_not_named(
    alpha: Cast, manager: Client, sign_in: Callable[[Membership], Client]
) -> None:
    upload(manager, alpha, b"one", headers=SCRIPT)
    response = upload(sign_in(alpha.members[Role.PILOT]), alpha, b"one", headers=SCRIPT)
    assert response.status_code == 409
    assert "log_url" not in response.json()
    assert "log-0.ulg" not in response.content.decode()


def test_script_without_an_aircraft_is_refused(alpha: Cast, manager: Client) -> None:
    file = SimpleUploadedFile("log.ulg", b"one")
    response = manager.post(f"{alpha.home}upload/", {"file": file}, headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_upload_without_a_file_is_refused(alpha: Cast, manager: Client) -> None:
    values = {"aircraft": str(alpha.aircraft.pk)}
    response = manager.post(f"{alpha.home}upload/", values, headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    page = manager.post(f"{alpha.home}upload/", values)
    assert page.context["form"].errors["file"]


def test_aircraft_of_another_organization_cannot_be_chosen(
    alpha: Cast, bravo: Cast, manager: Client
) -> None:
    file = SimpleUploadedFile("log.ulg", b"one")
    values = {"aircraft": str(bravo.aircraft.pk), "file": file}
    page = manager.post(f"{alpha.home}upload/", values)
    assert page.context["form"].errors["aircraft"]
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_running_import_tells_its_stage(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.IMPORTING)
        note_progress(log.pk, "storing", 0.4)
    answer = status(viewer, alpha, log)
    assert (answer["state"], answer["stage"], answer["progress"]) == ("importing", "storing", 0.4)
    assert b"Storing the flight" in viewer.get(f"{alpha.home}logs/{log.pk}/").content


def test_finished_import_leads_to_the_flight(alpha: Cast, viewer: Client, things: Things) -> None:
    with tenant_context(alpha.organization):
        note_progress(things.log.pk, "analysing", 0.7)
    answer = status(viewer, alpha, things.log)
    assert (answer["state"], answer["stage"], answer["progress"]) == ("imported", None, 1.0)
    assert answer["flight_url"] == f"{alpha.home}flights/{things.flight.pk}/"


def test_failed_import_says_why(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.FAILED, error_message="This is a picture.")
    answer = status(viewer, alpha, log)
    assert (answer["state"], answer["progress"]) == ("failed", None)
    assert answer["message"] == "This is a picture."
    assert b"This is a picture." in viewer.get(f"{alpha.home}logs/{log.pk}/").content


def test_failed_log_is_tried_again(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.FAILED, error_message="This is a picture.")
    response = manager.post(f"{alpha.home}logs/{log.pk}/retry/")
    assert response.headers["Location"] == f"{alpha.home}logs/{log.pk}/"
    assert status(manager, alpha, log)["state"] == "received"


def test_log_that_did_not_fail_is_left_alone_and_it_is_said(
    alpha: Cast, manager: Client, things: Things
) -> None:
    response = manager.post(f"{alpha.home}logs/{things.log.pk}/retry/")
    assert told(response) == ["Only a log that could not be read can be tried again."]
    assert status(manager, alpha, things.log)["state"] == "imported"


def test_viewer_cannot_try_again(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.FAILED)
    assert viewer.post(f"{alpha.home}logs/{log.pk}/retry/").status_code == 403
    assert status(viewer, alpha, log)["state"] == "failed"


def test_raw_log_comes_back_as_a_download_that_nothing_keeps(alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, content=b"<html>\x00\xff", file_name="page.html")
    response = viewer.get(f"{alpha.home}logs/{log.pk}/raw/")
    assert b"".join(response) == b"<html>\x00\xff"
    response.close()
    wanted = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="page.html"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    assert {name: response.headers[name] for name in wanted} == wanted


@pytest.mark.parametrize("page", ["", "status/", "raw/"])
def test_pilot_does_not_see_the_log_of_somebody_else(
    alpha: Cast, sign_in: Callable[[Membership], Client], page: str
) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, uploaded_by=alpha.members[Role.MANAGER])
    pilot = sign_in(alpha.members[Role.PILOT])
    assert pilot.get(f"{alpha.home}logs/{log.pk}/{page}").status_code == 404
