"""People, what they prove themselves with, and what acts in their name."""

from __future__ import annotations

from accounts.models.api_keys import ApiKey, ApiKeyUsage
from accounts.models.attempts import AttemptAllowance
from accounts.models.factors import KnownDevice, RecoveryCode, TotpDevice
from accounts.models.people import Invitation, Membership, User
from accounts.models.sessions import UserSession
from accounts.models.tokens import RefreshToken, SigningKey, TokenFamily
from accounts.models.visits import PlatformVisit

__all__ = [
    "ApiKey",
    "ApiKeyUsage",
    "AttemptAllowance",
    "Invitation",
    "KnownDevice",
    "Membership",
    "PlatformVisit",
    "RecoveryCode",
    "RefreshToken",
    "SigningKey",
    "TokenFamily",
    "TotpDevice",
    "User",
    "UserSession",
]
