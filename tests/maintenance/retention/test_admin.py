"""Retention's pages in the fleet admin: who sees and changes what."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis
from maintenance.retention import sending
from maintenance.retention.choices import BatchState, DataKind, HoldScope
from maintenance.retention.models import (
    DeletionCertificate,
    LegalHold,
    RecycledBatch,
    RetentionDefault,
    RetentionPolicy,
)
from maintenance.retention.removing import digest_of
from tests.conftest import Cast
from tests.maintenance.retention.world import OLD

SignIn = Callable[[Membership], Client]
PAGES = ("retentionpolicy", "legalhold", "recycledbatch", "deletioncertificate")


def place(cast: Cast, model: str, *more: str) -> str:
    return f"{cast.home}admin/maintenance/{model}/" + "".join(f"{each}/" for each in more)


@pytest.fixture
def administrator(alpha: Cast, sign_in: SignIn) -> Client:
    return sign_in(alpha.members[Role.ADMIN])


@pytest.mark.parametrize("role", Role.values)
def test_pages_are_for_those_who_see_the_members(alpha: Cast, sign_in: SignIn, role: str) -> None:
    browser = sign_in(alpha.members[role])
    found = {browser.get(place(alpha, page)).status_code for page in PAGES}
    assert found == ({200} if role in (Role.ADMIN, Role.MANAGER) else {403})


def test_outsider_finds_no_page(alpha: Cast, outsider: Client) -> None:
    assert {outsider.get(place(alpha, page)).status_code for page in PAGES} == {404}


def test_administrator_sets_a_rule_and_sees_what_it_means(
    in_alpha: Cast, administrator: Client
) -> None:
    flight = FlightSession.objects.create(
        aircraft=in_alpha.aircraft, state="completed", started_at=OLD, ended_at=OLD
    )
    analysis = Analysis.objects.create(session=flight, engine_version="1", quality_verdict="good")
    Analysis.objects.filter(pk=analysis.pk).update(created_at=OLD)
    page = administrator.post(
        place(in_alpha, "retentionpolicy", "add"),
        {"kind": DataKind.ANALYSES, "keep_days": "400", "grace_days": "30"},
        follow=True,
    ).content.decode()
    assert "Kept for 400 days, then 30 days in the recycle archive" in page
    assert "<strong>1</strong> due now" in page
    assert "Mar 2022" in page


def test_rule_is_changed_and_ended(in_alpha: Cast, administrator: Client) -> None:
    rule = RetentionPolicy.objects.create(
        organization=in_alpha.organization, kind=DataKind.RAW_LOGS, keep_days=400
    )
    change = place(in_alpha, "retentionpolicy", str(rule.pk), "change")
    administrator.post(change, {"keep_days": "", "grace_days": "60"})
    rule.refresh_from_db()
    assert (rule.keep_days, rule.grace_days) == (None, 60)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kind": "flights", "keep_days": "1000", "grace_days": "30"}, "as they are the logbook"),
        ({"kind": "telemetry", "keep_days": "3", "grace_days": "30"}, "kept for 30 to"),
        ({"kind": "raw_logs", "keep_days": "300", "grace_days": "1"}, "grace period is 7 to 365"),
        ({"kind": "audit", "keep_days": "3000", "grace_days": "30"}, "valid choice"),
    ],
)
def test_days_out_of_bounds_get_a_sentence(
    alpha: Cast, administrator: Client, values: dict[str, str], told: str
) -> None:
    page = administrator.post(place(alpha, "retentionpolicy", "add"), values)
    assert page.status_code == 200
    assert told in page.content.decode()


def test_manager_reads_and_changes_nothing(alpha: Cast, manager: Client) -> None:
    for page in ("retentionpolicy", "legalhold"):
        assert manager.post(place(alpha, page, "add"), {"kind": "flights"}).status_code == 403
    assert "Change" not in manager.get(place(alpha, "retentionpolicy")).content.decode()


def test_administrator_places_and_lifts_a_hold(in_alpha: Cast, administrator: Client) -> None:
    flight = FlightSession.objects.create(
        aircraft=in_alpha.aircraft, state="completed", started_at=OLD, ended_at=OLD
    )
    administrator.post(
        place(in_alpha, "legalhold", "add"),
        {
            "scope": "flight",
            "flight": f"https://example.org{in_alpha.home}flights/{flight.pk}/",
            "ground": "Case 12",
        },
    )
    hold = LegalHold.objects.get(organization=in_alpha.organization)
    assert (hold.object_id, hold.ground) == (flight.pk, "Case 12")
    administrator.post(
        place(in_alpha, "legalhold"), {"action": "lift", "_selected_action": [str(hold.pk)]}
    )
    hold.refresh_from_db()
    assert hold.lifted_by == in_alpha.members[Role.ADMIN]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"scope": "flight", "ground": "x"}, "Give the address of the flight"),
        ({"scope": "aircraft", "ground": "x"}, "Choose the aircraft"),
        ({"scope": "organization", "ground": ""}, "This field is required"),
    ],
)
def test_hold_that_says_too_little_is_told(
    alpha: Cast, administrator: Client, values: dict[str, str], told: str
) -> None:
    page = administrator.post(place(alpha, "legalhold", "add"), values).content.decode()
    assert told in page


def test_hold_on_another_organizations_aircraft_is_refused(
    alpha: Cast, bravo: Cast, administrator: Client
) -> None:
    values = {"scope": "aircraft", "aircraft": str(bravo.aircraft.pk), "ground": "x"}
    page = administrator.post(place(alpha, "legalhold", "add"), values)
    assert "Select a valid choice" in page.content.decode()


def batch_of(cast: Cast, state: BatchState) -> RecycledBatch:
    return RecycledBatch.objects.create(
        organization=cast.organization, kind=DataKind.ANALYSES, month=OLD.date(), state=state,
        keep_days=400, grace_days=30, roots=["1", "2"], first_at=OLD, last_at=OLD, made_at=OLD,
    )  # fmt: skip


def test_restoring_is_queued_for_what_lies_in_the_archive(
    in_alpha: Cast,
    administrator: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(sending, "_send", lambda *ids: sent.append(ids))
    there, gone = batch_of(in_alpha, BatchState.RECYCLED), batch_of(in_alpha, BatchState.REMOVED)
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(
            place(in_alpha, "recycledbatch"),
            {"action": "restore", "_selected_action": [str(there.pk), str(gone.pk)]},
        )
    assert sent == [(str(in_alpha.organization.pk), str(there.pk))]


def test_certificate_is_a_page_and_a_file(
    in_alpha: Cast, administrator: Client, outsider: Client
) -> None:
    document = {"month": "2022-03", "things": 3, "rows": {"flights_flightsession": 3}}
    row = DeletionCertificate.objects.create(
        organization_id=in_alpha.organization.pk, kind=DataKind.FLIGHTS, document=document,
        removed_at=datetime(2026, 1, 1, tzinfo=UTC), sha256=digest_of(document),
    )  # fmt: skip
    page = administrator.get(place(in_alpha, "deletioncertificate", str(row.pk), "change"))
    assert row.sha256 in page.content.decode()
    file = place(in_alpha, "deletioncertificate", str(row.pk), "json")
    told = json.loads(administrator.get(file).content)
    assert (told["things"], told["sha256"]) == (3, row.sha256)
    assert outsider.get(file).status_code == 404


def test_another_organizations_holds_are_out_of_sight(
    in_alpha: Cast, bravo: Cast, administrator: Client
) -> None:
    own = LegalHold.objects.create(
        organization=in_alpha.organization, scope=HoldScope.ORGANIZATION, ground="Ours",
        placed_by=in_alpha.members[Role.ADMIN], placed_at=OLD,
    )  # fmt: skip
    assert own in LegalHold.objects.visible_to(in_alpha.members[Role.ADMIN])
    assert own not in LegalHold.objects.visible_to(bravo.members[Role.ADMIN])


def test_platform_staff_sets_the_defaults(db: None, alpha: Cast, client: Client) -> None:
    from accounts.models import User

    staff = User.objects.create_superuser(email="staff@example.org", password="x" * 20)
    client.force_login(staff)
    change = "/admin/maintenance/retentiondefault/telemetry/change/"
    page = client.post(change, {"keep_days": "5", "grace_days": "30"})
    assert "kept for 30 to" in page.content.decode()
    client.post(change, {"keep_days": "900", "grace_days": "30"})
    assert RetentionDefault.objects.get(pk="telemetry").keep_days == 900
