"""Whoever begins to read after a write's commit has returned, finds it: 0 stale in 10,000."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from aviation.caching.choices import CacheKind
from aviation.caching.compacting import compact
from aviation.caching.shared import shared_store
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.audit.conftest import address_of
from tests.caching.conftest import KeptAs
from tests.caching.racing import WAYS, WRITERS, Order, Race, as_text
from tests.conftest import Cast
from tests.isolation.processes import surroundings

READS = 10_000
EMPTIED_EVERY = 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", [CacheKind.HYBRID, CacheKind.REDIS])
def test_no_reader_in_two_processes_sees_what_was_before_a_commit(
    fresh_organization: Cast, kept_as: KeptAs, tmp_path: Path, kind: CacheKind
) -> None:
    kept_as("aircraft_registry", kind=kind)
    orders = orders_for(fresh_organization, tmp_path, READS // WRITERS)
    found = in_two_processes(orders, while_they_run=Upkeep(fresh_organization))
    total = {name: sum(each.get(name, 0) for each in found) for name in {*found[0], *found[1]}}
    assert total["reads"] == READS
    assert total["stale"] == 0
    assert total["undone"] == 0
    assert total["own_stale"] == 0
    assert total["writes"] > 50 * WRITERS
    assert all(total.get(way.__name__, 0) for way in WAYS)
    # It was a cache that was read: most values were made for somebody else.
    assert total["made"] < total["reads"]


class Upkeep:
    """Compacts the notes all the while, and now and then leaves Redis as empty as a fresh one."""

    def __init__(self, cast: Cast) -> None:
        self._room = str(cast.organization.id)
        self._times = 0

    def __call__(self) -> None:
        compact(5)
        self._times += 1
        if self._times % EMPTIED_EVERY == 0:
            shared_store().forget("aircraft_registry", self._room, "*")


def orders_for(cast: Cast, folder: Path, reads: int) -> list[Order]:
    with tenant_context(cast.organization), transaction.atomic():
        markers = [
            str(Aircraft.objects.create(registration=f"RACER {number}", name="0").pk)
            for number in range(WRITERS)
        ]
    floors = folder / "floors"
    floors.write_bytes(bytes(8 * WRITERS))
    organization = cast.organization
    given = (str(organization.id), organization.slug, organization.schema_name)
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    return [
        Order(number, given, markers, str(floors), address_of("owner"), prefix, reads, 7 + number)
        for number in range(WRITERS)
    ]


def in_two_processes(
    orders: list[Order], while_they_run: Callable[[], Any]
) -> list[dict[str, int]]:
    """This process, and another; the changes' notes are compacted all the while."""
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.caching.racing", as_text(orders[1])],
        cwd=settings.ROOT,
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    is_over = threading.Event()

    def go_on_compacting() -> None:
        from django.db import connections

        while not is_over.wait(0.05):
            while_they_run()
        for connection in connections.all():
            connection.close()

    compacting = threading.Thread(target=go_on_compacting)
    try:
        assert other.stdout.readline() == "ready\n"
        compacting.start()
        other.stdin.write("\n")
        other.stdin.flush()
        own = Race(orders[0]).run()
        told = json.loads(other.stdout.readline())
        assert other.wait(60) == 0
    finally:
        is_over.set()
        compacting.join()
        if other.poll() is None:
            other.kill()
        other.stdin.close()
        other.stdout.close()
    return [own, told]
