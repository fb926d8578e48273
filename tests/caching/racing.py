"""One of the processes that write in every way there is and read through the cache, all at once.

Each process has an aircraft of its own whose name is a number, and counts it up by one with every
write. After a write's commit has returned it tells the number to all processes; whoever begins to
read after that, in any thread of any process, must find that number or a later one.

As a program: ``racing.py ORDER``, which is JSON of ``Order``. Prints what came of it as JSON.
"""

from __future__ import annotations

import json
import mmap
import random
import struct
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

WRITERS = 2
ABORTED = 10**9
"""What a transaction that is undone writes: nobody else may ever read it."""


@dataclass(frozen=True)
class Order:
    me: int
    organization: tuple[str, str, str]
    """Id, code and schema."""
    markers: list[str]
    """The aircraft of each process."""
    floors: str
    """The file in which each tells its newest committed number."""
    owner: str
    prefix: str
    reads: int
    seed: int


class Floors:
    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8 * WRITERS)

    def all(self) -> tuple[int, ...]:
        return struct.unpack_from(f"{WRITERS}q", self._shared)

    def tell(self, writer: int, number: int) -> None:
        struct.pack_into("q", self._shared, 8 * writer, number)


class Race:
    def __init__(self, order: Order) -> None:
        from aviation.tenants.context import BoundOrganization

        self.order, self.floors = order, Floors(order.floors)
        given = order.organization
        self.organization = BoundOrganization(uuid.UUID(given[0]), given[1], given[2])
        self.chance = random.Random(order.seed)
        self.number = 0
        self.left = order.reads
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.by_hand = psycopg.connect(order.owner)

    def run(self, readers: int = 2) -> dict[str, int]:
        threads = [threading.Thread(target=self._read_on) for _ in range(readers)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._write()
        self.by_hand.close()
        return dict(self.seen)

    def _read_on(self) -> None:
        from django.db import connections

        try:
            while self._takes_one():
                floors = self.floors.all()
                found = self._read()
                late = [number < floor for number, floor in zip(found, floors, strict=True)]
                self._count(reads=1, stale=any(late), undone=max(found) >= ABORTED)
        finally:
            for connection in connections.all():
                connection.close()

    def _takes_one(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def _count(self, **figures: int) -> None:
        with self.lock:
            self.seen.update({name: int(figure) for name, figure in figures.items()})

    def _read(self) -> list[int]:
        from django.db import transaction

        from aviation.tenants.context import tenant_context

        with tenant_context(self.organization), transaction.atomic():
            return self._cached()

    def _cached(self) -> list[int]:
        from aviation.caching.reading import cached

        return cached("aircraft_registry", f"race/{self.order.markers[0]}", self._ask)

    def _ask(self) -> list[int]:
        from aviation.fleet.models import Aircraft

        self._count(made=1)
        names = dict(Aircraft.objects.filter(pk__in=self.order.markers).values_list("pk", "name"))
        return [int(names[uuid.UUID(marker)]) for marker in self.order.markers]

    def _write(self) -> None:
        from django.db import transaction

        from aviation.tenants.context import tenant_context

        way = self.chance.choice(WAYS)
        with tenant_context(self.organization), transaction.atomic():
            is_committed = way(self, str(self.number + 1))
            if way is not by_hand:
                own = self._cached()[self.order.me]
                expected = self.number + 1 if is_committed else ABORTED
                self._count(own_stale=own != expected)
            if not is_committed:
                transaction.set_rollback(True)
        self._count(writes=1, **{way.__name__: 1})
        if is_committed:
            self.number += 1
            self.floors.tell(self.order.me, self.number)

    @property
    def mine(self) -> Any:
        from aviation.fleet.models import Aircraft

        return Aircraft.objects.filter(pk=self.order.markers[self.order.me])


def save(race: Race, name: str) -> bool:
    aircraft = race.mine.get()
    aircraft.name = name
    aircraft.save(update_fields=["name"])
    return True


def update(race: Race, name: str) -> bool:
    return bool(race.mine.update(name=name))


def bulk_update(race: Race, name: str) -> bool:
    aircraft = race.mine.get()
    aircraft.name = name
    return bool(race.mine.bulk_update([aircraft], ["name"]))


def delete_and_bulk_create(race: Race, name: str) -> bool:
    aircraft = race.mine.get()
    aircraft.name = name
    race.mine.delete()
    race.mine.bulk_create([aircraft])
    return True


def raw(race: Race, name: str) -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE fleet_aircraft SET name = %s WHERE id = %s",
            [name, race.order.markers[race.order.me]],
        )
    return True


def by_hand(race: Race, name: str) -> bool:
    """As the owner, past Django: what psql does."""
    _id, _slug, schema = race.order.organization
    with race.by_hand.transaction():
        race.by_hand.execute(f"SET LOCAL app.current_org_id = '{_id}'")
        race.by_hand.execute(
            f"UPDATE {schema}.fleet_aircraft SET name = %s WHERE id = %s",
            [name, race.order.markers[race.order.me]],
        )
    return True


def after_undone_savepoint(race: Race, name: str) -> bool:
    from django.db import transaction

    with transaction.atomic():
        race.mine.update(name=str(ABORTED))
        race._cached()
        transaction.set_rollback(True)
    return update(race, name)


def aborted(race: Race, _name: str) -> bool:
    race.mine.update(name=str(ABORTED))
    return False


WAYS: list[Callable[[Race, str], bool]] = [
    save,
    update,
    bulk_update,
    delete_and_bulk_create,
    raw,
    by_hand,
    after_undone_savepoint,
    aborted,
]


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    order = Order(**json.loads(sys.argv[1]))
    settings.CACHES["default"]["KEY_PREFIX"] = order.prefix
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(Race(order).run()))


def as_text(order: Order) -> str:
    return json.dumps(asdict(order))


if __name__ == "__main__":
    main()
