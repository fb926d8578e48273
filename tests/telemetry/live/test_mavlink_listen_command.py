"""``manage.py mavlink_listen``: what it takes, what it refuses, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from accounts.choices import Role
from aviation.common.errors import Conflict, NotFound, Rejected
from aviation.fleet.models import Aircraft
from aviation.telemetry.live.endpoints import Endpoint, open_socket, parse_endpoint
from aviation.telemetry.live.identities import find_identities
from aviation.telemetry.live.storing import find_actor
from aviation.telemetry.models import TelemetryPoint
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.e2e.stack import environment
from tests.telemetry.live.radio import Radio, Sender, heartbeat, position
from tests.telemetry.live.test_listening import free_port

PATIENCE_S = 60.0


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("udp:127.0.0.1:14550", "127.0.0.1", 14_550),
        ("udp:14551", "127.0.0.1", 14_551),
        ("udp::14551", "127.0.0.1", 14_551),
        ("udp:localhost:14550", "127.0.0.1", 14_550),
        ("udpin:0.0.0.0:14550", "0.0.0.0", 14_550),
        ("udp:[::1]:14550", "::1", 14_550),
    ],
)
def test_endpoint_is_read(text: str, host: str, port: int) -> None:
    assert parse_endpoint(text) == Endpoint(host, port)


@pytest.mark.parametrize(
    "text", ["", "14550", "tcp:127.0.0.1:5760", "udp:127.0.0.1", "udp:0", "udp:70000", "udp:a.b:1"]
)
def test_endpoint_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        parse_endpoint(text)


def test_only_this_machine_is_heard_unless_an_address_is_named() -> None:
    assert parse_endpoint("udp:14550").is_loopback
    assert not parse_endpoint("udp:0.0.0.0:14550").is_loopback
    assert not parse_endpoint("udp:[::]:14550").is_loopback


def test_port_that_is_taken_is_told() -> None:
    endpoint = Endpoint("127.0.0.1", free_port())
    with open_socket(endpoint), pytest.raises(Conflict, match="Cannot listen"):
        open_socket(endpoint)


def test_aircraft_are_known_by_option_before_specification(in_alpha: Cast) -> None:
    for name, number in (("SPEC-5", 5), ("SPEC-6", 6), ("TEXT-7", "7")):
        Aircraft.objects.create(registration=name, specifications={"mavlink_system_id": number})
    found = find_identities(["5=alpha-1"])
    assert {n: each.registration for n, each in found.aircraft.items()} == {
        5: "ALPHA-1",
        6: "SPEC-6",
    }


def test_number_that_two_aircraft_claim_stands_for_neither(in_alpha: Cast) -> None:
    for name in ("TWIN-1", "TWIN-2"):
        Aircraft.objects.create(registration=name, specifications={"mavlink_system_id": 9})
    found = find_identities([])
    assert found.aircraft == {}
    assert found.shared == {9: ["TWIN-1", "TWIN-2"]}


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        (["ALPHA-1"], Rejected),
        (["x=ALPHA-1"], Rejected),
        (["0=ALPHA-1"], Rejected),
        (["256=ALPHA-1"], Rejected),
        (["1="], Rejected),
        (["1=ALPHA-1", "1=ALPHA-1"], Rejected),
        (["1=BRAVO-1"], NotFound),
    ],
)
def test_aircraft_option_that_names_none_is_refused(
    pairs: list[str], error: type[Exception], in_alpha: Cast
) -> None:
    with pytest.raises(error):
        find_identities(pairs)


def test_it_acts_as_the_first_administrator_or_the_member_named(alpha: Cast) -> None:
    organization = alpha.organization
    assert find_actor(organization, "") == alpha.members[Role.ADMIN]
    assert find_actor(organization, "User@alpha.example.org") == alpha.members[Role.USER]


def options(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"organization": cast.organization.slug, "aircraft": [], "email": ""} | changes


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("readonly@alpha.example.org", "may not bring telemetry"),
        ("admin@bravo.example.org", "no member"),
    ],
)
def test_member_who_may_not_bring_telemetry_is_refused(
    email: str, words: str, alpha: Cast, bravo: Cast
) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("mavlink_listen", f"udp:{free_port()}", **options(alpha, email=email))


def test_unknown_organization_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no organization"):
        call_command("mavlink_listen", f"udp:{free_port()}", organization="nowhere")


def start(cast: Cast, host: str, port: int, log: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "manage.py",
        "mavlink_listen",
        f"udp:{host}:{port}",
        f"--organization={cast.organization.slug}",
        f"--aircraft=1={cast.aircraft.registration}",
        "--json",
    ]
    database = settings.DATABASES["default"]["NAME"]
    env = environment(database, log.parent, log.parent, 0)
    with log.open("w") as output:
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=output, text=True)


def wait_for(log: Path, words: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while words not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        os.sched_yield()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_by_a_signal_it_stores_what_it_holds_and_sums_up(
    number: signal.Signals, fresh_organization: Cast, tmp_path: Path
) -> None:
    cast, port, log = fresh_organization, free_port(), tmp_path / "listen.log"
    process = start(cast, "127.0.0.1", port, log)
    try:
        wait_for(log, "Listening on", process)
        radio, sender = Radio(1), Sender(port)
        sender.send(*radio.frames(heartbeat(), *(position(30 + i / 5) for i in range(20))))
        radio.skip(3)
        sender.send(radio.frame(position(34.0)), Radio(9).frame(heartbeat()))
        sender.socket.close()
        wait_for(log, "System 9", process)
        process.send_signal(number)
        output, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 0, log.read_text()
    summary = json.loads(output)
    (heard,) = summary["aircraft"]
    assert (heard["messages"], heard["lost"], heard["rows_stored"]) == (22, 3, 21)
    assert (summary["unknown_systems"], summary["rows_given_up"]) == ({"9": 1}, 0)
    with tenant_context(cast.organization), transaction.atomic():
        assert TelemetryPoint.objects.count() == 21
    assert "Warning" not in log.read_text()


def test_address_that_others_reach_is_warned_about(
    fresh_organization: Cast, tmp_path: Path
) -> None:
    log = tmp_path / "listen.log"
    process = start(fresh_organization, "0.0.0.0", free_port(), log)
    try:
        wait_for(log, "MAVLink has no sign-in", process)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
