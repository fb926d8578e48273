"""Programs that call the API: who they act for, and what refuses them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest

from accounts.models import Membership
from aviation.common.errors import DomainError


class CallerKind(StrEnum):
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    API_KEY = "api_key"


_LABELS = {CallerKind.TOKEN: "access token", CallerKind.API_KEY: "API key"}


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that proved itself by a key or an access token."""

    kind: CallerKind
    membership: Membership
    """Whose role it acts with, ``scopes`` set; with user and organization loaded."""
    credential_id: str
    """Names the key or the token's family, in limits and in the audit trail; no secret."""
    rate_limit_per_minute: int | None = None
    """The credential's own limit; None: the organization's."""

    @property
    def label(self) -> str:
        """Such as ``API key 3kTMd0…``, for the audit trail."""
        return f"{_LABELS[self.kind]} {self.credential_id}"


class CredentialRefused(DomainError):
    """What was presented is no valid key or token, or no longer. The answer does not say why."""

    code = "credential_refused"
    status = 401

    def __init__(self, message: str = "This key or token is not valid.") -> None:
        super().__init__(message)


def caller_of(request: HttpRequest) -> Caller | None:
    """The program behind the request; None for browsers and strangers."""
    found: Caller | None = getattr(request, "caller", None)
    return found
