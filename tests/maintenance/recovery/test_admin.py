"""Recoveries in the platform's admin: asked for by one, approved by another who proves it anew."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from aviation.tenants.context import platform_context
from maintenance.recovery.asking import found
from maintenance.recovery.choices import RecoveryState
from maintenance.recovery.models import RecoveryRequest
from tests.conftest import Cast
from tests.maintenance.recovery.people import REASON, ask, events, planned, staff

PLACE = "/admin/maintenance/recoveryrequest/"


def signed_in(person: User, *, proved: bool = True) -> Client:
    client = Client()
    client.force_login(person)
    session = client.session
    session["proved_at"] = int(time.time()) if proved else 0
    session.save()
    return client


@pytest.fixture
def author(db: None) -> User:
    return staff("author")


@pytest.fixture
def second(db: None) -> User:
    return staff("second")


@pytest.fixture
def asked(author: User, alpha: Cast) -> RecoveryRequest:
    return planned(ask(author, "alpha"))


def approve(client: Client, asked: RecoveryRequest, sha256: str | None = None) -> str:
    """What the page says afterwards."""
    given = {"plan_sha256": sha256 or asked.plan_sha256}
    answer = client.post(f"{PLACE}{asked.pk}/approve/", given, follow=True)
    return answer.content.decode()


def requests_of(person: User) -> list[RecoveryRequest]:
    with platform_context(), transaction.atomic():
        return list(RecoveryRequest.objects.filter(requested_by=person))


def form(**values: str) -> dict[str, str]:
    given = {"kind": "organization", "organization": "alpha", "target_at": "2026-05-01 12:00:00"}
    return given | {"reason": REASON, "table_name": "", "flight_id": ""} | values


def test_request_is_asked_for_on_a_page(author: User, alpha: Cast) -> None:
    client = signed_in(author)
    assert "Nothing happens yet" in client.get(f"{PLACE}add/").content.decode()
    page = client.post(f"{PLACE}add/", form(), follow=True).content.decode()
    (asked,) = requests_of(author)
    assert f"manage.py recovery plan {asked.pk}" in page
    assert (asked.organization_id, asked.state) == (alpha.organization.pk, RecoveryState.REQUESTED)
    (event,) = events(asked, "recovery.requested")
    assert event.actor_id == author.pk


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": "so"}, "at least 10 characters"),
        ({"target_at": "2999-01-01 00:00:00"}, "has passed"),
        ({"kind": "flight"}, "not what this kind of recovery needs"),
        ({"kind": "table", "table_name": "x; drop"}, "small letters"),
        ({"organization": "nobody"}, "not one of the available choices"),
        ({"kind": "cluster"}, "not one of the available choices"),
    ],
)
def test_nonsense_is_told_on_the_form(
    author: User, alpha: Cast, values: dict[str, str], words: str
) -> None:
    answer = signed_in(author).post(f"{PLACE}add/", form(**values))
    assert words in answer.content.decode()
    assert requests_of(author) == []


def test_plan_is_shown_with_its_consequences(asked: RecoveryRequest, second: User) -> None:
    client = signed_in(second)
    page = client.get(f"{PLACE}{asked.pk}/change/").content.decode()
    for words in ("Much.", "flights_flightsession", asked.plan_sha256, REASON, "I have read it"):
        assert words in page
    assert asked.organization_slug in client.get(PLACE).content.decode()


def test_second_person_approves(asked: RecoveryRequest, second: User) -> None:
    page = approve(signed_in(second), asked)
    assert "Approved for 24 hours" in page
    assert f"manage.py recovery run {asked.pk}" in page
    assert found(asked.pk).approved_by == second


def test_author_is_offered_no_approval_and_has_none(asked: RecoveryRequest, author: User) -> None:
    """R13"""
    client = signed_in(author)
    page = client.get(f"{PLACE}{asked.pk}/change/").content.decode()
    assert "I have read it" not in page
    assert "Somebody else has to approve" in page
    assert "cannot approve it" in approve(client, asked)
    assert found(asked.pk).state == RecoveryState.PLANNED
    assert len(events(asked, "recovery.refused")) == 1


def test_approval_asks_for_a_fresh_proof(asked: RecoveryRequest, second: User) -> None:
    client = signed_in(second, proved=False)
    answer = client.post(f"{PLACE}{asked.pk}/approve/", {"plan_sha256": asked.plan_sha256})
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert found(asked.pk).state == RecoveryState.PLANNED


def test_page_that_showed_another_plan_does_not_approve(
    asked: RecoveryRequest, second: User
) -> None:
    assert "no longer the one you read" in approve(signed_in(second), asked, "0" * 64)
    assert found(asked.pk).state == RecoveryState.PLANNED


def test_request_is_withdrawn(asked: RecoveryRequest, author: User) -> None:
    page = signed_in(author).post(f"{PLACE}{asked.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn" in page
    assert found(asked.pk).state == RecoveryState.WITHDRAWN


def test_page_of_a_done_recovery_tells_how_to_undo_it(asked: RecoveryRequest, second: User) -> None:
    client = signed_in(second)
    approve(client, asked)
    until = datetime(2026, 5, 8, 12, tzinfo=UTC)
    with platform_context(), transaction.atomic():
        mine = RecoveryRequest.objects.filter(pk=asked.pk)
        mine.update(state=RecoveryState.RUNNING)
        mine.update(state=RecoveryState.DONE, finished_at=until, undo_until=until)
    page = client.get(f"{PLACE}{asked.pk}/change/").content.decode()
    assert f", by manage.py recovery undo {asked.pk}" in page


def test_nothing_is_changed_through_the_usual_form(asked: RecoveryRequest, second: User) -> None:
    client = signed_in(second)
    assert client.post(f"{PLACE}{asked.pk}/change/", {"state": "approved"}).status_code == 403
    assert client.post(f"{PLACE}{asked.pk}/delete/").status_code == 403
    assert client.get(f"{PLACE}999999/change/").status_code == 404
    assert client.get(f"{PLACE}x/change/").status_code == 404


def test_organizations_administrator_sees_nothing_of_it(
    asked: RecoveryRequest, alpha: Cast
) -> None:
    client = signed_in(alpha.members["admin"].user)
    for part in ("", "add/", f"{asked.pk}/change/", f"{asked.pk}/approve/"):
        assert client.get(f"{PLACE}{part}").status_code in {302, 403}
    assert found(asked.pk).state == RecoveryState.PLANNED
