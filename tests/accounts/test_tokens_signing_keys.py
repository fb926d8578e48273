"""Keys that sign access tokens: made on demand, rotated without anybody noticing, kept sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.callers import CredentialRefused
from accounts.choices import Role
from accounts.models import SigningKey
from accounts.tokens.authentication import find_token_caller
from accounts.tokens.keys import (
    SETTLING,
    VERIFIES_FOR,
    find_public_key,
    find_signer,
    forget_keys,
    rotate_key,
)
from aviation.common.keyring import Keyring
from tests.accounts.tokens import events, program_of, sign_in_by_api
from tests.conftest import Cast
from tests.isolation.crowd import in_threads

FIRST, SECOND = {1: b"1" * 32}, {2: b"2" * 32}


@pytest.fixture
def no_keys(db: None) -> Iterator[None]:
    SigningKey.objects.all().delete()
    forget_keys()
    yield
    forget_keys()


def make_older(by: timedelta) -> None:
    for key in SigningKey.objects.all():
        retired_at = key.retired_at and key.retired_at - by
        SigningKey.objects.filter(pk=key.pk).update(
            created_at=key.created_at - by, retired_at=retired_at
        )
    forget_keys()


def signs_now() -> str:
    return find_signer(now=timezone.now()).kid


def test_first_key_is_made_when_it_is_needed(no_keys: None, alpha: Cast) -> None:
    assert find_token_caller(program_of(alpha.members[Role.PILOT]).pair.access_token)
    assert signs_now() == signs_now() == SigningKey.objects.get().kid


def test_many_that_need_a_first_key_make_one(fresh_organization: Cast) -> None:
    SigningKey.objects.all().delete()
    assert len(set(in_threads(12, lambda _: signs_now()))) == 1
    assert SigningKey.objects.count() == 1


def test_private_key_is_not_kept_in_clear(no_keys: None) -> None:
    signer = find_signer(now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_signingkey t")
        (row,) = cursor.fetchone()
    assert signer.private_key.public_key().public_bytes_raw().hex() in row
    assert signer.private_key.private_bytes_raw().hex() not in row


def test_new_key_signs_only_once_every_process_knows_it(no_keys: None) -> None:
    old = signs_now()
    rotation = rotate_key()
    assert (rotation.retired, rotation.removed) == ((old,), ())
    assert signs_now() == old
    make_older(SETTLING)
    assert signs_now() == rotation.made


def test_rotation_breaks_no_token_before_it_expires(no_keys: None, alpha: Cast) -> None:
    old = program_of(alpha.members[Role.PILOT]).pair.access_token
    rotate_key()
    assert find_token_caller(old)
    make_older(SETTLING)
    new = program_of(alpha.members[Role.PILOT]).pair.access_token
    assert find_token_caller(new)
    assert find_token_caller(old)


def test_retired_key_verifies_until_its_last_token_has_expired(no_keys: None) -> None:
    old = signs_now()
    new = rotate_key().made
    make_older(VERIFIES_FOR - timedelta(seconds=5))
    assert find_public_key(old) is not None
    make_older(timedelta(seconds=5))
    assert find_public_key(old) is None
    assert find_public_key(new) is not None
    assert rotate_key().removed == (old,)


def test_leaked_key_is_of_no_use_after_a_rotation_at_once(no_keys: None, alpha: Cast) -> None:
    token = program_of(alpha.members[Role.PILOT]).pair.access_token
    old, new = signs_now(), rotate_key(at_once=True)
    assert (new.removed, new.retired) == ((old,), ())
    with pytest.raises(CredentialRefused):
        find_token_caller(token)
    assert signs_now() == new.made
    assert find_token_caller(program_of(alpha.members[Role.PILOT]).pair.access_token)


def test_command_says_what_it_does(no_keys: None, capsys: pytest.CaptureFixture[str]) -> None:
    old = signs_now()
    call_command("rotate_token_key", "--dry-run")
    assert f"{old} would be retired." in capsys.readouterr().out
    assert SigningKey.objects.count() == 1
    call_command("rotate_token_key")
    told = capsys.readouterr().out
    new = SigningKey.objects.get(retired_at=None).kid
    assert f"{new} is made; it begins to sign in 10 s." in told
    assert f"{old} is retired; it verifies for 670 s more." in told
    call_command("rotate_token_key", "--at-once")
    assert f"{old} is removed; what it signed is refused." in capsys.readouterr().out
    assert [event.object_id for event in events("signing_key.rotated")][-1] == signs_now()


def test_lost_encryption_key_stops_new_tokens_not_those_given(
    no_keys: None, alpha: Cast, settings: Any
) -> None:
    token = program_of(alpha.members[Role.PILOT]).pair.access_token
    settings.ENCRYPTION_KEYS = Keyring(SECOND)
    response = sign_in_by_api(alpha.members[Role.PILOT])
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert find_token_caller(token)
    with pytest.raises(CommandError):
        call_command("reseal_secrets")
    rotate_key(at_once=True)
    assert sign_in_by_api(alpha.members[Role.PILOT]).status_code == 200
