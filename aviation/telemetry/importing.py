"""From a raw log file to a finished flight: read once, stored and analysed in one transaction.

What must never happen: a half-imported flight, a log read twice at the same time, or a failure
that takes the raw file along.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from aviation.flights.choices import FlightClock, FlightState, LogState
from aviation.flights.logs import claim_log, fail_log, holds_claim
from aviation.flights.models import FlightLog, FlightSession
from aviation.flights.progress import note_progress
from aviation.telemetry.concluding import conclude_flight, set_figures
from aviation.telemetry.formats import read_log
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.wording import numbered
from aviation.telemetry.partitions import ensure_span
from aviation.telemetry.phases import FlightPhases, find_phases
from aviation.telemetry.quality.storing import clock_of, refused_values
from aviation.telemetry.record import ClockSource, FlightRecord, ImportNote, NoteKind
from aviation.telemetry.resample import to_rows
from aviation.telemetry.storing import store_rows
from aviation.telemetry.windows import LOG_REACHES

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=2)
FAR_S = 1e9
"""Any boot clock's seconds are less: about 30 years."""


def import_log(*, log_id: uuid.UUID, task_id: str) -> FlightLog | None:
    """Import one log of the bound organization; None when there is nothing to do.

    A log that cannot be read ends in state FAILED with its reason; that is not an error here.
    """
    log = claim_log(log_id=log_id, task_id=task_id, at=timezone.now())
    if log is None:
        return None
    note_progress(log.pk, "reading", 0.05)
    try:
        with local_file(log) as path:
            record = read_log(path, name=log.file_name)
        require_possible_times(record)
        record = with_plausible_clock(record)
    except UnreadableLog as error:
        fail_log(log=log, code=error.code, message=str(error))
    else:
        store_flight(log=log, record=record)
    with transaction.atomic():
        log.refresh_from_db()
    return log


@contextmanager
def local_file(log: FlightLog) -> Iterator[Path]:
    """The raw file as a path on this machine, fetched to a temporary one from a remote storage."""
    if isinstance(log.file.storage, FileSystemStorage):
        yield Path(log.file.path)
        return
    with tempfile.NamedTemporaryFile(suffix=".log") as copy, log.file.open("rb") as raw:
        shutil.copyfileobj(raw, copy)
        copy.flush()
        yield Path(copy.name)


def require_possible_times(record: FlightRecord) -> None:
    """Raises UnreadableLog for times that no flight has.

    Each month between a log's first and last row gets a partition: a few lines of text with
    wrong dates must not make hundreds of them.
    """
    if record.duration_s > LOG_REACHES.total_seconds():
        text = f"The times in this log span over {LOG_REACHES.days} days: no flight is as long."
    elif max(abs(record.start_s), abs(record.end_s)) > FAR_S:
        text = "The times in this log lie decades away from the start of its clock."
    else:
        return
    raise UnreadableLog("impossible_times", text)


def with_plausible_clock(record: FlightRecord) -> FlightRecord:
    """The record without its date when the date cannot be right."""
    if record.boot_at is None:
        return record
    first, last = record.boot_at, record.boot_at + timedelta(seconds=record.end_s)
    if first >= EARLIEST and last <= timezone.now() + LATEST_AHEAD:
        return record
    note = ImportNote(
        NoteKind.SKIPPED, f"The log's date, {first:%Y-%m-%d}, cannot be right and was left out."
    )
    return replace(record, boot_at=None, clock_source=ClockSource.NONE, notes=(*record.notes, note))


@transaction.atomic
def store_flight(*, log: FlightLog, record: FlightRecord) -> FlightSession | None:
    """Flight, telemetry, analysis and charts: all of it or nothing.

    None when reading took so long that another worker has taken the log over.
    """
    if not holds_claim(log):
        return None
    phases = find_phases(record)
    session = _session(log, record, phases)
    boot_at = session.boot_at
    if boot_at is None:
        raise RuntimeError("A session made from a log has a boot time.")
    ensure_span(*(boot_at + timedelta(seconds=at) for at in (record.start_s, record.end_s)))
    session.save(force_insert=True)
    note_progress(log.pk, "storing", 0.4)
    row_count = store_rows(session_id=session.pk, boot_at=boot_at, rows=to_rows(record))
    note_progress(log.pk, "analysing", 0.7)
    conclude_flight(
        session=session,
        record=record,
        phases=phases,
        row_count=row_count,
        clock=clock_of(session),
        refused=refused_values(record),
    )
    _finish(log, session, record, row_count)
    return session


def _session(log: FlightLog, record: FlightRecord, phases: FlightPhases) -> FlightSession:
    boot_at, clock = _clock(log, record)
    start_s, end_s = record.start_s, record.end_s
    if phases.has_flight:
        start_s = phases.takeoff_s if phases.takeoff_s is not None else start_s
        end_s = phases.landing_s if phases.landing_s is not None else end_s
    session = FlightSession(
        aircraft=log.aircraft,
        pilot=_pilot(log),
        state=FlightState.COMPLETED,
        started_at=boot_at + timedelta(seconds=start_s),
        ended_at=boot_at + timedelta(seconds=end_s),
        boot_at=boot_at,
        clock_source=clock,
        clock_uncertainty_s=record.clock_uncertainty_s,
    )
    set_figures(session, record, phases)
    return session


def _clock(log: FlightLog, record: FlightRecord) -> tuple[datetime, FlightClock]:
    """Boot time in UTC; a log without a date is taken to have ended when it was uploaded."""
    if record.boot_at is None:
        return log.created_at - timedelta(seconds=record.end_s), FlightClock.UPLOAD
    is_gps = record.clock_source == ClockSource.GPS
    return record.boot_at, FlightClock.GPS if is_gps else FlightClock.LOG


def _pilot(log: FlightLog) -> Any:
    uploader = log.uploaded_by
    return uploader if uploader is not None and uploader.role == Role.PILOT else None


def _finish(log: FlightLog, session: FlightSession, record: FlightRecord, row_count: int) -> None:
    kept = ImportNote(
        NoteKind.KEPT,
        f"{numbered(len(record.series), 'channel')} over {record.duration_s:,.1f} s; "
        f"{numbered(row_count, 'row')} of history.",
    )
    log.session = session
    log.state = LogState.IMPORTED
    log.format, log.firmware, log.hardware = record.format, record.firmware, record.hardware
    log.import_report = [
        {"kind": note.kind.value, "text": note.text} for note in (kept, *record.notes)
    ]
    log.error_code = log.error_message = ""
    log.claimed_until = None
    log.imported_at = timezone.now()
    log.save()
