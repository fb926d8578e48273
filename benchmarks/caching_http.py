"""API reads over HTTP by the real web server: from memory, without it, and bare Django views.

The load is written for this (``load.py``, asyncio) and runs on the same processors: each of its
requests is paid for here, too. The bare views answer the same bytes: one behind the product's
middleware, where the caller is identified and counted as well, one with nothing but Django.
"""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import world
from benchmarks.auth_api_key import _key
from benchmarks.load import Load, ask_many
from benchmarks.report import Report
from tests.e2e.stack import BIN, _end, _start, _wait_for, environment, free_port

NAMES = ("cache.api_",)
PATH = "/api/v1/aircraft/"
FLEET = 20
CONNECTIONS, FEW = 1_000, 50
SECONDS, ROUNDS = 4.0, 3
LEAST_SHARE, LEAST_PER_SECOND = 0.5, 2_000
POLICY_KNOWN_S = 1.5


def run(report: Report) -> None:
    key = _key()
    _fill()
    with TemporaryDirectory(prefix="dbx-bench-") as name:
        folder = Path(name)
        (folder / "static").mkdir()
        # The limits count as ever; nobody is to be refused.
        surroundings = environment(world.DATABASE, folder / "media", folder, worker=0)
        surroundings |= {"DBX_RATE_LIMIT_FACTOR": "1000"}
        with _web(surroundings, folder, "product") as product:
            body = folder / "body.json"
            body.write_bytes(_fetch(product, key))
            bare = surroundings | {
                "DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings",
                "BENCH_BODY": str(body),
            }
            with (
                _web(bare | {"BENCH_MIDDLEWARE": "1"}, folder, "behind") as behind,
                _web(bare, folder, "nothing") as nothing,
            ):
                servers = {"product": product, "behind": behind, "nothing": nothing}
                few = _alternately(key, servers, FEW)
            _compare(report, key, product, few)
            _crowd(report, _alternately(key, {"product": product}, CONNECTIONS)["product"])


def _compare(report: Report, key: str, product: str, few: dict[str, list[Load]]) -> None:
    _switch(is_on=False)
    anew = _alternately(key, {"product": product}, FEW)["product"]
    _switch(is_on=True)
    known = _per_second(few["product"])
    _add(report, "cache.api_vs_uncached", known, _per_second(anew), "the same endpoint uncached", 2)
    _add(
        report,
        "cache.api_vs_bare_view",
        known,
        _per_second(few["behind"]),
        "a bare view with the same bytes behind the same middleware",
        LEAST_SHARE,
    )
    _add(
        report,
        "cache.api_vs_bare_django",
        known,
        _per_second(few["nothing"]),
        "the same without any middleware, caller, limit or database",
        LEAST_SHARE,
    )


def _crowd(report: Report, many: list[Load]) -> None:
    errors, still_open = sum(each.errors for each in many), min(each.connections for each in many)
    best = max(each.per_second for each in many)
    answered = sum((Counter(each.statuses) for each in many), Counter[str]())
    report.add(
        name="cache.api_thousand",
        value=_per_second(many),
        unit="req/s",
        against=(
            f"best of {ROUNDS} rounds {best:,.0f}; {errors} errors, answers {dict(answered)},"
            f" {still_open} connections open,"
            f" median {statistics.median(each.median_ms for each in many):.0f} ms"
        ),
        ratio=None,
        goal=f"{LEAST_PER_SECOND:,} with {CONNECTIONS:,} connections and no error, load included",
        holds=_per_second(many) >= LEAST_PER_SECOND and errors == 0 and still_open == CONNECTIONS,
    )


def _add(report: Report, name: str, value: float, peer: float, what: str, least: float) -> None:
    report.add(
        name=name,
        value=value,
        unit="req/s",
        against=f"{what}, {peer:,.0f} req/s",
        ratio=value / peer,
        goal=f"at least {least} times",
        holds=value >= least * peer,
    )


def _alternately(key: str, servers: dict[str, str], connections: int) -> dict[str, list[Load]]:
    """Each server in turn, so that the machine's moods fall on all of them alike."""
    headers, loads = {"X-API-Key": key}, {name: list[Load]() for name in servers}
    for _ in range(ROUNDS):
        for name, address in servers.items():
            load = ask_many(address, [PATH], headers, connections=connections, seconds=SECONDS)
            loads[name].append(load)
    return loads


def _per_second(loads: list[Load]) -> float:
    return statistics.median(each.per_second for each in loads)


def _fill() -> None:
    from django.db import transaction

    from aviation.fleet.models import Aircraft
    from aviation.tenants.context import tenant_context

    with tenant_context(world.organization()), transaction.atomic():
        Aircraft.objects.all().delete()
        fleet = [Aircraft(registration=f"CACHE-{number}") for number in range(FLEET)]
        Aircraft.objects.bulk_create(fleet)


def _switch(*, is_on: bool) -> None:
    """Turn the policy on or off, and wait until every process has heard of it."""
    from django.db import transaction

    from aviation.caching.models import CachePolicy
    from aviation.tenants.context import platform_context

    with platform_context(), transaction.atomic():
        CachePolicy.objects.filter(pk="aircraft_registry").update(is_on=is_on)
    time.sleep(POLICY_KNOWN_S)


def _fetch(address: str, key: str) -> bytes:
    request = urllib.request.Request(address + PATH, headers={"X-API-Key": key})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return bytes(response.read())


@contextmanager
def _web(surroundings: dict[str, str], folder: Path, name: str) -> Iterator[str]:
    """The web server as it is deployed: two processes, as the Dockerfile has them."""
    port, log = free_port(), folder / f"{name}.log"
    command = [f"{BIN}/granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "48"]
    command += ["--no-access-log", "config.wsgi:application"]
    process = _start(command, surroundings, log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health/live", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)
