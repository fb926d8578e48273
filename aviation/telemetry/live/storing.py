"""Rows of listened aircraft into the same door that programs use, as one member of the fleet."""

from __future__ import annotations

import io
import time

import pyarrow as pa
import pyarrow.compute as pc
from django.db import Error, InterfaceError, OperationalError, transaction

from accounts.choices import Role
from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.common.errors import DomainError, NotAllowed, NotFound, QuotaExceeded
from aviation.telemetry.ingest.service import Answer, BodyKind, ingest
from aviation.telemetry.live.outbox import StoreAway, Unstorable
from aviation.telemetry.models import StreamedFlight
from aviation.tenants.context import (
    Origin,
    acting_as,
    coming_from,
    platform_context,
    tenant_context,
)
from aviation.tenants.lookup import find_active
from aviation.tenants.models import Organization

WORK = "mavlink_listen"
ASK_AGAIN_S = 30.0
"""How long a member who was removed may still be acted for."""
PASSING = frozenset({409, 429, 503})
"""Busy, away, or a flight deleted this moment: the rows open another one when they come again."""


def find_actor(organization: Organization, email: str) -> Membership:
    """The member to act as: ``email``'s, or the organization's first administrator.

    Raises NotFound, or NotAllowed for a role that may not bring telemetry.
    """
    with platform_context(), transaction.atomic():
        members = Membership.objects.current().filter(organization=organization)
        members = members.select_related("user", "organization").order_by("created_at")
        chosen = (
            members.filter(user__email=email.lower()) if email else members.filter(role=Role.ADMIN)
        )
        actor = chosen.first()
    if actor is None:
        raise NotFound(
            f"{email} is no member of {organization.slug}."
            if email
            else f"{organization.slug} has no administrator; name a member with --as."
        )
    return require_ingest(actor)


def require_ingest(actor: Membership) -> Membership:
    if not actor.may(Action.ADD, Resource.TELEMETRY):
        raise NotAllowed(f"{actor.user.email} ({actor.role_label}) may not bring telemetry.")
    return actor


class Store:
    """Stores tables of rows; each call is one transaction. Used by one thread."""

    def __init__(self, organization: Organization, actor: Membership) -> None:
        self._organization, self._actor = organization, actor
        self._asked_s = time.monotonic()
        self._numbered_from: dict[str, int] = {}

    def __call__(self, rows: pa.Table) -> Answer:
        """Raises StoreAway or Unstorable, and NotAllowed or NotFound when we may not go on."""
        try:
            self._ask_again()
            return self._ingest(rows)
        except (OperationalError, InterfaceError):
            raise StoreAway("The database does not answer.") from None
        except Error as error:
            raise Unstorable(f"the database refused them: {error}") from None

    def _ingest(self, rows: pa.Table) -> Answer:
        try:
            return self._in_transaction(rows)
        except DomainError as error:
            if error.status in PASSING or isinstance(error, QuotaExceeded):
                raise StoreAway(error.message) from None
            raise Unstorable(f"they were refused: {error.message}") from None

    def _in_transaction(self, rows: pa.Table) -> Answer:
        origin = Origin(work=WORK)
        bound = tenant_context(self._organization)
        with bound, acting_as(self._actor.user_id), coming_from(origin), transaction.atomic():
            body = _as_stream(self._numbered(rows))
            return ingest(kind=BodyKind.ARROW, body=body, membership=self._actor)

    def _numbered(self, rows: pa.Table) -> pa.Table:
        """Rows numbered on from what their aircraft sent before we began to listen."""
        aircraft = rows["aircraft"].to_pylist()
        for new in set(aircraft) - self._numbered_from.keys():
            open_streams = StreamedFlight.objects.filter(aircraft_id=new, closed_at=None)
            last = open_streams.values_list("last_sequence", flat=True).first()
            self._numbered_from[new] = 0 if last is None else last + 1
        first = pa.array([self._numbered_from[each] for each in aircraft], pa.int64())
        at = rows.column_names.index("sequence")
        return rows.set_column(at, "sequence", pc.add(rows["sequence"], first))

    def _ask_again(self) -> None:
        """See now and then that the member and the organization still are what they were."""
        if time.monotonic() - self._asked_s < ASK_AGAIN_S:
            return
        find_active(self._organization.pk)
        with platform_context(), transaction.atomic():
            current = Membership.objects.current().select_related("user", "organization")
            actor = current.filter(pk=self._actor.pk).first()
        if actor is None:
            raise NotAllowed(f"{self._actor.user.email} is no member any more.")
        self._actor = require_ingest(actor)
        self._asked_s = time.monotonic()


def _as_stream(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue()
