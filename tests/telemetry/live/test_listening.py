"""From a datagram on the loopback to a row in the store, for several vehicles at once."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pymavlink.dialects.v20 import ardupilotmega as dialect

from accounts.choices import Role
from accounts.models import Membership
from aviation.audit.models import AuditEvent
from aviation.common.errors import NotAllowed, NotFound
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.live.endpoints import Endpoint, open_socket
from aviation.telemetry.live.identities import Identities, find_identities
from aviation.telemetry.live.listener import Listener
from aviation.telemetry.live.outbox import Outbox, StoreAway, Unstorable
from aviation.telemetry.live.receiving import hand_on, listen, receive
from aviation.telemetry.live.storing import Store
from aviation.telemetry.models import StreamedFlight, TelemetryPoint
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from tests.conftest import Cast
from tests.telemetry.live.radio import (
    Radio,
    Sender,
    Time,
    attitude,
    heartbeat,
    position,
    receiver,
    supply,
    system_time,
)


@dataclass
class Station:
    """A listener at a socket of its own; ``hear`` takes in what waits there."""

    cast: Cast
    socket: socket.socket
    sender: Sender
    time: Time
    identities: Identities
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = Listener(self.identities, self.said.append)
        self.store = Store(self.cast.organization, self.cast.members[Role.USER])

    def hear(self, *datagrams: bytes) -> None:
        self.sender.send(*datagrams)
        receive(self.socket, self.listener, self.time)

    def keep(self) -> Any:
        """Store what has come so far; what the door answered."""
        self.listener.close_rows()
        rows = self.listener.take_rows()
        assert rows is not None
        return self.store(rows)

    def points(self, registration: str) -> list[TelemetryPoint]:
        with tenant_context(self.cast.organization), transaction.atomic():
            found = TelemetryPoint.objects.filter(session__aircraft__registration=registration)
            return list(found.order_by("timestamp"))


@pytest.fixture
def station(fresh_organization: Cast) -> Iterator[Station]:
    cast = fresh_organization
    with tenant_context(cast.organization), transaction.atomic():
        Aircraft.objects.create(
            registration="SECOND",
            aircraft_type="multirotor",
            specifications={"mavlink_system_id": 2},
        )
        identities = find_identities([f"1={cast.aircraft.registration}"])
    with open_socket(Endpoint("127.0.0.1", free_port())) as opened:
        sender = Sender(opened.getsockname()[1])
        yield Station(cast, opened, sender, Time(time.time() - 20), identities)
        sender.socket.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fly(station: Station, radios: list[Radio], seconds: float, boot_s: float = 30.0) -> None:
    """Each radio sends its heartbeat once a second and its position and attitude at 10 Hz."""
    for step in range(round(seconds * 10)):
        at_s = boot_s + step / 10
        for number, radio in enumerate(radios):
            if step % 10 == 0:
                station.hear(*radio.frames(heartbeat(), supply(voltage_mv=22_000 + number)))
            place = position(at_s, 46.5 + number, 8.0 + step * 1e-5)
            station.hear(*radio.frames(place, attitude(at_s)))
        station.time.advance(0.1)
        station.listener.check(station.time())


def test_values_of_two_vehicles_arrive_with_their_units_on_their_own_flights(
    station: Station,
) -> None:
    one = station.cast.aircraft.registration
    fly(station, [Radio(1), Radio(2)], seconds=2.0)
    answer = station.keep()
    assert (answer["accepted"], answer["rejected"], len(answer["flights"])) == (20, 0, 2)
    for number, name in enumerate((one, "SECOND")):
        points = station.points(name)
        assert len(points) == 10
        first = points[0]
        assert first.latitude == pytest.approx(46.5 + number)
        assert (first.altitude_m, first.height_m) == (1_450.5, 100.25)
        assert (first.ground_speed_ms, first.vertical_speed_ms) == (5.0, 1.5)
        assert (first.roll_deg, first.pitch_deg, first.yaw_deg) == pytest.approx((10, -5, -90))
        (second,) = (point for point in points if point.battery_voltage_v is not None)
        assert second.battery_voltage_v == pytest.approx(22.0 + number / 1_000)
        assert second.battery_percentage == 81
        assert second.extras["is_armed"] == 1
        assert [point.sequence for point in points] == list(range(10))


def test_flight_opens_for_each_aircraft_and_goes_on(station: Station) -> None:
    radios = [Radio(1), Radio(2)]
    fly(station, radios, seconds=1.0)
    station.keep()
    fly(station, radios, seconds=1.0, boot_s=31.0)
    station.keep()
    with tenant_context(station.cast.organization), transaction.atomic():
        flights = list(FlightSession.objects.all())
        streams = list(StreamedFlight.objects.select_related("aircraft"))
    assert [flight.state for flight in flights] == [FlightState.IN_PROGRESS] * 2
    assert {s.aircraft.registration for s in streams} == {
        station.cast.aircraft.registration,
        "SECOND",
    }
    assert [stream.point_count for stream in streams] == [10, 10]
    assert [stream.yaw_deg for stream in streams] == pytest.approx([-90, -90])
    assert {round(stream.latitude) for stream in streams} == {46, 48}


def test_flight_is_opened_in_the_name_of_the_member_it_acts_as(station: Station) -> None:
    fly(station, [Radio(2)], seconds=1.0)
    (flight,) = station.keep()["flights"]
    with tenant_context(station.cast.organization), transaction.atomic():
        event = AuditEvent.objects.of_object("flight", flight).first()
    assert event is not None
    assert event.actor_id == station.cast.members[Role.USER].user_id
    assert event.org_id == station.cast.organization.pk


def test_second_listener_numbers_on_from_the_first(station: Station) -> None:
    radio = Radio(2)
    fly(station, [radio], seconds=1.0)
    station.keep()
    station.__post_init__()
    fly(station, [radio], seconds=1.0, boot_s=31.0)
    station.keep()
    assert [point.sequence for point in station.points("SECOND")] == list(range(10))


def test_lost_messages_are_counted_by_vehicle(station: Station) -> None:
    radios = [Radio(1), Radio(2)]
    for step in range(300):
        radios[0].skip(2 if step % 7 == 3 else 0)
        radios[1].skip(5 if step == 200 else 0)
        for radio in radios:
            station.hear(radio.frame(attitude(30 + step / 20)))
        station.time.advance(0.05)
    first, second = (station.listener.vehicles[system] for system in (1, 2))
    assert (first.received, first.lost) == (300, 2 * len(range(3, 300, 7)))
    assert (second.received, second.lost) == (300, 5)


def test_gap_in_heartbeats_is_told_once_and_measured(station: Station) -> None:
    radio = Radio(2)
    fly(station, [radio], seconds=3.0)
    for _ in range(60):
        station.time.advance(0.1)
        station.listener.check(station.time())
    fly(station, [radio], seconds=2.0, boot_s=39.0)
    heartbeats = station.listener.vehicles[2].heartbeats
    assert (heartbeats.gaps, heartbeats.longest_gap_s) == (1, pytest.approx(7.0, abs=0.2))
    told = [line for line in station.said if "heartbeat" in line]
    assert told == ["SECOND: no heartbeat any more.", "SECOND: heartbeat is back after 7.0 s."]


def test_garbage_and_foreign_datagrams_do_not_stop_it(station: Station) -> None:
    radio = Radio(2)
    frames = radio.frames(heartbeat(), position(30.0), attitude(30.1), position(30.4))
    station.hear(
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(1_200),
        frames[0],
        b"\xfd\xff\x00" + frames[1] + b"\xfe\xfe" + frames[2],
        b"\x00" * 3_000,
        frames[3],
    )
    vehicle = station.listener.vehicles[2]
    assert (vehicle.received, vehicle.lost) == (4, 0)
    assert station.listener.foreign_datagrams >= 3
    assert station.listener.damaged_bytes > 3_000
    assert station.keep()["accepted"] == 2


def test_unknown_system_is_told_once_counted_and_never_stored(station: Station) -> None:
    stranger = Radio(77)
    station.hear(*stranger.frames(*(position(30 + i / 10) for i in range(40))))
    station.hear(Radio(255).frame(heartbeat(kind=dialect.MAV_TYPE_GCS)))
    assert station.listener.unknown == {77: 40, 255: 1}
    assert station.listener.take_rows() is None
    assert [line.split(";")[0] for line in station.said if "77" in line] == [
        "System 77 is no known aircraft"
    ]
    assert any("255 is a ground station" in line for line in station.said)


def test_second_sender_under_the_same_number_is_not_mixed_in(station: Station) -> None:
    radio, other = Radio(2), Radio(2)
    station.hear(*radio.frames(heartbeat(), position(30.0)))
    elsewhere = Sender(station.sender.port)
    elsewhere.send(*other.frames(heartbeat(), position(99.0, 10.0, 10.0)))
    receive(station.socket, station.listener, station.time)
    elsewhere.socket.close()
    station.hear(radio.frame(position(30.4)))
    vehicle = station.listener.vehicles[2]
    assert (vehicle.received, vehicle.lost, vehicle.elsewhere) == (3, 0, 2)
    assert sum("sends as system 2 too" in line for line in station.said) == 1
    station.keep()
    assert {point.latitude for point in station.points("SECOND")} == {46.5}


def test_values_of_cameras_and_companions_are_not_taken_for_the_aircraft(station: Station) -> None:
    station.hear(Radio(2).frame(position(30.0)), Radio(2, component=154).frame(attitude(30.0)))
    station.keep()
    (point,) = station.points("SECOND")
    assert (point.latitude, point.roll_deg) == (46.5, None)


def test_points_carry_the_time_the_vehicle_knows_from_satellites(station: Station) -> None:
    boot_at_s = station.time.utc_s - 45.0
    radio = Radio(2)
    station.hear(*radio.frames(system_time(30.0, boot_at_s + 30.0), position(31.0)))
    station.keep()
    (point,) = station.points("SECOND")
    assert point.timestamp.timestamp() == pytest.approx(boot_at_s + 31.0, abs=1e-3)


def test_restart_of_the_autopilot_is_noticed_and_loses_no_row(station: Station) -> None:
    before, after = Radio(2), Radio(2)
    station.hear(*before.frames(heartbeat(), position(500.0), position(500.4)))
    station.time.advance(12.0)
    station.hear(*after.frames(heartbeat(), position(2.0), position(2.4)))
    vehicle = station.listener.vehicles[2]
    assert (vehicle.clock.restarts, vehicle.lost) == (1, 0)
    station.keep()
    moments = [point.timestamp.timestamp() for point in station.points("SECOND")]
    assert len(moments) == 4
    assert moments[2] - moments[1] == pytest.approx(11.6, abs=0.01)


def test_refused_row_is_counted_for_its_aircraft(station: Station) -> None:
    radio = Radio(2)
    wrong = position(30.0)
    wrong.alt = 2_000_000_000  # 2,000 km
    station.hear(*radio.frames(wrong, position(30.4), receiver()))
    outbox = Outbox(station.store, station.said.append)
    outbox.start()
    station.listener.close_rows()
    hand_on(station.listener, outbox)
    outbox.close(patience_s=10)
    key = station.listener.vehicles[2].aircraft_id
    assert (outbox.stored[key], outbox.refused[key], outbox.given_up) == (1, 1, 0)
    assert any("altitude_m" in line for line in station.said)


def test_rows_wait_while_the_database_is_away_and_are_stored_afterwards(station: Station) -> None:
    """I8: nothing that came is lost while it fits."""
    is_away = threading.Event()
    is_away.set()
    tried = threading.Event()

    def store(rows: pa.Table) -> Any:
        if is_away.is_set():
            tried.set()
            with breaking_database():
                return station.store(rows)
        return station.store(rows)

    outbox = Outbox(store, station.said.append, first_pause_s=0.01)
    stop = threading.Event()
    listening = threading.Thread(
        target=listen, args=(station.socket, station.listener, outbox, stop)
    )
    listening.start()
    radio = Radio(2)
    station.sender.send(*radio.frames(*(position(30 + i / 5) for i in range(50))))
    assert tried.wait(20)
    is_away.clear()
    stop.set()
    listening.join(30)
    assert not listening.is_alive()
    assert len(station.points("SECOND")) == 50
    assert any("Nothing can be stored just now" in line for line in station.said)
    assert any("Storing goes on" in line for line in station.said)


def test_connection_that_the_server_ended_is_replaced(station: Station) -> None:
    radio = Radio(2)
    fly(station, [radio], seconds=1.0)
    station.keep()
    fly(station, [radio], seconds=1.0, boot_s=31.0)
    station.listener.close_rows()
    rows = station.listener.take_rows()
    end_connection()
    with pytest.raises(StoreAway):
        station.store(rows)
    assert station.store(rows)["accepted"] == 5
    assert len(station.points("SECOND")) == 10


def end_connection() -> None:
    """As the server does when it is stopped; returns when it is done."""
    mine = connection.connection.info
    with psycopg.connect(mine.dsn, password=mine.password) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [mine.backend_pid])


def test_rows_sent_twice_are_stored_once(station: Station) -> None:
    fly(station, [Radio(2)], seconds=2.0)
    station.listener.close_rows()
    rows = station.listener.take_rows()
    answers = [station.store(rows) for _ in range(2)]
    assert [(each["accepted"], each["duplicate"]) for each in answers] == [(10, 0), (0, 10)]


@pytest.mark.parametrize("what", ["member", "organization"])
def test_listening_ends_when_the_member_or_the_organization_does(
    what: str, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = station.cast
    monkeypatch.setattr("aviation.telemetry.live.storing.ASK_AGAIN_S", 0.0)
    with platform_context(), transaction.atomic():
        if what == "member":
            member = cast.members[Role.USER]
            Membership.objects.filter(pk=member.pk).update(ended_at=timezone.now())
        else:
            Organization.objects.filter(pk=cast.organization.pk).update(status="suspended")
    outbox = Outbox(station.store, station.said.append)
    fly(station, [Radio(2)], seconds=1.0)
    listen(station.socket, station.listener, outbox, threading.Event())
    assert isinstance(outbox.ended_by, NotAllowed | NotFound)
    assert outbox.given_up == 5


class breaking_database:  # noqa: N801 - reads as a phrase
    """Every transaction fails as if the server were gone."""

    def __enter__(self) -> None:
        self.patch = pytest.MonkeyPatch()

        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise OperationalError("the connection is closed")

        self.patch.setattr("aviation.telemetry.live.storing.ingest", refuse)

    def __exit__(self, *args: object) -> None:
        self.patch.undo()


def rows(count: int, first: int = 0) -> pa.Table:
    return pa.table({"aircraft": ["a"] * count, "n": list(range(first, first + count))})


def answer_all(batch: pa.Table) -> dict[str, Any]:
    return {"rejections": []}


def test_oldest_rows_are_let_go_when_too_many_wait() -> None:
    said: list[str] = []
    kept: list[int] = []
    is_away = threading.Event()
    is_away.set()

    def store(batch: pa.Table) -> dict[str, Any]:
        if is_away.is_set():
            raise StoreAway("The database does not answer.")
        kept.extend(batch["n"].to_pylist())
        return answer_all(batch)

    outbox = Outbox(store, said.append, most_rows=100, first_pause_s=0.01)
    for start in range(0, 400, 10):
        outbox.put(rows(10, start))
    assert outbox.waiting_rows == 100
    outbox.start()
    is_away.clear()
    outbox.close(patience_s=10)
    assert kept == list(range(300, 400))
    assert outbox.given_up == 300
    assert said.count("Rows are let go: too many are waiting.") == 1


def test_rows_that_cannot_be_stored_before_the_end_are_told(fresh_organization: Cast) -> None:
    def store(batch: pa.Table) -> dict[str, Any]:
        raise StoreAway("The database does not answer.")

    said: list[str] = []
    outbox = Outbox(store, said.append, first_pause_s=0.01)
    outbox.put(rows(30))
    outbox.start()
    outbox.close(patience_s=0.1)
    assert (outbox.given_up, outbox.waiting_rows) == (30, 0)


def test_fault_of_ours_ends_listening_and_is_no_success(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def store(batch: pa.Table) -> dict[str, Any]:
        raise KeyError("a mistake")

    outbox = Outbox(store, station.said.append)
    outbox.put(rows(3))
    listen(station.socket, station.listener, outbox, threading.Event())
    assert outbox.given_up == 3
    assert [each.exc_type for each in told] == [KeyError]


def test_database_that_hangs_does_not_keep_the_end_waiting() -> None:
    answered = threading.Event()

    def store(batch: pa.Table) -> dict[str, Any]:
        answered.wait(60)
        return answer_all(batch)

    outbox = Outbox(store, lambda line: None)
    outbox.start()
    outbox.put(rows(30))
    began = time.monotonic()
    outbox.close(patience_s=0.1)
    assert time.monotonic() - began < 10
    assert outbox.given_up == 30
    answered.set()


def test_batch_the_store_will_never_have_does_not_hold_up_the_next() -> None:
    kept: list[int] = []

    def store(batch: pa.Table) -> dict[str, Any]:
        if 0 in batch["n"].to_pylist():
            raise Unstorable("the database refused them")
        kept.extend(batch["n"].to_pylist())
        return answer_all(batch)

    outbox = Outbox(store, lambda line: None)
    outbox.put(rows(600))
    outbox.put(rows(600, first=600))
    outbox.start()
    outbox.close(patience_s=10)
    assert kept == list(range(600, 1_200))
    assert outbox.given_up == 600
