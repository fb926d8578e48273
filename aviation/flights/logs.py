"""Receiving log files and following them through their import.

What must never happen: a file acknowledged and then lost, or a half-imported flight. The row and
the raw file stand before the answer goes out; the import is one later transaction, and a log
whose import fails keeps its raw file.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath

import structlog
from celery import current_app
from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as QueueAway

from accounts.models import Membership
from accounts.roles import Action, Resource
from accounts.visits.current import member_on_record
from aviation.common.errors import Conflict, Rejected, TooLarge
from aviation.fleet.models import Aircraft
from aviation.flights.choices import LogState
from aviation.flights.models import FlightLog
from aviation.flights.services import require
from aviation.flights.storage import refuse_over_quota
from aviation.tenants.context import require_organization

logger = structlog.get_logger("dbx.import")

IMPORT_TASK = "telemetry.import_log"
QUEUE_PATIENCE = timedelta(minutes=2)
"""How long a log may wait for a worker before the sweep sends it again."""
IMPORT_PATIENCE = timedelta(minutes=5)
"""How long a worker may be silent before another takes the log over."""
MAX_ATTEMPTS = 3


class DuplicateLog(Conflict):
    """The same bytes were uploaded before. ``log`` is the one that is there.

    Its name is told to those only who may see it: a pilot learns nothing of another's flights.
    """

    code = "duplicate"

    def __init__(self, log: FlightLog, *, is_visible: bool) -> None:
        name = f", as {log.file_name}" if is_visible else ""
        super().__init__(f"This log was uploaded before{name}.")
        self.log = log


class RecycledLog(Conflict):
    """The same bytes were here, and retention took them away: into the recycle archive, or for
    good while their flight stays. A guard of uploads raises it."""

    code = "recycled"


def receive_log(
    *, file: File[bytes], file_name: str, aircraft: Aircraft, membership: Membership
) -> FlightLog:
    """Keep the raw file and queue its import.

    Raises Rejected (empty), TooLarge, QuotaExceeded, DuplicateLog or NotAllowed.
    """
    require(membership, Action.ADD, Resource.FLIGHT_LOG)
    uploader = member_on_record(membership)
    log = keep_log(file=file, file_name=file_name, aircraft=aircraft, uploaded_by=uploader)
    transaction.on_commit(partial(send_import, log))
    return log


@transaction.atomic
def keep_log(
    *,
    file: File[bytes],
    file_name: str,
    aircraft: Aircraft,
    uploaded_by: Membership | None,
    is_limited: bool = True,
) -> FlightLog:
    """Keep the raw file without queueing anything; None stands for the operator's command line.

    The limit on uploads is for what comes from outside; without it only the quota holds.
    Raises Rejected (empty), TooLarge, QuotaExceeded, DuplicateLog, or what a guard raises.
    """
    size_bytes = _checked_size(file, settings.MAX_LOG_BYTES if is_limited else None)
    sha256 = _sha256(file)
    _refuse_duplicate(sha256, uploaded_by)
    for guard in settings.LOG_UPLOAD_GUARDS:
        import_string(guard)(sha256)
    log = FlightLog(
        aircraft=aircraft,
        uploaded_by=uploaded_by,
        file_name=PurePosixPath(file_name.replace("\\", "/")).name[:255] or "log",
        size_bytes=size_bytes,
        sha256=sha256,
        claimed_until=timezone.now() + QUEUE_PATIENCE,
    )
    with _removed_on_failure(log):
        log.file.save(log_path(log), file, save=False)
        _insert(log)
    return log


def log_path(log: FlightLog) -> str:
    """Where the raw file is kept: below its organization's own folder."""
    organization = require_organization()
    suffix = PurePosixPath(log.file_name).suffix.lower()
    kept = suffix if suffix[1:].isalnum() and len(suffix) <= 10 else ""
    return f"organizations/{organization.id}/logs/{log.pk}{kept}"


def send_import(log: FlightLog) -> None:
    """Queue the import. Should the queue be away, the sweep sends it later: nothing is lost."""
    organization = require_organization()
    try:
        current_app.send_task(
            IMPORT_TASK,
            args=[str(organization.id), str(log.pk)],
            retry=False,
        )
    except QueueAway as error:
        logger.warning("queue away", log_id=str(log.pk), error=str(error))


