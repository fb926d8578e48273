"""A request in the hands of one command: nobody else plans, runs or undoes it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aviation.common.errors import Conflict, Rejected
from maintenance.backup.server import VARIABLE, connected_server
from maintenance.backup.session_locks import hold_lock
from maintenance.recovery.asking import found
from maintenance.recovery.comparing import Connection
from maintenance.recovery.models import RecoveryRequest

LOCK = 0x6462_7872  # "dbxr"
_SAME = "SELECT requested_at FROM public.maintenance_recoveryrequest WHERE id = %s"


@contextmanager
def held_request(request_id: int, dsn: str) -> Iterator[tuple[RecoveryRequest, Connection]]:
    """The request and the superuser's connection, which holds it until it ends or is killed.

    Raises NotFound, Unavailable, Conflict while another command has it, and Rejected where the
    superuser's connection leads to another database than the application's.
    """
    found(request_id)
    with connected_server(dsn) as server:
        live = server.connection
        if not hold_lock(live, LOCK, request_id):
            raise Conflict(f"Recovery {request_id} is in the hands of another command.")
        asked = found(request_id)
        table = live.execute(
            "SELECT to_regclass('public.maintenance_recoveryrequest') IS NOT NULL"
        ).fetchone()
        if table != (True,) or live.execute(_SAME, [asked.pk]).fetchone() != (asked.requested_at,):
            raise Rejected(f"{VARIABLE} leads to another database than the product's.")
        yield asked, live
