"""Ending what acts in a person's name."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import TokenFamily, User, UserSession
from accounts.sessions.store import digest_of
from aviation.audit.events import record_event
from aviation.tenants.context import platform_context


@transaction.atomic
def end_everything(user: User, *, because: str, keep_session: str | None = None) -> None:
    """Sign the person out everywhere, programs with tokens included.

    ``because`` is one of a few fixed words such as ``password_changed``. ``keep_session`` is the
    key of the browser's session that stays; its view calls ``update_session_auth_hash`` next.
    """
    User.objects.filter(pk=user.pk).update(credential_epoch=F("credential_epoch") + 1)
    user.refresh_from_db(fields=["credential_epoch"])
    kept = digest_of(keep_session) if keep_session else ""
    UserSession.objects.filter(user=user).exclude(session_key=kept).delete()
    _revoke_families(user, because)
    record_event(
        "sessions.ended", table_name="person", object_id=user.pk, details={"because": because}
    )


@transaction.atomic
def end_session(user: User, public_id: uuid.UUID) -> bool:
    """Sign one of the person's browsers out; answers whether there was such a one."""
    ended, _ = UserSession.objects.filter(user=user, public_id=public_id).delete()
    if ended:
        record_event("session.ended", table_name="person", object_id=user.pk)
    return bool(ended)


def _revoke_families(user: User, because: str) -> None:
    """In the platform's name: who acts may not see the person's other memberships."""
    with platform_context():
        TokenFamily.objects.filter(membership__user=user, revoked_at=None).update(
            revoked_at=timezone.now(), revoked_because=because[:40]
        )
