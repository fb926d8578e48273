"""Memberships that rows of then name and somebody has deleted since: the one shared table whose
rows come back, because the organization's own rows could not without them.

What must never happen: somebody who was let out since comes in again. They come back as ended; an
administrator, or the operator's ``add_member``, makes them current again.
"""

from __future__ import annotations

from collections.abc import Sequence

from aviation.common.errors import Conflict
from maintenance.recovery.comparing import Connection
from maintenance.recovery.models import RecoveryRequest

_ROWS = """
SELECT to_jsonb(m)::text FROM public.accounts_membership m WHERE id::text = ANY (%s) AND org_id = %s
"""
_BACK = """
INSERT INTO public.accounts_membership
SELECT m.* FROM (SELECT %s::jsonb) AS of_then (was), jsonb_populate_record(
    NULL::public.accounts_membership,
    was || jsonb_build_object('ended_at', coalesce(was->>'ended_at', clock_timestamp()::text))
) AS m
ON CONFLICT DO NOTHING
"""


def bring_members_back(
    live: Connection, copy: Connection, asked: RecoveryRequest, ids: Sequence[str]
) -> None:
    """Add the rows as they were, but ended. Raises Conflict unless all are there afterwards."""
    found = copy.execute(_ROWS, [list(ids), asked.organization_id]).fetchall()
    with live.transaction():
        for (row,) in found:
            live.execute(_BACK, [row])
        there = live.execute(_ROWS, [list(ids), asked.organization_id]).fetchall()
        if len(there) != len(ids):
            raise Conflict("A membership of then cannot be put back: the person is in it again.")
