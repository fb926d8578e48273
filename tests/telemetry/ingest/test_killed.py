"""What is acknowledged is stored, whatever is killed or does not answer: real processes."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connections

from tests.conftest import Cast
from tests.isolation.pgbouncer import PgBouncer, start_pgbouncer
from tests.isolation.processes import url_of
from tests.telemetry.ingest.devices import Device, Web, running, sending, wait_for_more
from tests.telemetry.ingest.sending import asked, flight_path, make_key, now, start_flight

KILLS = int(os.environ.get("DBX_KILLS", "4"))
DEVICES = 4
PAUSE_S = 4.0


def make_devices(cast: Cast, web: Web) -> list[tuple[Device, str]]:
    found = []
    for _ in range(DEVICES):
        flight = start_flight(cast)
        found.append((Device(web.port, make_key(cast), flight_path(flight)), str(flight.pk)))
    return found


def assert_stored_once(cast: Cast, devices: list[tuple[Device, str]]) -> None:
    """Each acknowledged point is there, and no point is there twice."""
    for device, flight in devices:
        rows = asked(cast, "SELECT sequence FROM telemetry_point WHERE session_id = %s", flight)
        stored = [int(sequence) for (sequence,) in rows]
        assert len(stored) == len(set(stored))
        assert set(device.acknowledged) <= set(stored)
        assert len(set(stored) - set(device.acknowledged)) <= device.batch_points
        ((count,),) = asked(
            cast, "SELECT point_count FROM telemetry_streamedflight WHERE session_id = %s", flight
        )
        assert count == len(stored)


@pytest.mark.slow
def test_killed_web_process_loses_nothing_it_acknowledged(fresh_organization: Cast) -> None:
    """I10: SIGKILL at random points while four devices send; DBX_KILLS=50 for all 50."""
    chance = random.Random(10)
    with running(Web()) as web:
        devices = make_devices(fresh_organization, web)
        only = [device for device, _ in devices]
        with sending(only):
            for _ in range(KILLS):
                wait_for_more(only, 2)
                threading.Event().wait(chance.uniform(0, 0.5))
                web.kill()
                web.start()
            wait_for_more(only, 2)
    assert_stored_once(fresh_organization, devices)
    assert sum(each.statuses[0] for each in only) > 0, "No request met a dead process."
    assert all(set(each.statuses) <= {0, 200, 503} for each in only)


@contextmanager
def stopped(bouncer: PgBouncer) -> Iterator[None]:
    """The way to the database is there, and nothing comes along it."""
    (process,) = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if f"{bouncer.folder}/pgbouncer.ini" in _command(folder)
    ]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text()
    except OSError:
        return ""


def test_database_that_pauses_and_goes_away_loses_nothing(fresh_organization: Cast) -> None:
    """I8: the database stops for a while, goes away and comes back; the pause is scaled down."""
    since = now()
    server = connections["default"].settings_dict
    with start_pgbouncer(server, server_connections=8) as bouncer:
        socket = bouncer.folder / ".s.PGSQL.5432"  # the web process asks for the usual port
        socket.symlink_to(bouncer.folder / f".s.PGSQL.{bouncer.port}")
        way = server | {"HOST": str(bouncer.folder), "PORT": ""}
        with running(Web(DATABASE_URL=url_of(way), DATABASE_POOLED="1")) as web:
            devices = make_devices(fresh_organization, web)
            only = [device for device, _ in devices]
            with sending(only):
                wait_for_more(only, 5)
                with stopped(bouncer):
                    threading.Event().wait(PAUSE_S)
                wait_for_more(only, 5)
                socket.rename(socket.with_suffix(".away"))
                _end_connections_until_refused(fresh_organization, since, only)
                socket.with_suffix(".away").rename(socket)
                wait_for_more(only, 5)
            assert web.most_memory_mb() <= 256
    assert_stored_once(fresh_organization, devices)
    assert all(set(each.statuses) <= {0, 200, 503} for each in only), [e.statuses for e in only]
    assert sum(each.statuses[503] for each in only) > 0
    assert [each.unhurried for each in only] == [[]] * DEVICES


def _end_connections_until_refused(cast: Cast, since: datetime, devices: list[Device]) -> None:
    """As a server that is away does, to whoever comes. One that is idle when it happens survives
    it behind PgBouncer, and the web process may have nothing but such ones to work with.
    """
    before = [_refusals(each) for each in devices]
    pause = threading.Event()
    while any(_refusals(d) == count for d, count in zip(devices, before, strict=True)):
        _end_connections(cast, since)
        pause.wait(0.01)


def _refusals(device: Device) -> int:
    """Rightly or wrongly: which of the two is told at the end."""
    return sum(count for status, count in dict(device.statuses).items() if status >= 500)


def _end_connections(cast: Cast, since: datetime) -> None:
    """Connections from before belong to other tests."""
    asked(
        cast,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = current_user "
        "AND pid <> pg_backend_pid() AND backend_start > %s",
        since,
    )