@transaction.atomic
def retry_import(*, log: FlightLog, membership: Membership) -> FlightLog:
    """Read a failed log once more. Raises Conflict when it did not fail."""
    require(membership, Action.CHANGE, Resource.FLIGHT_LOG)
    locked = FlightLog.objects.visible_to(membership).select_for_update(of=("self",)).get(pk=log.pk)
    if locked.state != LogState.FAILED:
        raise Conflict("Only a log that could not be read can be tried again.")
    locked.state, locked.attempts = LogState.RECEIVED, 0
    locked.error_code = locked.error_message = ""
    locked.claimed_until = timezone.now() + QUEUE_PATIENCE
    locked.save()
    transaction.on_commit(partial(send_import, locked))
    return locked


@transaction.atomic
def claim_log(*, log_id: uuid.UUID, task_id: str, at: datetime) -> FlightLog | None:
    """Take the log for import; None when it is gone, finished or in other hands.

    A redelivered task has the id of the one that died and may take it over at once.
    """
    log = (
        FlightLog.objects.under_way()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("aircraft")
        .filter(pk=log_id)
        .first()
    )
    if log is None:
        return None
    is_free = log.state == LogState.RECEIVED or log.claimed_until is None or log.claimed_until < at
    if not is_free and log.claimed_by != task_id:
        return None
    if log.attempts >= MAX_ATTEMPTS:
        # A log that ends its worker comes back at once: without this it would do so for ever.
        _give_up(log)
        return None
    log.state, log.claimed_by = LogState.IMPORTING, task_id
    log.attempts += 1
    log.claimed_until = at + IMPORT_PATIENCE
    log.save(update_fields=["state", "claimed_by", "attempts", "claimed_until"])
    return log


def holds_claim(log: FlightLog) -> bool:
    """Whether the log is still in the hands that claimed it; if so it is locked in them.

    Until the transaction ends nobody else can claim it.
    """
    claim = FlightLog.objects.under_way().filter(
        pk=log.pk, claimed_by=log.claimed_by, attempts=log.attempts
    )
    return claim.select_for_update(of=("self",)).first() is not None


@transaction.atomic
def fail_log(*, log: FlightLog, code: str, message: str) -> None:
    """The log cannot be imported; its raw file stays for inspection."""
    FlightLog.objects.under_way().filter(pk=log.pk).update(
        state=LogState.FAILED, error_code=code, error_message=message, claimed_until=None
    )


@transaction.atomic
def resume_abandoned(*, at: datetime) -> int:
    """Send again what nobody works on any more; give up after MAX_ATTEMPTS. Counts the sent."""
    sent = 0
    for log in FlightLog.objects.abandoned(at).select_for_update(skip_locked=True, of=("self",)):
        if log.attempts >= MAX_ATTEMPTS:
            _give_up(log)
            continue
        # Free again: the task that is sent has another id than the one that held the claim.
        log.state, log.claimed_by = LogState.RECEIVED, ""
        log.claimed_until = at + QUEUE_PATIENCE
        log.save(update_fields=["state", "claimed_by", "claimed_until"])
        transaction.on_commit(partial(send_import, log))
        sent += 1
    return sent


def _give_up(log: FlightLog) -> None:
    fail_log(
        log=log,
        code="interrupted",
        message=f"Reading this log was interrupted {log.attempts} times. "
        "The file is kept; try again, or send it to your operator.",
    )


def _checked_size(file: File[bytes], limit_bytes: int | None) -> int:
    size_bytes = file.size
    if size_bytes == 0:
        raise Rejected("The file is empty.", code="empty")
    if limit_bytes is not None and size_bytes > limit_bytes:
        limit_mb = limit_bytes // 1024**2
        raise TooLarge(f"The file is larger than {limit_mb} MB, the limit here.")
    refuse_over_quota(size_bytes)
    return size_bytes


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _refuse_duplicate(sha256: str, uploaded_by: Membership | None) -> None:
    existing = FlightLog.objects.filter(sha256=sha256).first()
    if existing is None:
        return
    own = FlightLog.objects.filter(pk=existing.pk)
    is_visible = uploaded_by is None or own.visible_to(uploaded_by).exists()
    raise DuplicateLog(existing, is_visible=is_visible)


def _insert(log: FlightLog) -> None:
    try:
        with transaction.atomic():
            log.save(force_insert=True)
    except IntegrityError:
        # Somebody else's upload of the same bytes came first by a moment.
        _refuse_duplicate(log.sha256, log.uploaded_by)
        raise


@contextmanager
def _removed_on_failure(log: FlightLog) -> Iterator[None]:
    """Take the stored file back when its row cannot be written."""
    try:
        yield
    except BaseException:
        if log.file.name:
            log.file.storage.delete(log.file.name)
        raise
