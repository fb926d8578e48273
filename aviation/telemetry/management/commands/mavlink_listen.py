"""``manage.py mavlink_listen udp:127.0.0.1:14550 --organization alpine --aircraft 1=D-EABC``"""

from __future__ import annotations

import json
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from accounts.models import Membership
from aviation.common.commands import DomainCommand
from aviation.common.errors import DomainError
from aviation.telemetry.live.endpoints import Endpoint, open_socket, parse_endpoint
from aviation.telemetry.live.identities import SPECIFICATION, Identities, find_identities
from aviation.telemetry.live.listener import Listener
from aviation.telemetry.live.outbox import Outbox
from aviation.telemetry.live.receiving import listen
from aviation.telemetry.live.storing import Store, find_actor
from aviation.telemetry.live.vehicle import Vehicle
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import find_active, find_organization
from aviation.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one vehicle's messages."""

    system: int
    aircraft: str
    messages: int
    lost: int
    heartbeat_gaps: int
    longest_gap_s: float
    restarts: int
    rows_stored: int
    rows_refused: int


class Command(DomainCommand):
    help = "Listen to MAVLink aircraft and store what they send, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "endpoint",
            nargs="?",
            default="udp:127.0.0.1:14550",
            help="udp:PORT or udp:ADDRESS:PORT; without an address, this machine alone is heard",
        )
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--aircraft",
            action="append",
            default=[],
            metavar="SYSTEM=REGISTRATION",
            help=f"may be repeated; else an aircraft's specification {SPECIFICATION} counts",
        )
        parser.add_argument(
            "--as",
            dest="email",
            default="",
            metavar="EMAIL",
            help="the member to act as; else the first administrator",
        )
        parser.add_argument("--json", action="store_true", help="the summary, for programs")

    def run(self, **options: Any) -> None:
        endpoint = parse_endpoint(options["endpoint"])
        organization = find_active(find_organization(options["organization"]).pk)
        actor = find_actor(organization, options["email"])
        with tenant_context(organization), transaction.atomic():
            identities = find_identities(options["aircraft"])
        listener = Listener(identities, self._say)
        outbox = Outbox(Store(organization, actor), self._say)
        with open_socket(endpoint) as opened, _stopped_by_signal() as stop:
            self._greet(endpoint, organization, actor, identities)
            listen(opened, listener, outbox, stop)
        self._summarize(listener, outbox, as_json=options["json"])
        if outbox.ended_by is not None:
            raise outbox.ended_by
        if outbox.given_up:
            raise DomainError(f"{outbox.given_up} rows could not be stored.")

    def _say(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)
        self.stderr.flush()

    def _greet(
        self,
        endpoint: Endpoint,
        organization: Organization,
        actor: Membership,
        identities: Identities,
    ) -> None:
        names = [f"{n}={each.registration}" for n, each in sorted(identities.aircraft.items())]
        self._say(f"Listening on {endpoint} for {organization.slug}, as {actor.user.email}.")
        self._say(f"Aircraft by system: {', '.join(names) or 'none'}.")
        if not endpoint.is_loopback:
            self._say(
                "Warning: MAVLink has no sign-in. Whoever reaches this port can send positions "
                "in the name of any of these aircraft. Use it in a network you trust only."
            )

    def _summarize(self, listener: Listener, outbox: Outbox, *, as_json: bool) -> None:
        heard = [_heard(vehicle, outbox) for _, vehicle in sorted(listener.vehicles.items())]
        if as_json:
            document = {
                "aircraft": [asdict(each) for each in heard],
                "unknown_systems": dict(sorted(listener.unknown.items())),
                "damaged_bytes": listener.damaged_bytes,
                "foreign_datagrams": listener.foreign_datagrams,
                "rows_given_up": outbox.given_up,
            }
            self.stdout.write(json.dumps(document, indent=2))
            return
        for each in heard:
            self.stdout.write(_in_words(each))
        for system, count in sorted(listener.unknown.items()):
            self.stdout.write(f"system {system}, unknown: {count} messages, none stored")
        self.stdout.write(
            f"{listener.damaged_bytes} damaged bytes, "
            f"{listener.foreign_datagrams} datagrams without MAVLink"
        )


def _heard(vehicle: Vehicle, outbox: Outbox) -> Heard:
    return Heard(
        system=vehicle.system,
        aircraft=vehicle.name,
        messages=vehicle.received,
        lost=vehicle.lost,
        heartbeat_gaps=vehicle.heartbeats.gaps,
        longest_gap_s=round(vehicle.heartbeats.longest_gap_s, 1),
        restarts=vehicle.clock.restarts,
        rows_stored=outbox.stored[vehicle.aircraft_id],
        rows_refused=outbox.refused[vehicle.aircraft_id],
    )


def _in_words(heard: Heard) -> str:
    share = 100 * heard.lost / max(heard.messages + heard.lost, 1)
    gaps = f"{heard.heartbeat_gaps} heartbeat gaps"
    if heard.heartbeat_gaps:
        gaps += f" (longest {heard.longest_gap_s:.1f} s)"
    return (
        f"system {heard.system}, {heard.aircraft}: {heard.messages} messages, "
        f"{heard.lost} lost ({share:.1f} %), {gaps}, {heard.restarts} restarts, "
        f"{heard.rows_stored} rows stored, {heard.rows_refused} refused"
    )


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets, so that the last rows are sent before the end."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
