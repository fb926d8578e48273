"""How the API's description tells of signing in."""

from __future__ import annotations

from drf_spectacular.authentication import SessionScheme


class SessionOfThisSite(SessionScheme):  # type: ignore[no-untyped-call]
    """The browser's session cookie; writes also need the CSRF token."""

    target_class = "accounts.rest.SessionAuthentication"
    name = "session"
