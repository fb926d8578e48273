"""How long a refusal takes tells nothing about who has an account."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from accounts.models import User
from tests.queries import noted

TOLERANCE_S = 0.005


class LighterArgon2(Argon2PasswordHasher):
    """A tenth of the memory: still five times the tolerance."""

    memory_cost = 20_480
    parallelism = 1


def refuse(email: str, number: int) -> None:
    """One sign-in from a network of its own, so that no limit steps in."""
    address = f"198.51.{number // 250}.{number % 250}"
    values = {"username": email, "password": "a wrong password"}
    assert Client().post("/sign-in/", values, REMOTE_ADDR=address).status_code == 200


def medians(rounds: int, clock: Callable[[], float]) -> tuple[float, float]:
    """What refusing existing and unknown addresses takes, measured in turns."""

    def took_s(email: str, number: int) -> float:
        began = clock()
        refuse(email, number)
        return clock() - began

    encoded, tag = make_password("a quiet runway at dawn"), uuid.uuid4().hex[:8]
    User.objects.bulk_create(
        User(email=f"there{n}-{tag}@example.org", password=encoded) for n in range(rounds)
    )
    refuse(f"first-{tag}@example.org", 0)
    pairs = [
        (
            took_s(f"there{n}-{tag}@example.org", 2 * n + 1),
            took_s(f"nobody{n}-{tag}@example.org", 2 * n + 2),
        )
        for n in range(rounds)
    ]
    return median(there for there, _ in pairs), median(unknown for _, unknown in pairs)


def test_known_and_unknown_addresses_cost_the_same_work(db: None, settings: Any) -> None:
    """A18, in small and in processor time, which other work on the machine does not blur."""
    settings.PASSWORD_HASHERS = [f"{__name__}.LighterArgon2"]
    there_s, unknown_s = medians(40, time.process_time)
    assert abs(there_s - unknown_s) <= TOLERANCE_S, (there_s, unknown_s)


def test_known_and_unknown_addresses_cost_the_same_queries(db: None) -> None:
    """A18: nor does the database do more for one of them."""
    User.objects.create_user("there@example.org", "a quiet runway at dawn")
    counts = []
    for number, email in enumerate(("there@example.org", "nobody@example.org")):
        with noted() as asked:
            refuse(email, number)
        counts.append([statement.split()[0] for statement in asked])
    assert counts[0] == counts[1]


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_known_and_unknown_addresses_take_the_same_time(db: None, settings: Any) -> None:
    """A18: 2,000 sign-ins each, by the clock on the wall and with the hash of installations."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    there_s, unknown_s = medians(2_000, time.perf_counter)
    assert abs(there_s - unknown_s) <= TOLERANCE_S, (there_s, unknown_s)
