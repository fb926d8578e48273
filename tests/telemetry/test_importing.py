"""From raw bytes to a finished flight, all of it or nothing."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from aviation.flights.choices import FlightClock, LogState
from aviation.flights.logs import keep_log
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.formats import read_log
from aviation.telemetry.importing import import_log
from aviation.telemetry.models import FlightOverview, TelemetryPoint
from aviation.telemetry.record import FlightRecord
from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, simulate
from tests.conftest import Cast

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def simulated(fault: Fault | None = None) -> bytes:
    plan = FlightPlan("multirotor", 3, 100, START, (46.47, 8.25, 1_341.0), fault)
    buffer = BytesIO()
    simulate(plan).write_ulog(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def healthy() -> bytes:
    return simulated()


def bring(cast: Cast, content: bytes, name: str = "flight.ulg") -> FlightLog:
    log = keep_log(
        file=ContentFile(content), file_name=name, aircraft=cast.aircraft, uploaded_by=None
    )
    imported = import_log(log_id=log.pk, task_id="test")
    assert imported is not None
    return imported


def nothing_was_made() -> bool:
    made = (FlightSession, TelemetryPoint, FlightOverview, Analysis)
    return not any(model.objects.exists() for model in made)


def test_log_becomes_flight_rows_analysis_and_charts(in_alpha: Cast, healthy: bytes) -> None:
    log = bring(in_alpha, healthy)
    assert (log.state, log.format) == (LogState.IMPORTED, "ulog")
    session = log.session
    assert session is not None
    assert session.has_flight
    assert session.clock_source == FlightClock.GPS
    assert session.overview.row_count == TelemetryPoint.objects.filter(session=session).count()
    assert session.analyses.get(is_active=True).risk_level == "low"


def test_charts_hold_track_channels_and_findings(in_alpha: Cast) -> None:
    fault = Fault(FaultKind.MOTOR_LOSS, begins_s=55, severity=0.8)
    session = bring(in_alpha, simulated(fault)).session
    assert session is not None
    document = json.loads(gzip.decompress(bytes(session.overview.payload)))
    found = [str(finding.pk) for finding in session.analyses.get().findings.all()]
    assert [mark["id"] for mark in document["findings"]] == found
    assert len(document["track"]["latitude"]) == len(document["track"]["time_s"]) > 10
    names = {channel["name"] for group in document["groups"] for channel in group["channels"]}
    assert {"height_m", "roll_deg", "battery_voltage_v", "motor_rpm_1"} <= names


def test_second_import_of_a_finished_log_does_nothing(in_alpha: Cast, healthy: bytes) -> None:
    log = bring(in_alpha, healthy)
    assert import_log(log_id=log.pk, task_id="again") is None
    assert FlightSession.objects.count() == 1


def test_import_leaves_a_log_to_the_worker_that_took_it_over(
    in_alpha: Cast, healthy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_slowly(path: Path, *, name: str) -> FlightRecord:
        FlightLog.objects.update(claimed_by="another")
        return read_log(path, name=name)

    monkeypatch.setattr("aviation.telemetry.importing.read_log", read_slowly)
    log = bring(in_alpha, healthy)
    assert (log.state, log.claimed_by) == (LogState.IMPORTING, "another")
    assert nothing_was_made()


def test_failure_in_the_analysis_leaves_no_half_of_a_flight(
    in_alpha: Cast, healthy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no analysis today")

    monkeypatch.setattr("aviation.mlresults.services.assess", fail)
    with pytest.raises(RuntimeError, match="no analysis today"):
        bring(in_alpha, healthy)
    assert nothing_was_made()


BAD = {
    "not a log": (b"PK\x03\x04" + b"\x00" * 500, "flight.ulg"),
    "text without meaning": (b"hello\nworld\n", "flight.bin"),
    "only the magic": (b"ULog\x01\x12\x35\x01", "flight.ulg"),
    "no time": (b"altitude,roll\n1,2\n3,4\n", "flight.csv"),
    "header only": (b"time,altitude\n", "flight.csv"),
    "nothing but NaN": (b"time,altitude\n0,nan\n1,inf\n", "flight.csv"),
    "times beyond any clock": (b"time_s,altitude\n1e18,1\n2e18,2\n", "flight.csv"),
    "a clock of millennia": (b"time_s,altitude\n1e11,1\n100000000001,2\n", "flight.csv"),
}


@pytest.mark.parametrize(("content", "name"), BAD.values(), ids=BAD.keys())
def test_bad_file_is_told_in_words_and_kept(in_alpha: Cast, content: bytes, name: str) -> None:
    log = bring(in_alpha, content, name)
    assert log.state == LogState.FAILED
    assert log.error_code
    assert len(log.error_message) > 20
    assert nothing_was_made()
    with log.file.open("rb") as kept:
        assert kept.read() == content


@pytest.mark.parametrize("share", [0.001, 0.03, 0.35, 0.8, 0.999])
def test_truncated_log_is_kept_as_far_as_it_goes_or_refused(
    in_alpha: Cast, healthy: bytes, share: float
) -> None:
    log = bring(in_alpha, healthy[: int(len(healthy) * share)])
    assert log.state in {LogState.IMPORTED, LogState.FAILED}
    assert (log.session is None) == (log.state == LogState.FAILED)


def test_wrong_extension_does_not_matter(in_alpha: Cast, healthy: bytes) -> None:
    assert bring(in_alpha, healthy, "holiday.jpg").state == LogState.IMPORTED


def test_log_without_a_date_takes_the_day_of_upload_and_says_so(in_alpha: Cast) -> None:
    rows = b"".join(b"%d,%d\n" % (second, 100 + second) for second in range(60))
    session = bring(in_alpha, b"time_s,altitude_m\n" + rows, "flight.csv").session
    assert session is not None
    assert session.clock_source == FlightClock.UPLOAD
    assert "no date" in session.clock_note


@pytest.mark.parametrize(
    "header_and_rows",
    [
        b"time_s,altitude_m\n" + b"".join(b"%d,9\n" % (n * 2_600_000) for n in range(240)),
        b"time,altitude_m\n" + b"".join(b"20%02d-06-15 08:00:00Z,9\n" % y for y in range(6, 26)),
    ],
)
def test_log_of_many_years_makes_no_partitions(in_alpha: Cast, header_and_rows: bytes) -> None:
    log = bring(in_alpha, header_and_rows, "flight.csv")
    assert (log.state, log.error_code) == (LogState.FAILED, "impossible_times")
    assert nothing_was_made()


def test_report_counts_one_row_in_the_singular(in_alpha: Cast) -> None:
    log = bring(in_alpha, b"time_s,altitude_m\n1,9\n", "flight.csv")
    assert log.import_report[0]["text"] == "1 channel over 0.0 s; 1 row of history."


def test_real_logs_give_what_they_hold(in_alpha: Cast, sample_logs: Path) -> None:
    crash = bring(in_alpha, (sample_logs / "ardupilot" / "log171.bin").read_bytes(), "crash.bin")
    assert crash.session is not None
    begins = [round(f.start_s, 1) for f in crash.session.analyses.get().findings.all()]
    assert {11.7, 93.2, 229.0, 238.8, 241.9} <= set(begins)
    healthy = bring(in_alpha, (sample_logs / "px4" / "esc_status_log.ulg").read_bytes())
    assert healthy.session is not None
    assert not healthy.session.analyses.get().findings.serious().exists()
    ground = bring(in_alpha, (sample_logs / "px4" / "sample.ulg").read_bytes())
    assert ground.session is not None
    assert not ground.session.has_flight
