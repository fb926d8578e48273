"""Backups in the platform's admin: seen by platform staff alone, and bad ones in red."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Membership, User
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from maintenance.backup.alarms import raise_alarm
from maintenance.backup.choices import AlarmKind, BackupState
from maintenance.backup.keys import new_key
from maintenance.backup.models import Backup, BackupDrill, BackupPolicy
from tests.conftest import Cast

LISTS = ("backup", "backuppolicy", "backupalarm", "backupdrill")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def staff(db: None) -> Client:
    with platform_context(), transaction.atomic():
        user = User.objects.create_superuser("backups@example.org", "a quiet runway at dawn")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def things(db: None) -> None:
    raise_alarm(AlarmKind.DRILL, "Something is missing.")
    with platform_context(), transaction.atomic():
        Backup.objects.create(
            id="b1", policy_name="daily", kind="full", state=BackupState.FAILED, started_at=NOW
        )
        BackupDrill.objects.create(
            backup_id="b1",
            started_at=NOW,
            duration_s=1,
            data_age_s=1,
            tables_compared=1,
            problems=["x"],
        )


@pytest.mark.parametrize("name", LISTS)
def test_platform_staff_see_the_list(staff: Client, things: None, name: str) -> None:
    page = staff.get(f"/admin/maintenance/{name}/")
    assert page.status_code == 200
    assert ("bg-red-100 text-red-700" in page.content.decode()) == (name != "backuppolicy")


@pytest.mark.parametrize("name", LISTS)
def test_an_organizations_administrator_does_not(
    alpha: Cast, sign_in: Callable[[Membership], Client], name: str
) -> None:
    client = sign_in(alpha.members["admin"])
    assert client.get(f"/admin/maintenance/{name}/").status_code in {302, 403}
    assert client.get(f"{alpha.home}admin/maintenance/{name}/").status_code == 404


def policy_form(**changes: object) -> dict[str, object]:
    usual = {"every_hours": 24, "keep_days": 30, "keep_at_least": 2, "is_enabled": "on"}
    return usual | {"counts_rows": "on", "recovery_recipient": ""} | changes


def daily() -> BackupPolicy:
    with platform_context(), transaction.atomic():
        return BackupPolicy.objects.get(name="daily")


def test_a_policy_is_edited_and_the_change_is_audited(staff: Client) -> None:
    policy, public = daily(), new_key()[1]
    address = f"/admin/maintenance/backuppolicy/{policy.pk}/change/"
    sent = staff.post(address, policy_form(keep_days=45, recovery_recipient=public))
    assert sent.status_code == 302
    assert (daily().keep_days, daily().recovery_recipient) == (45, public)
    with platform_context(), transaction.atomic():
        event = AuditEvent.objects.filter(table_name="backup_policy").latest("id")
    assert event.after["keep_days"] == 45


@pytest.mark.parametrize("wrong", [{"recovery_recipient": "age1x"}, {"keep_days": 0}])
def test_a_policy_of_nonsense_is_refused(staff: Client, wrong: dict[str, object]) -> None:
    address = f"/admin/maintenance/backuppolicy/{daily().pk}/change/"
    assert staff.post(address, policy_form(**wrong)).status_code == 200
    assert daily().keep_days == 30


def test_of_dumps_only_their_time_is_edited(staff: Client) -> None:
    with platform_context(), transaction.atomic():
        policy = BackupPolicy.objects.of_dumps().get()
    address = f"/admin/maintenance/backuppolicy/{policy.pk}/change/"
    assert b"every_hours" not in staff.get(address).content
    assert staff.post(address, {"keep_days": 45, "keep_at_least": 3}).status_code == 302
    assert staff.post(address, {"keep_days": 0, "keep_at_least": 3}).status_code == 200
    with platform_context(), transaction.atomic():
        policy.refresh_from_db()
    assert (policy.every_hours, policy.keep_days, policy.keep_at_least) == (0, 45, 3)


def test_no_backup_is_made_or_changed_on_a_page(staff: Client, things: None) -> None:
    assert staff.get("/admin/maintenance/backup/add/").status_code == 403
    sent = staff.post("/admin/maintenance/backup/b1/change/", {"state": "verified"})
    assert sent.status_code == 403


def test_alarm_is_one_of_its_kind_and_mailed_to_staff(
    staff: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        raise_alarm(AlarmKind.ARCHIVER, "first")
        raise_alarm(AlarmKind.ARCHIVER, "second")
        raise_alarm(AlarmKind.RETENTION, "third", organization="alpha")
        raise_alarm(AlarmKind.RETENTION, "fourth", organization="bravo")
    mine = [mail for mail in mailoutbox if mail.to == ["backups@example.org"]]
    assert [mail.body for mail in mine] == ["first", "third", "fourth"]
    assert [mail.subject.split(":")[0] for mail in mine] == ["Backups", "Retention", "Retention"]
