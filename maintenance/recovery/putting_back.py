"""The transaction that puts missing rows back and says that it is done."""

from __future__ import annotations

import json

from aviation.common.errors import Conflict
from maintenance.recovery.asking import TABLE
from maintenance.recovery.comparing import Connection
from maintenance.recovery.exchanging import bind, whose
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import read_plan
from maintenance.recovery.rows import put_back

_DONE = """
UPDATE public.maintenance_recoveryrequest
SET state = 'done', finished_at = clock_timestamp(), problem = ''
WHERE id = %s AND state = 'running'
"""


def put_rows_back(live: Connection, copy: Connection, asked: RecoveryRequest) -> None:
    """All missing rows or none. Raises Conflict where they are not those of the plan."""
    with live.transaction():
        bind(live, asked)
        added = put_back(live, copy, asked)
        if added != read_plan(asked.plan)["missing"]:
            raise Conflict("Other rows are missing than the plan says. Nothing was done.")
        details = whose(asked) | {table: str(n) for table, n in added.items() if n}
        live.execute(
            "SELECT public.audit_append('recovery.rows_put_back', %s, %s, %s, %s::jsonb)",
            [TABLE, str(asked.pk), asked.reason[:500], json.dumps(details)],
        )
        if live.execute(_DONE, [asked.pk]).rowcount != 1:
            raise Conflict("Somebody else has run or changed it meanwhile.")
