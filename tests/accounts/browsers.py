"""A signed-in browser's session, as tests look at it and age it."""

from __future__ import annotations

import time
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import UserSession
from accounts.sessions.recent import PROVED_AT
from accounts.sessions.store import digest_of


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(pk=digest_of(client.cookies["sessionid"].value))


def is_signed_in(client: Client) -> bool:
    return client.get("/?choose").status_code == 200


def age(client: Client, *, idle: timedelta = timedelta(0), since: timedelta | None = None) -> None:
    """As if nothing had come from the browser for ``idle``, and it had signed in ``since`` ago."""
    now = timezone.now()
    row = row_of(client)
    row.last_seen_at = now - idle
    row.started_at = now - (since if since is not None else idle)
    row.save(update_fields=["last_seen_at", "started_at"])


def prove(client: Client, *, ago_s: int = 0) -> None:
    """As if the person had just shown who they are."""
    session = client.session
    session[PROVED_AT] = int(time.time()) - ago_s
    session.save()
