"""The figures of the security page are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from accounts.members.inviting import LIFETIME, MAILS
from accounts.profile.email_links import LIFETIME_S as EMAIL_CHANGE_S
from accounts.profile.services import EMAIL_CHANGES
from accounts.profile.views import VERIFICATIONS
from accounts.second_step import services as second_step
from accounts.signing_in import passwords, reset
from accounts.signing_in.attempts import Allowance
from accounts.signing_in.devices import KEPT_FOR
from accounts.signing_in.verification import LIFETIME_S as VERIFICATION_S
from accounts.tokens.lifetimes import ACCESS_TOKEN, FAMILY, IDLE
from aviation.common.production_checks import RULES
from aviation.common.security_headers import PERMISSIONS_POLICY

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text()
DAY_S = 24 * 3_600
SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": DAY_S}
ALLOWANCES: dict[str, Allowance] = {
    "account": passwords.PER_ACCOUNT,
    "network": passwords.PER_NETWORK,
    "known device": passwords.PER_KNOWN_DEVICE,
    "second step": second_step.ALLOWANCE,
    "reset mails to an address": reset.PER_ADDRESS,
    "reset mails from a network": reset.PER_NETWORK,
    "changes of address": EMAIL_CHANGES,
    "confirmations of an address": VERIFICATIONS,
    "invitations": MAILS,
}
LIFETIMES: dict[str, tuple[str, float]] = {
    "known-device cookie": ("180 days", KEPT_FOR.total_seconds()),
    "access token": ("10 minutes", ACCESS_TOKEN.total_seconds()),
    "invitation link": ("7 days", LIFETIME.total_seconds()),
    "link that confirms an address": ("3 days", VERIFICATION_S),
    "link that changes an address": ("24 hours", EMAIL_CHANGE_S),
}


def in_seconds(words: str) -> int:
    number, unit = words.split()
    return int(number) * SECONDS[unit.removesuffix("s")]


def cells(first: str) -> list[str]:
    """The row of a table that begins with this cell."""
    (row,) = re.findall(rf"^\| {re.escape(first)} \| (.*) \|$", TEXT, re.M)
    return str(row).split(" | ")


@pytest.mark.parametrize("name", ALLOWANCES)
def test_allowance_is_as_written(name: str) -> None:
    at_once, every, _ = cells(name)
    assert (int(at_once), in_seconds(every)) == (ALLOWANCES[name].burst, ALLOWANCES[name].refill_s)


@pytest.mark.parametrize("name", LIFETIMES)
def test_secret_lasts_as_written(name: str) -> None:
    words, lasts_s = LIFETIMES[name]
    assert in_seconds(words) == lasts_s
    assert words in cells(name)[2]


def test_refresh_tokens_and_reset_links_last_as_written(settings: Any) -> None:
    assert (IDLE.days, FAMILY.days) == (14, 90)
    assert cells("refresh token")[2].startswith("14 days unused, 90 days in all")
    assert in_seconds("1 hour") == settings.PASSWORD_RESET_TIMEOUT
    assert cells("password reset link")[2].startswith("1 hour")


@pytest.mark.parametrize(
    ("who", "role"),
    [("administrator, fleet manager, platform staff", "platform"), ("everybody else", "pilot")],
)
def test_sessions_last_as_written(settings: Any, who: str, role: str) -> None:
    idle, longest = cells(who)
    assert (in_seconds(idle), in_seconds(longest)) == settings.SESSION_LIFETIMES[role]


def test_rules_named_are_rules() -> None:
    named = set(re.findall(r"`(dbx\.[EW]\d+)`", TEXT))
    assert named
    assert named <= {rule.id for rule in RULES}


def test_switched_off_features_are_counted() -> None:
    assert cells("Permissions-Policy") == [f"{PERMISSIONS_POLICY.count('=')} features off"]
