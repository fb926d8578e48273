"""``reseal_secrets``: after a new encryption key, everything sealed moves under it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.choices import Role
from accounts.models import SigningKey, TotpDevice, User
from accounts.second_step import totp
from accounts.second_step.services import confirm_second_step, verify_second_step
from accounts.tokens import resealing
from accounts.tokens.keys import find_signer, forget_keys
from aviation.common.keyring import Keyring
from tests.accounts.tokens import events
from tests.conftest import Cast

OLD, NEW = {1: b"1" * 32}, {2: b"2" * 32}


class Sealed:
    """Three people's authenticator apps and the signing key, sealed under the old key."""

    def __init__(self, cast: Cast) -> None:
        self.before = time.time() - 2 * totp.STEP_S
        self.people = [
            User.objects.get(pk=cast.members[role].user_id)
            for role in (Role.ADMIN, Role.MANAGER, Role.PILOT)
        ]
        self.secrets = [totp.new_secret() for _ in self.people]
        for user, secret in zip(self.people, self.secrets, strict=True):
            code = totp.code_of(secret, totp.step_at(self.before))
            confirm_second_step(user, secret, code, now=self.before)
        self.kid = find_signer(now=timezone.now()).kid

    def still_work(self) -> bool:
        """With the encryption keys there are now."""
        now = time.time()
        codes = [totp.code_of(secret, totp.step_at(now)) for secret in self.secrets]
        accepted = [
            verify_second_step(user, code, now=now)
            for user, code in zip(self.people, codes, strict=True)
        ]
        return accepted == ["totp"] * 3 and find_signer(now=timezone.now()).kid == self.kid


@pytest.fixture
def sealed(alpha: Cast, settings: Any) -> Sealed:
    SigningKey.objects.all().delete()
    TotpDevice.objects.all().delete()  # tests that had to commit may have left some
    forget_keys()
    settings.ENCRYPTION_KEYS = Keyring(OLD)
    made = Sealed(alpha)
    settings.ENCRYPTION_KEYS = Keyring(OLD | NEW)
    return made


@pytest.fixture
def reseal(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, dict[str, int]]]:
    def run(*arguments: str) -> dict[str, dict[str, int]]:
        call_command("reseal_secrets", "--json", *arguments)
        return {each.pop("name"): each for each in json.loads(capsys.readouterr().out)}

    return run


Reseal = Callable[..., dict[str, dict[str, int]]]


def numbers() -> set[int]:
    """The encryption keys' numbers under which anything is sealed."""
    values = [
        *TotpDevice.objects.values_list("sealed_secret", flat=True),
        *SigningKey.objects.values_list("sealed_private_key", flat=True),
    ]
    return {bytes(value)[0] for value in values}


def test_plan_changes_nothing(sealed: Sealed, reseal: Reseal) -> None:
    told = reseal()
    assert told["authenticator apps"] == {
        "current": 0,
        "older": 3,
        "unreadable": 0,
        "resealed": 0,
    }
    assert told["token signing keys"]["older"] == 1
    assert numbers() == {1}


def test_all_secrets_work_without_the_old_key_after_it(
    sealed: Sealed, reseal: Reseal, settings: Any
) -> None:
    told = reseal("--apply")
    assert (told["authenticator apps"]["resealed"], told["token signing keys"]["resealed"]) == (
        3,
        1,
    )
    assert numbers() == {2}
    settings.ENCRYPTION_KEYS = Keyring(NEW)
    assert sealed.still_work()
    noted = [event.after for event in events("secrets.resealed")][-2:]
    assert noted == [
        {"kind": "authenticator apps", "count": "3"},
        {"kind": "token signing keys", "count": "1"},
    ]


def test_second_run_finds_nothing_left(sealed: Sealed, reseal: Reseal) -> None:
    reseal("--apply")
    told = reseal("--apply")
    assert [(each["current"], each["older"]) for each in told.values()] == [(3, 0), (1, 0)]


def test_killed_run_is_finished_by_the_next(
    sealed: Sealed, reseal: Reseal, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    whole = resealing._replace

    def killed(*arguments: Any) -> bool:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(arguments)
        return whole(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(resealing, "_replace", killed)
        with pytest.raises(KeyboardInterrupt):
            reseal("--apply")
    assert numbers() == {1, 2}
    told = reseal("--apply")
    assert told["authenticator apps"]["resealed"] == 1
    settings.ENCRYPTION_KEYS = Keyring(NEW)
    assert sealed.still_work()


def test_secret_changed_meanwhile_is_left_as_it_is(
    sealed: Sealed, reseal: Reseal, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resealing._replace

    def too_late(kind: Any, row: Any, *arguments: Any) -> bool:
        kind.model.objects.filter(pk=row.pk).update(**{kind.field: b"\x02 set up anew"})
        return whole(kind, row, *arguments)

    monkeypatch.setattr(resealing, "_replace", too_late)
    assert reseal("--apply")["authenticator apps"]["resealed"] == 0
    kept = TotpDevice.objects.values_list("sealed_secret", flat=True)
    assert {bytes(value) for value in kept} == {b"\x02 set up anew"}


def test_many_more_than_are_read_at_once(
    sealed: Sealed, reseal: Reseal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "_ROWS_AT_ONCE", 1)
    assert reseal("--apply")["authenticator apps"]["resealed"] == 3


def test_what_cannot_be_read_fails_the_command_and_stays(
    sealed: Sealed, capsys: pytest.CaptureFixture[str]
) -> None:
    one = sealed.people[0]
    TotpDevice.objects.filter(user=one).update(sealed_secret=b"\x01 damaged")
    with pytest.raises(CommandError, match="1 cannot be read"):
        call_command("reseal_secrets", "--apply")
    told = capsys.readouterr().out
    assert "authenticator apps: 0 under it, 2 under older keys (2 of them sealed again)" in told
    assert bytes(TotpDevice.objects.get(user=one).sealed_secret) == b"\x01 damaged"
