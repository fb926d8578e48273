"""Programs with tokens, as the tests of tokens need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, TokenFamily, User
from accounts.tokens.refreshing import find_refresh_token
from accounts.tokens.services import TokenPair, sign_program_in
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.conftest import PASSWORD

TOKEN, REFRESH, REVOKE = (f"/api/v1/auth/token{end}" for end in ("", "/refresh", "/revoke"))
AIRCRAFT = "/api/v1/aircraft/"


@dataclass(frozen=True)
class Program:
    """A program that has signed in for a member."""

    membership: Membership
    pair: TokenPair

    @property
    def family(self) -> TokenFamily:
        token = find_refresh_token(self.pair.refresh_token)
        assert token is not None
        return token.family

    def get(self, path: str = AIRCRAFT) -> Any:
        return call("get", path, self.pair.access_token)


def program_of(membership: Membership, *, now: datetime | None = None) -> Program:
    """Signed in as the API does it once everything is proved."""
    pair = sign_program_in(
        User.objects.get(pk=membership.user_id),
        slug=slug_of(membership),
        device="ground station",
        address="192.0.2.8",
        now=now or timezone.now(),
    )
    return Program(membership, pair)


def slug_of(membership: Membership) -> str:
    """The organization's code, whoever asks."""
    with platform_context(), transaction.atomic():
        return Organization.objects.get(pk=membership.organization_id).slug


def call(method: str, path: str, access_token: str, body: Any = None) -> Any:
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    headers = {"Authorization": f"Bearer {access_token}"}
    return getattr(Client(), method)(path, headers=headers, **more)


def post(path: str, body: Any) -> Any:
    return Client().post(path, body, content_type="application/json")


def sign_in_by_api(membership: Membership, **changes: object) -> Any:
    body = {
        "email": User.objects.get(pk=membership.user_id).email,
        "password": PASSWORD,
        "organization": slug_of(membership),
        "device": "ground station",
    }
    return post(TOKEN, body | changes)


def events(action: str, **conditions: object) -> list[AuditEvent]:
    """Oldest first."""
    with platform_context(), transaction.atomic():
        return list(AuditEvent.objects.filter(action=action, **conditions).order_by("id"))
