"""The API's flight logs: brought, followed, fetched again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.choices import LogState
from aviation.flights.models import FlightLog
from aviation.flights.progress import note_progress
from aviation.tenants.context import tenant_context
from tests.api.build import Things, make_log
from tests.conftest import Cast

LIST = "/api/v1/flight-logs/"


def upload(client: Client, cast: Cast, content: bytes = b"bytes of a log", **values: Any) -> Any:
    file = SimpleUploadedFile(values.pop("name", "dawn.ulg"), content)
    return client.post(LIST, {"aircraft": str(cast.aircraft.pk), "file": file} | values)


def test_uploaded_log_can_be_followed(manager: Client, alpha: Cast) -> None:
    response = upload(manager, alpha)
    assert response.status_code == 201
    log = response.json()
    assert response.headers["Location"] == log["status_url"]
    assert (log["state"], log["stage"], log["progress"]) == ("received", "waiting", 0.0)
    assert log["flight_url"] is None
    followed = manager.get(log["status_url"]).json()
    assert followed == log


def test_progress_of_a_running_import_is_told(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.IMPORTING)
        note_progress(log.pk, "storing", 0.4)
    told = manager.get(f"{LIST}{log.pk}/").json()
    assert (told["stage"], told["progress"]) == ("storing", 0.4)


def test_imported_log_names_its_flight_and_report(viewer: Client, things: Things) -> None:
    log = viewer.get(f"{LIST}{things.log.pk}/").json()
    assert (log["state"], log["stage"], log["progress"]) == ("imported", None, 1.0)
    assert log["import_report"] == [{"kind": "kept", "text": "5 channels over 60.0 s."}]
    assert viewer.get(log["flight_url"]).json()["id"] == str(things.flight.pk)


def test_failed_log_says_why(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(
            alpha, state=LogState.FAILED, error_code="not_a_log", error_message="This is a picture."
        )
    told = viewer.get(f"{LIST}{log.pk}/").json()
    assert (told["progress"], told["error_code"]) == (None, "not_a_log")
    assert told["error_message"] == "This is a picture."


def test_same_bytes_again_name_the_log_that_is_there(manager: Client, alpha: Cast) -> None:
    first = upload(manager, alpha).json()
    response = upload(manager, alpha, name="again.ulg")
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["id"]) == ("duplicate", first["id"])
    assert problem["status_url"] == first["status_url"]


def test_duplicate_of_a_log_out_of_sight_does_not_name_it(
    manager: Client, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    upload(manager, alpha)
    response = upload(sign_in(alpha.members[Role.PILOT]), alpha)
    assert response.status_code == 409
    assert "id" not in response.json()


def test_same_bytes_in_two_organizations_are_no_duplicate(
    manager: Client, outsider: Client, alpha: Cast, bravo: Cast
) -> None:
    assert upload(manager, alpha).status_code == 201
    assert upload(outsider, bravo).status_code == 201


def test_empty_log_is_refused(manager: Client, alpha: Cast) -> None:
    response = upload(manager, alpha, content=b"")
    assert (response.status_code, response.json()["code"]) == (422, "empty")


def test_log_over_the_limit_is_refused(manager: Client, alpha: Cast, settings: Settings) -> None:
    settings.MAX_LOG_BYTES = 100
    response = upload(manager, alpha, content=b"x" * 101)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("missing", ["aircraft", "file"])
def test_incomplete_upload_is_refused(manager: Client, alpha: Cast, missing: str) -> None:
    parts = {"aircraft": str(alpha.aircraft.pk), "file": SimpleUploadedFile("a.ulg", b"x")}
    del parts[missing]
    response = manager.post(LIST, parts)
    assert response.status_code == 400
    assert missing in response.json()["errors"]


def test_log_of_a_foreign_aircraft_is_refused_and_not_kept(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    response = upload(manager, alpha, aircraft=str(bravo.aircraft.pk))
    assert response.status_code == 400
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_json_is_not_an_upload(manager: Client) -> None:
    assert manager.post(LIST, {}, content_type="application/json").status_code == 415


def test_raw_log_comes_back_byte_for_byte(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, content=b"<html>\x00\xff", file_name="page.html")
    response = viewer.get(f"{LIST}{log.pk}/raw/")
    assert b"".join(response) == b"<html>\x00\xff"
    response.close()
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_failed_log_is_tried_again(manager: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        log = make_log(alpha, state=LogState.FAILED, error_code="internal", error_message="Ours.")
    response = manager.post(f"{LIST}{log.pk}/retry/")
    assert (response.status_code, response.json()["state"]) == (200, "received")
    assert manager.post(f"{LIST}{log.pk}/retry/").status_code == 409


@pytest.mark.parametrize("field", ["aircraft", "flight", "state", "sha256"])
def test_list_is_narrowed(viewer: Client, alpha: Cast, things: Things, field: str) -> None:
    with tenant_context(alpha.organization):
        make_log(alpha)
    values = {
        "aircraft": things.aircraft.pk,
        "flight": things.flight.pk,
        "state": "imported",
        "sha256": things.log.sha256,
    }
    listed = viewer.get(LIST, {field: str(values[field])}).json()["results"]
    assert len(listed) == (2 if field == "aircraft" else 1)
    assert str(things.log.pk) in {each["id"] for each in listed}
