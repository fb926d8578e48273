"""A flight's rows leave as a file that is made while it is sent."""

from __future__ import annotations

import csv
import gc
import io
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Membership
from aviation.common.errors import NotFound
from aviation.flights.models import FlightSession
from aviation.telemetry.formats import read_log
from aviation.telemetry.reading import export_batches
from aviation.telemetry.reading.export_batches import Wanted, csv_batches
from aviation.telemetry.reading.export_formats import ExportFile, encoded
from aviation.telemetry.reading.exporting import export_name
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import BOOT, another_aircraft, as_stored, fly, stream

ROWS = 2_500


def columns(rows: int = ROWS) -> dict[str, Any]:
    random = np.random.default_rng(4)
    gappy = 20 + random.normal(size=rows)
    gappy[1::2] = np.nan
    return {
        "time_s": np.arange(rows) / 10,
        "latitude": 47 + random.normal(size=rows) / 1_000,
        "longitude": -8 + random.normal(size=rows) / 1_000,
        "roll_deg": random.normal(size=rows) * 20,
        "battery_voltage_v": gappy,
        "gps_satellites": random.integers(6, 20, rows).astype(float),
        "motor_rpm_1": 5_000 + random.normal(size=rows),
        "ekf_velocity_ratio": np.abs(random.normal(size=rows)),
    }


