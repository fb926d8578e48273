"""Several web processes go on, and keep their limits, when Redis is killed under them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from accounts.choices import Role
from accounts.signing_in.passwords import PER_ACCOUNT
from aviation.tenants.context import tenant_context
from tests.accounts.own_redis import OwnRedis
from tests.api.build import make_things
from tests.conftest import Cast
from tests.isolation.processes import surroundings

PROCESSES, TIMES = 4, 250


@pytest.mark.slow
def test_killed_redis_fails_no_request_and_frees_no_guess(
    fresh_organization: Cast, own_redis: OwnRedis
) -> None:
    """A10: 1,000 guesses and 1,000 readings at 4 processes; the guesses' limit is PostgreSQL's.

    99 % take at most 300 ms, where other work leaves this machine's cores to the test.
    """
    with tenant_context(fresh_organization.organization), transaction.atomic():
        flight = make_things(fresh_organization).flight
    path = f"{fresh_organization.home}api/v1/flights/{flight.pk}/telemetry/"
    email = fresh_organization.members[Role.PILOT].user.email
    crowding = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    told = killed_under(own_redis, email, path)
    guesses = [answer for each in told for answer in each["guesses"]]
    readings = [answer for each in told for answer in each["readings"]]
    assert (len(guesses), len(readings)) == (1_000, 1_000)
    assert not [status for status, _, _ in guesses + readings if status == 500]
    assert 1 <= sum(each["hashed"] for each in told) <= PER_ACCOUNT.burst
    assert {(status, told_when) for status, told_when, _ in readings} <= {(200, False), (503, True)}
    slowest = sorted(taken for _, _, taken in guesses + readings)
    assert slowest[int(0.99 * len(slowest))] <= 0.3 * crowding


def killed_under(server: OwnRedis, email: str, path: str) -> list[dict[str, Any]]:
    """What the processes tell of their work, begun at the moment Redis was killed."""
    with ExitStack() as running:
        processes = [begin(running, server, email, path) for _ in range(PROCESSES)]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * PROCESSES
        server.kill()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=200)[0]) for process in processes]


def begin(running: ExitStack, server: OwnRedis, email: str, path: str) -> subprocess.Popen[Any]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.accounts.limited_process", email, path, str(TIMES)],
        cwd=settings.ROOT,
        env=surroundings(REDIS_URL=server.url, DBX_LOG_LEVEL="CRITICAL"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    running.enter_context(process)
    running.callback(process.kill)
    return process
