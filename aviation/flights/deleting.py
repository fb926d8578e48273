"""Deleting a flight, with its logs and everything that was made from them.

What must never happen: a flight gone while its raw file is kept where nobody sees it, or a file
gone while its flight stands. Files are removed only after the transaction has ended well.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.common.errors import Conflict
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightLog, FlightSession
from aviation.flights.services import lock_flight, require
from aviation.flights.signals import flight_deleted


@transaction.atomic
def delete_flight(*, flight: FlightSession, membership: Membership) -> None:
    """Remove the flight, its logs, telemetry, charts and analyses; nothing brings them back.

    Raises NotAllowed, and Conflict for a flight in progress or one that is held.
    """
    require(membership, Action.DELETE)
    require(membership, Action.DELETE, Resource.FLIGHT_LOG)
    locked = lock_flight(flight, membership)
    if locked.state == FlightState.IN_PROGRESS:
        raise Conflict("The flight is in progress. Complete or abort it first.")
    for guard in settings.FLIGHT_DELETION_GUARDS:
        import_string(guard)(locked)
    logs = locked.logs.select_for_update(of=("self",))
    files = [(log.file.storage, str(log.file.name)) for log in logs]
    locked.delete()
    flight_deleted.send(sender=FlightSession)

    def remove_files() -> None:
        for storage, name in files:
            storage.delete(name)

    transaction.on_commit(remove_files)


def cautions(flight: FlightSession) -> list[str]:
    """What speaks against it, in words for whoever is about to delete it; most often nothing."""
    found = (import_string(caution)(flight) for caution in settings.FLIGHT_DELETION_CAUTIONS)
    return [sentence for sentence in found if sentence]


def consequences(flight: FlightSession) -> list[str]:
    """What goes with the flight, in words for whoever is about to delete it."""
    names = list(FlightLog.objects.filter(session=flight).values_list("file_name", flat=True))
    logs = [f"The log file {name}, as it was uploaded" for name in names]
    return [
        f"The flight {flight}, with its notes",
        *logs,
        "Its recorded measurements, charts and track",
        "Its report, findings and risk score",
    ]
