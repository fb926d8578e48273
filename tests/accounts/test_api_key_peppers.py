"""What is kept of a key, and how the pepper it is kept under is changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from accounts.api_keys import facts, usage
from accounts.api_keys.authentication import find_key_caller
from accounts.api_keys.digests import digest_of, is_digest_of
from accounts.api_keys.format import KeyText, make
from accounts.callers import CredentialRefused
from accounts.choices import Role
from accounts.models import ApiKey
from aviation.common.keyring import Keyring
from aviation.tenants.context import tenant_context
from tests.accounts.keys import made, seen_anew
from tests.conftest import Cast

FIRST, SECOND = b"1" * 32, b"2" * 32
KEYS = 10_000


def _issue_many(cast: Cast, count: int) -> list[KeyText]:
    texts = [make() for _ in range(count)]
    ApiKey.objects.bulk_create(_row(cast, text) for text in texts)
    return texts


def _row(cast: Cast, text: KeyText) -> ApiKey:
    digest, number = digest_of(text)
    return ApiKey(
        organization=cast.organization,
        owner=cast.members[Role.MANAGER],
        name="Many",
        key_id=text.key_id,
        digest=digest,
        pepper_number=number,
        scopes=["read"],
    )


def test_every_key_moves_to_the_new_pepper_when_it_is_used(
    fresh_organization: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A16: each use commits, as in a request; only the rows are read beforehand, all at once."""
    monkeypatch.setattr(usage, "_write", lambda *_: None)  # a minute's write has its own tests
    organization = fresh_organization.organization
    settings.API_KEY_PEPPERS = Keyring({1: FIRST})
    with tenant_context(organization), transaction.atomic():
        texts = _issue_many(fresh_organization, KEYS)
        related = ("owner__user", "owner__organization")
        read = {row.key_id: facts._facts(row) for row in ApiKey.objects.select_related(*related)}
    monkeypatch.setattr(facts, "_read", read.get)
    settings.API_KEY_PEPPERS = Keyring({1: FIRST, 2: SECOND})
    used = [find_key_caller(str(text), address="") for text in texts]
    assert len(used) == KEYS
    settings.API_KEY_PEPPERS = Keyring({2: SECOND})
    with tenant_context(organization), transaction.atomic():
        rows = list(ApiKey.objects.all())
    kept = {row.key_id: (bytes(row.digest), row.pepper_number) for row in rows}
    assert all(is_digest_of(text, *kept[text.key_id]) for text in texts)


def test_used_key_survives_its_old_pepper_and_an_unused_one_does_not(
    in_alpha: Cast, settings: Any
) -> None:
    """A16: the unused one fails closed."""
    settings.API_KEY_PEPPERS = Keyring({1: FIRST})
    used, used_text = made(in_alpha, Role.MANAGER, "read", name="Used")
    unused, unused_text = made(in_alpha, Role.MANAGER, "read", name="Unused")
    settings.API_KEY_PEPPERS = Keyring({1: FIRST, 2: SECOND})
    find_key_caller(used_text, address="")
    settings.API_KEY_PEPPERS = Keyring({2: SECOND})
    seen_anew(used)
    seen_anew(unused)
    assert find_key_caller(used_text, address="")
    with pytest.raises(CredentialRefused):
        find_key_caller(unused_text, address="")


def test_wrong_secret_moves_no_digest(in_alpha: Cast, settings: Any) -> None:
    settings.API_KEY_PEPPERS = Keyring({1: FIRST})
    key, _ = made(in_alpha, Role.MANAGER, "read")
    settings.API_KEY_PEPPERS = Keyring({1: FIRST, 2: SECOND})
    with pytest.raises(CredentialRefused):
        find_key_caller(str(KeyText(key.key_id, "x" * 40)), address="")
    key.refresh_from_db()
    assert key.pepper_number == 1


def test_table_holds_no_key_in_clear(in_alpha: Cast) -> None:
    """A3, for keys: neither whole nor as its secret, in any column or in the audit trail."""
    from django.db import connection

    texts = [made(in_alpha, Role.MANAGER, "read", name=f"Key {n}")[1] for n in range(100)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(k::text, ' ') FROM accounts_apikey k")
        dump = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(e::text, ' ') FROM audit_event e")
        dump += cursor.fetchone()[0]
    assert all(text[4:16] in dump for text in texts)
    assert not [text for text in texts if text[17:57] in dump]


def test_facts_hold_no_secret(in_alpha: Cast) -> None:
    key, text = made(in_alpha, Role.MANAGER, "read")
    find_key_caller(text, address="")
    assert text[17:57] not in repr(facts.facts_of(key.key_id))