NAMES = [name for name in columns(3) if name != "time_s"]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a file is made of several."""
    monkeypatch.setattr(export_batches, "BATCH_ROWS", 1_000)


@pytest.fixture
def flight(alpha: Cast, small_batches: None) -> FlightSession:
    with tenant_context(alpha.organization):
        return fly(alpha, columns())


def fetch(client: Client, flight: FlightSession, **query: Any) -> Any:
    return client.get(f"/api/v1/flights/{flight.pk}/telemetry/export/", query)


def content(client: Client, flight: FlightSession, **query: Any) -> bytes:
    response = fetch(client, flight, **query)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def table(kind: str, body: bytes) -> pa.Table:
    if kind == "parquet":
        return pq.read_table(io.BytesIO(body))
    return pa.ipc.open_stream(body).read_all()


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_values_come_out_as_they_are_stored(
    viewer: Client, flight: FlightSession, kind: str
) -> None:
    rows = table(kind, content(viewer, flight, file=kind))
    given = columns()
    assert rows.num_rows == ROWS
    assert set(rows.column_names) == {"timestamp", *NAMES}
    for name in NAMES:
        found = rows[name].to_numpy().astype(np.float64)
        np.testing.assert_array_equal(found, as_stored(name, given[name]), err_msg=name)
    moments = rows["timestamp"].to_pylist()
    assert moments[0] == BOOT
    assert moments[-1] == BOOT + timedelta(seconds=(ROWS - 1) / 10)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_fields_tell_their_units(viewer: Client, flight: FlightSession, kind: str) -> None:
    schema = table(kind, content(viewer, flight, file=kind)).schema
    assert schema.field("roll_deg").metadata[b"unit"].decode() == "°"
    assert schema.field("battery_voltage_v").metadata[b"unit"] == b"V"
    assert schema.metadata[b"boot_at"].decode() == BOOT.isoformat()


def test_parquet_is_packed_with_zstd(viewer: Client, flight: FlightSession) -> None:
    file = pq.ParquetFile(io.BytesIO(content(viewer, flight, file="parquet")))
    assert file.metadata.row_group(0).column(1).compression == "ZSTD"


def test_csv_is_the_usual_file(viewer: Client, flight: FlightSession) -> None:
    lines = list(csv.DictReader(content(viewer, flight).decode().splitlines()))
    given = columns()
    assert len(lines) == ROWS
    assert lines[1]["timestamp"] == "2026-05-04T09:30:00.100000Z"
    assert float(lines[7]["latitude_deg"]) == given["latitude"][7]
    assert lines[1]["battery_voltage_v"] == ""


def test_every_csv_cell_is_a_number_or_a_moment(viewer: Client, flight: FlightSession) -> None:
    """A spreadsheet takes what begins with =, +, - or @ for a formula, unless it is a number."""
    header, *lines = content(viewer, flight).decode().splitlines()
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in header.split(","))
    moment, number = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", r"(-?\d[\d.e-]*)?"
    row = re.compile(f"{moment}(,{number})*")
    assert all(row.fullmatch(line) for line in lines)


def test_text_in_the_table_does_not_reach_a_cell(viewer: Client, alpha: Cast) -> None:
    """Somebody with the database's password may put text where numbers belong."""
    with tenant_context(alpha.organization):
        flight = fly(alpha, {"time_s": [0.0], "throttle_percentage": [5.0]})
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE telemetry_point SET extras = '{"throttle_percentage": "=1+1"}'"""
            )
    response = fetch(viewer, flight)
    with transaction.atomic(), pytest.raises(Exception, match="invalid input syntax"):
        b"".join(response.streaming_content)


def test_csv_can_be_brought_back_as_a_log(
    viewer: Client, flight: FlightSession, tmp_path: Path
) -> None:
    path = tmp_path / "again.csv"
    path.write_bytes(content(viewer, flight))
    record = read_log(path, name="again.csv")
    assert record.boot_at is not None
    assert abs((record.boot_at + timedelta(seconds=record.start_s)) - BOOT) < timedelta(seconds=1)
    assert set(record.series) == set(NAMES)
    found = record.series["roll_deg"].values.astype(np.float32)
    np.testing.assert_array_equal(found, columns()["roll_deg"].astype(np.float32))


def test_arrow_can_be_posted_again(alpha: Cast, flight: FlightSession, viewer: Client) -> None:
    """What comes out has the names and types that the ingest takes."""
    from aviation.telemetry.ingest.arrow_body import read_arrow

    batch = read_arrow(content(viewer, flight, file="arrow"))
    assert (batch.points.num_rows, batch.refused) == (ROWS, [])


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("parquet", "application/vnd.apache.parquet"),
        ("arrow", "application/vnd.apache.arrow.stream"),
    ],
)
def test_file_is_a_download_with_a_name(
    viewer: Client, flight: FlightSession, kind: str, content_type: str
) -> None:
    response = fetch(viewer, flight, file=kind)
    assert response.headers["Content-Type"] == content_type
    name = f'attachment; filename="ALPHA-1_20260504T093000Z.{kind}"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["Cache-Control"] == "private, no-store"


def test_asking_for_the_headers_reads_no_row(viewer: Client, flight: FlightSession) -> None:
    response = viewer.head(f"/api/v1/flights/{flight.pk}/telemetry/export/")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(response.streaming_content) == b""


def test_name_holds_nothing_a_file_system_or_header_stumbles_over(in_alpha: Cast) -> None:
    aircraft = another_aircraft('../D-É"X\r\nA: b')
    flight = FlightSession(aircraft=aircraft, started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert export_name(flight, ExportFile.CSV) == "D-X-A-b_20260102T030405Z.csv"


def test_stretch_and_channels_are_those_asked_for(viewer: Client, flight: FlightSession) -> None:
    body = content(viewer, flight, channels="roll_deg", start_s="99.9", end_s="200.1").decode()
    header, *lines = body.splitlines()
    assert header == "timestamp,roll_deg"
    assert len(lines) == 1_003
    assert lines[0].startswith("2026-05-04T09:31:39.900000Z,")


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("rows", [0, 1, 999, 1_000, 1_001])
def test_no_row_is_lost_or_doubled_between_batches(
    viewer: Client, alpha: Cast, small_batches: None, kind: str, rows: int
) -> None:
    with tenant_context(alpha.organization):
        given = {"time_s": np.arange(rows) / 10, "roll_deg": np.arange(rows) / 100}
        flight = fly(alpha, given)
    body = content(viewer, flight, file=kind)
    count = body.count(b"\n") - 1 if kind == "csv" else table(kind, body).num_rows
    assert count == rows


def test_flight_in_the_air_is_exported_as_far_as_it_has_come(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        sent = {"time_s": [0.0, 1.0], "roll_deg": [1.0, 3.0]}
        flight = stream(alpha, sent, boot_at=BOOT).session
    assert content(viewer, flight).decode().splitlines() == [
        "timestamp,roll_deg",
        "2026-05-04T09:30:00.000000Z,1",
        "2026-05-04T09:30:01.000000Z,3",
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"file": "xlsx"}, 400), ({"channels": "warp"}, 422), ({"start_s": "2", "end_s": "1"}, 422)],
    ids=str,
)
def test_bad_question_is_refused_before_a_byte_is_sent(
    viewer: Client, flight: FlightSession, query: dict[str, str], status: int
) -> None:
    assert fetch(viewer, flight, **query).status_code == status


def test_flight_of_another_organization_does_not_exist(
    outsider: Client, flight: FlightSession
) -> None:
    assert fetch(outsider, flight).status_code == 404


def test_pilot_gets_own_flights_only(
    alpha: Cast, flight: FlightSession, sign_in: Callable[[Membership], Client]
) -> None:
    assert fetch(sign_in(alpha.members["pilot"]), flight).status_code == 404


# -- between two batches


def wanted(cast: Cast, flight: FlightSession) -> Wanted:
    span = (BOOT - timedelta(days=1), BOOT + timedelta(days=1))
    return Wanted(flight, ("roll_deg",), span, cast.members["pilot"])


@pytest.mark.parametrize("reason", ["deleted", "given to another pilot", "left"])
def test_export_breaks_off_when_the_flight_is_out_of_sight(
    alpha: Cast, small_batches: None, reason: str
) -> None:
    member = alpha.members["pilot"]
    with tenant_context(alpha.organization):
        flight = fly(alpha, columns(), pilot=member)
    batches = csv_batches(wanted(alpha, flight))
    next(batches)
    with tenant_context(alpha.organization):
        if reason == "deleted":
            FlightSession.objects.filter(pk=flight.pk).delete()
        elif reason == "left":
            member.ended_at = BOOT
        else:
            FlightSession.objects.filter(pk=flight.pk).update(pilot=alpha.members["manager"])
    try:
        with pytest.raises(NotFound):
            next(batches)
    finally:
        member.ended_at = None


@pytest.mark.parametrize("kind", list(ExportFile))
def test_file_that_broke_off_does_not_pass_for_whole(
    alpha: Cast, small_batches: None, kind: ExportFile
) -> None:
    with tenant_context(alpha.organization):
        flight = fly(alpha, columns(), pilot=alpha.members["pilot"])
    parts = encoded(kind, flight, ("roll_deg",), csv_batches(wanted(alpha, flight)))
    sent = [next(parts), next(parts)]
    with tenant_context(alpha.organization):
        FlightSession.objects.filter(pk=flight.pk).delete()
    with pytest.raises(NotFound):
        sent.extend(parts)
    body = b"".join(sent)
    if kind == ExportFile.CSV:
        assert body.decode().splitlines()[-1] == "This export broke off and is not complete."
    else:
        with pytest.raises((pa.ArrowInvalid, OSError)):
            table(kind, body)


@pytest.mark.parametrize("kind", list(ExportFile))
def test_memory_does_not_grow_with_the_rows(in_alpha: Cast, kind: ExportFile) -> None:
    """What a file of three batches needs at its peak, one of fifteen needs as well."""
    few, many = (peak_bytes(in_alpha, kind, rows) for rows in (30_000, 150_000))
    assert many < few * 1.25


def peak_bytes(cast: Cast, kind: ExportFile, rows: int) -> int:
    """The most that Python and Arrow held while the file was made."""
    flight = fly(cast, columns(rows), boot_at=BOOT + timedelta(seconds=rows))
    assert flight.boot_at is not None
    span = (flight.boot_at, flight.boot_at + timedelta(days=2))
    asked = Wanted(flight, tuple(NAMES), span, cast.members["manager"])
    gc.collect()
    before, in_arrow, sent = pa.total_allocated_bytes(), 0, 0
    tracemalloc.start()
    for part in encoded(kind, flight, NAMES, csv_batches(asked)):
        in_arrow = max(in_arrow, pa.total_allocated_bytes() - before)
        sent += len(part)
    in_python = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > rows * 20
    return in_python + in_arrow
