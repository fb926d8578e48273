"""The link that proves a new address: encrypted, so that neither end of it can be read or made.

It names the address it replaces and the person's epoch: once used, or overtaken by a change of
address or password, it no longer fits.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from dataclasses import dataclass

from accounts.models import User
from aviation.common.sealing import CannotUnseal, seal, unseal

LIFETIME_S = 24 * 3_600
_PURPOSE = "email_change"


@dataclass(frozen=True, slots=True)
class EmailChange:
    user_id: uuid.UUID
    credential_epoch: int
    old: str
    new: str


def token_of(user: User, email: str, *, now: float | None = None) -> str:
    """What the link to the new address carries."""
    until = int(time.time() if now is None else now) + LIFETIME_S
    content = [str(user.pk), user.credential_epoch, user.email, email, until]
    sealed = seal(json.dumps(content).encode(), purpose=_PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_token(token: str, *, now: float | None = None) -> EmailChange | None:
    """What the link asks for; None for one that is altered or too old."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        content = json.loads(unseal(sealed, purpose=_PURPOSE))
    except (binascii.Error, ValueError, CannotUnseal):
        return None
    user_id, epoch, old, new, until = content
    if until < (time.time() if now is None else now):
        return None
    return EmailChange(uuid.UUID(user_id), epoch, old, new)
