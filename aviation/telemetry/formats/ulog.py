"""Reads a PX4 ULog into a flight record."""

from __future__ import annotations

from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.formats.ulog_channels import add_channels
from aviation.telemetry.formats.ulog_file import UlogFile
from aviation.telemetry.formats.ulog_gps import add_receiver
from aviation.telemetry.formats.ulog_messages import Px4Log
from aviation.telemetry.formats.ulog_motors import add_motors
from aviation.telemetry.formats.ulog_reader import read_ulog_file
from aviation.telemetry.formats.ulog_state import add_events, add_states, vehicle_type_of
from aviation.telemetry.record import Autopilot, FlightRecord, NoteKind

_RELEASE_KINDS = ((255, ""), (192, " release candidate"), (128, " beta"), (64, " alpha"))


def read_ulog(data: LogBytes) -> FlightRecord:
    """The flight record of a ULog's bytes. Raises UnreadableLog when there is none in it."""
    file = read_ulog_file(data)
    if not any(len(topic) for topic in file.topics.values()):
        text = "This PX4 log holds a header and settings but no samples: nothing was recorded."
        raise UnreadableLog("header_only" if file.damage.stretches == 0 else "no_samples", text)
    log = Px4Log(file)
    draft = _described(file)
    draft.vehicle_type = vehicle_type_of(log)
    add_states(log, draft)
    add_events(log, draft)
    add_receiver(log, draft)
    add_motors(log, draft)
    add_channels(log, draft)
    _note_dropouts(file, draft)
    return _finished(draft, file)


def _finished(draft: Draft, file: UlogFile) -> FlightRecord:
    end_s = max((float(series.time_s[-1]) for series in draft.series.values()), default=0.0)
    draft.notes.extend(file.damage.notes(end_s))
    return draft.finish()


def _described(file: UlogFile) -> Draft:
    """A draft with all that the log says of itself."""
    return Draft(
        format="ulog",
        parameters=file.parameters,
        autopilot=Autopilot.PX4,
        firmware=_firmware(file),
        hardware=str(file.information.get("ver_hw", "")),
        opened_s=file.start_us * 1e-6,
    )


def _firmware(file: UlogFile) -> str:
    """Such as ``PX4 1.12.3``; the release number packs four bytes, the last one its kind."""
    release = file.information.get("ver_sw_release")
    if isinstance(release, int) and release > 0:
        major, minor, patch, kind = (release & 0xFFFFFFFF).to_bytes(4, "big")
        words = next((words for least, words in _RELEASE_KINDS if kind >= least), " development")
        return f"PX4 {major}.{minor}.{patch}{words}"
    commit = str(file.information.get("ver_sw", ""))
    return f"PX4 {commit[:8]}".strip()


def _note_dropouts(file: UlogFile, draft: Draft) -> None:
    count, total_s = len(file.dropouts_ms), sum(file.dropouts_ms) / 1_000
    if count:
        times = "once" if count == 1 else f"{count} times"
        text = f"The logger fell behind {times} and lost {total_s:.1f} s in all."
        draft.note(NoteKind.SKIPPED, text)
