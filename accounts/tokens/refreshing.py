"""Refresh tokens: 256 random bits, kept as a digest, good for one renewal.

What must never happen: one token renewed twice, or a stolen one that goes on working after both
the thief and the owner have used it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from django.db import transaction

from accounts.callers import CredentialRefused
from accounts.models import RefreshToken, TokenFamily
from accounts.tokens.families import revoke_family
from accounts.tokens.lifetimes import GRACE, IDLE
from accounts.tokens.standing import is_in_order, read_family
from aviation.tenants.context import platform_context

PREFIX = "dbr_"
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
REFUSAL = "This refresh token is not valid. Sign in again."


def issue_refresh_token(family: TokenFamily, *, now: datetime) -> tuple[str, datetime]:
    """A new token, which is told only here, and when it expires."""
    token = PREFIX + secrets.token_urlsafe(32)
    expires_at = min(now + IDLE, family.expires_at)
    RefreshToken.objects.create(digest=digest_of(token), family=family, expires_at=expires_at)
    return token, expires_at


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def use_refresh_token(presented: str, *, now: datetime) -> TokenFamily:
    """Use the token up, once; its family, in order and marked as used. Call it in a transaction.

    Raises CredentialRefused; the transaction must then be undone, and ``note_reuse`` called after.
    """
    if not _SHAPE.fullmatch(presented):
        raise CredentialRefused(REFUSAL)
    digest = digest_of(presented)
    with platform_context():
        unused = RefreshToken.objects.filter(digest=digest, used_at=None, expires_at__gt=now)
        if not unused.update(used_at=now):
            raise CredentialRefused(REFUSAL)
        family_id = RefreshToken.objects.values_list("family_id", flat=True).get(digest=digest)
        # The row is held until the end: a revocation comes before this renewal or after it.
        TokenFamily.objects.filter(pk=family_id).update(last_used_at=now)
        family = read_family(family_id)
    if family is None or not is_in_order(family, now=now):
        raise CredentialRefused(REFUSAL)
    return family


def note_reuse(presented: str, *, now: datetime) -> None:
    """A token was refused: if it was used before the grace, its whole family ends at once."""
    token = find_refresh_token(presented)
    if token is not None and token.used_at is not None and token.used_at <= now - GRACE:
        revoke_family(token.family, because="reuse", event="token.reuse_detected")


def find_refresh_token(presented: str) -> RefreshToken | None:
    """The token, used or not, with its family."""
    if not _SHAPE.fullmatch(presented):
        return None
    with transaction.atomic():
        tokens = RefreshToken.objects.select_related("family")
        return tokens.filter(digest=digest_of(presented)).first()
