"""From an access token to the caller behind it."""

from __future__ import annotations

from django.utils import timezone

from accounts.callers import Caller, CallerKind, CredentialRefused
from accounts.tokens.access import read_access_token
from accounts.tokens.standing import find_standing


def find_token_caller(presented: str) -> Caller:
    """Raises CredentialRefused."""
    claims = read_access_token(presented)
    membership = find_standing(claims, now=timezone.now())
    if membership is None:
        raise CredentialRefused
    return Caller(CallerKind.TOKEN, membership, str(claims.family_id))
