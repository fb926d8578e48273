"""How the API's description tells of signing in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class SessionOfThisSite(SessionScheme):  # type: ignore[no-untyped-call]
    """The browser's session cookie; writes also need the CSRF token."""

    target_class = "accounts.rest.SessionAuthentication"
    name = "session"


class KeyOrToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An API key or an access token, in the Authorization header."""

    target_class = "accounts.rest.CallerAuthentication"
    name = "key_or_token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`dbx_...`) or an access token from `POST /auth/token`.",
        }
