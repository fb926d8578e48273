"""Receiving logs: what is acknowledged is kept, what is refused leaves nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.choices import Role
from aviation.common.errors import Conflict, NotAllowed, QuotaExceeded, Rejected, TooLarge
from aviation.flights.choices import LogState
from aviation.flights.logs import (
    MAX_ATTEMPTS,
    QUEUE_PATIENCE,
    DuplicateLog,
    claim_log,
    fail_log,
    receive_log,
    resume_abandoned,
    retry_import,
    send_import,
)
from aviation.flights.models import FlightLog
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.conftest import Cast

CONTENT = b"ULog and then some"


def receive(cast: Cast, *, role: str = Role.PILOT, content: bytes = CONTENT) -> FlightLog:
    return receive_log(
        file=ContentFile(content),
        file_name="C:\\flights\\today.ulg",
        aircraft=cast.aircraft,
        membership=cast.members[role],
    )


def claim(log: FlightLog, task_id: str = "task", minutes: float = 0) -> FlightLog | None:
    return claim_log(log_id=log.pk, task_id=task_id, at=timezone.now() + timedelta(minutes=minutes))


def test_raw_file_is_kept_byte_for_byte(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    with log.file.open("rb") as kept:
        assert kept.read() == CONTENT
    assert log.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (log.size_bytes, log.state) == (len(CONTENT), LogState.RECEIVED)


def test_file_lies_below_its_organization_and_keeps_only_its_last_name(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    assert log.file.name == f"organizations/{in_alpha.organization.id}/logs/{log.pk}.ulg"
    assert log.file_name == "today.ulg"


def test_import_is_queued_when_the_row_is_committed(
    in_alpha: Cast, django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[FlightLog] = []
    monkeypatch.setattr("aviation.flights.logs.send_import", sent.append)
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[operator]
        log = receive(in_alpha)
        assert sent == []
    for callback in callbacks:
        callback()
    assert sent == [log]


def test_log_is_kept_while_the_queue_is_away(
    in_alpha: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"redis+socket://{tmp_path}/nobody.sock"
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    connect = current_app.connection_for_write
    monkeypatch.setattr(current_app, "connection_for_write", lambda: connect(nowhere))
    log = receive(in_alpha)
    send_import(log)
    kept = FlightLog.objects.get(pk=log.pk)
    assert kept.state == LogState.RECEIVED
    assert kept in FlightLog.objects.abandoned(timezone.now() + QUEUE_PATIENCE)


def test_viewer_may_not_bring_logs(in_alpha: Cast) -> None:
    with pytest.raises(NotAllowed):
        receive(in_alpha, role=Role.READONLY)


def test_empty_file_is_refused(in_alpha: Cast) -> None:
    with pytest.raises(Rejected, match="empty"):
        receive(in_alpha, content=b"")


def test_file_over_the_limit_is_refused(in_alpha: Cast, settings: object) -> None:
    settings.MAX_LOG_BYTES = len(CONTENT) - 1  # type: ignore[attr-defined]
    with pytest.raises(TooLarge):
        receive(in_alpha)


def test_full_storage_is_refused(in_alpha: Cast) -> None:
    with platform_context():
        Organization.objects.filter(pk=in_alpha.organization.pk).update(
            storage_quota_bytes=len(CONTENT) - 1
        )
    with pytest.raises(QuotaExceeded):
        receive(in_alpha)


def test_same_content_again_names_the_first(in_alpha: Cast) -> None:
    first = receive(in_alpha)
    with pytest.raises(DuplicateLog) as refusal:
        receive(in_alpha, role=Role.MANAGER)
    assert refusal.value.log == first
    assert FlightLog.objects.count() == 1


def test_claimed_log_is_in_one_hand(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    assert claim(log, "first") is not None
    assert claim(log, "second") is None


def test_redelivered_task_takes_its_own_claim_over(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    claim(log, "same")
    assert claim(log, "same") is not None


def test_silent_worker_loses_its_claim(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    claim(log, "died")
    assert claim(log, "next", minutes=6) is not None


def test_finished_log_is_not_claimed(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    fail_log(log=log, code="not_a_log", message="No log.")
    assert claim(log) is None


def test_sweep_sends_forgotten_logs_again(in_alpha: Cast) -> None:
    receive(in_alpha)
    assert resume_abandoned(at=timezone.now()) == 0
    assert resume_abandoned(at=timezone.now() + timedelta(minutes=3)) == 1


def test_log_of_a_dead_worker_is_free_once_the_sweep_has_sent_it(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    claim(log, "died")
    assert resume_abandoned(at=timezone.now() + timedelta(minutes=6)) == 1
    assert claim(log, "sent by the sweep", minutes=6) is not None


def test_log_that_ends_every_worker_is_given_up(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    for _ in range(MAX_ATTEMPTS):
        assert claim(log, "redelivered") is not None
    assert claim(log, "redelivered") is None
    log.refresh_from_db()
    assert (log.state, log.error_code) == (LogState.FAILED, "interrupted")


def test_sweep_gives_up_after_the_last_attempt(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    FlightLog.objects.update(attempts=MAX_ATTEMPTS)
    assert resume_abandoned(at=timezone.now() + timedelta(minutes=3)) == 0
    log.refresh_from_db()
    assert (log.state, log.error_code) == (LogState.FAILED, "interrupted")


def test_failed_log_can_be_tried_again(in_alpha: Cast) -> None:
    log = receive(in_alpha)
    fail_log(log=log, code="not_a_log", message="No log.")
    again = retry_import(log=log, membership=in_alpha.members[Role.PILOT])
    assert (again.state, again.error_message) == (LogState.RECEIVED, "")


def test_log_that_did_not_fail_is_not_tried_again(in_alpha: Cast) -> None:
    with pytest.raises(Conflict):
        retry_import(log=receive(in_alpha), membership=in_alpha.members[Role.PILOT])
