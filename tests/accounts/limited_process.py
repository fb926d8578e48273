"""One web process among several: signs in by guessing and reads telemetry, while Redis is dead.

Says "ready" once it has answered with Redis there, waits for a line, then works and prints what
came of it as JSON. Its arguments are a member's e-mail, the telemetry's path and how often.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import django
from django.conf import settings
from django.contrib.auth import authenticate
from django.test import Client

HASHING = "accounts.signing_in.passwords.authenticate"


def main(email: str, path: str, times: int) -> None:
    django.setup()
    from accounts.models import User

    settings.RATE_LIMIT_FACTOR = 1
    guesser, reader = (browser() for _ in range(2))
    reader.force_login(User.objects.get(email=email))
    for _ in range(3):
        assert reader.get(path).status_code == 200
    print("ready", flush=True)
    sys.stdin.readline()
    guess = {"username": email, "password": "a guess"}
    with mock.patch(HASHING, wraps=authenticate) as hashing:
        guesses, readings = [], []
        for _ in range(times):
            guesses.append(timed(lambda: guesser.post("/sign-in/", guess)))
            readings.append(timed(lambda: reader.get(path)))
    print(json.dumps({"guesses": guesses, "readings": readings, "hashed": hashing.call_count}))


def browser() -> Client:
    return Client(raise_request_exception=False, SERVER_NAME="localhost")


def timed(ask: Callable[[], Any]) -> tuple[int, bool, float]:
    """Status, whether the answer says when to come back, and how long it took: seconds in which
    this thread was ready and others had the processors are theirs.
    """
    began, stalled = time.perf_counter(), stalled_s()
    response = ask()
    taken = time.perf_counter() - began - (stalled_s() - stalled)
    return response.status_code, "Retry-After" in response.headers, taken


def stalled_s() -> float:
    """How long this thread has waited for a processor so far, as the kernel counts it."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
