"""Keys for tests: made in the bound organization, and presented as programs do."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.api_keys import facts
from accounts.api_keys.services import create_api_key
from accounts.models import ApiKey
from tests.conftest import Cast


def made(
    cast: Cast, role: str, *scopes: str, name: str = "Test", **wishes: Any
) -> tuple[ApiKey, str]:
    """A key of the member with this role, and its text."""
    owner = cast.members[role]
    return create_api_key(owner=owner, name=name, scopes=scopes, actor=None, **wishes)


def present(text: str, address: str = "192.0.2.9") -> Client:
    """A program that sends the key with every request."""
    return Client(headers={"X-API-Key": text}, REMOTE_ADDR=address)


def seen_anew(key: ApiKey) -> None:
    """As in a process that has not seen the key, or not for a while."""
    facts.forget(key.key_id)
