"""Finding out which program a request comes from, by its ``Authorization`` or ``X-API-Key``."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.api_keys.authentication import find_key_caller
from accounts.api_keys.format import PREFIX
from accounts.callers import Caller, CredentialRefused
from accounts.origins import client_address
from accounts.tokens.authentication import find_token_caller

LONGEST_CREDENTIAL = 4_096


IDENTIFIED = "_identified"
"""Where a request keeps what its key or token has come to."""


def identify(request: HttpRequest) -> Caller | None:
    """The calling program, or None when the request presents no key and no token.

    Found out once a request. Raises CredentialRefused for one that is not valid.
    """
    if not hasattr(request, IDENTIFIED):
        try:
            setattr(request, IDENTIFIED, _identify(request))
        except CredentialRefused as refused:
            setattr(request, IDENTIFIED, refused)
    found: Caller | CredentialRefused | None = getattr(request, IDENTIFIED)
    if isinstance(found, CredentialRefused):
        raise found
    return found


def _identify(request: HttpRequest) -> Caller | None:
    presented = _presented(request)
    if presented is None:
        return None
    if len(presented) > LONGEST_CREDENTIAL:
        raise CredentialRefused
    if presented.startswith(PREFIX):
        return find_key_caller(presented, address=client_address(request))
    return find_token_caller(presented)


def _presented(request: HttpRequest) -> str | None:
    # From META: request.headers would spell out all of them for the sake of one.
    key: str = request.META.get("HTTP_X_API_KEY", "").strip()
    if key:
        return key
    given: str = request.META.get("HTTP_AUTHORIZATION", "").strip()
    scheme, _, credential = given.partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    if given:
        raise CredentialRefused("Send the key or token as: Authorization: Bearer <key or token>.")
    return None
