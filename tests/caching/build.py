"""Reading and writing as the tests of the cache do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from aviation.caching.reading import cached
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.conftest import Cast


class Maker:
    """Makes a new value each time, so that a kept one can be told from it."""

    def __init__(self, value: object = None) -> None:
        self.times = 0
        self._value = value

    def __call__(self) -> Any:
        self.times += 1
        return self.times if self._value is None else self._value


@contextmanager
def bound(cast: Cast) -> Iterator[None]:
    with tenant_context(cast.organization), transaction.atomic():
        yield


def read(
    cast: Cast,
    make: Callable[[], Any],
    key: str = "list",
    policy: str = "aircraft_registry",
    **more: Any,
) -> Any:
    with bound(cast):
        return cached(policy, key, make, **more)


def write(cast: Cast) -> None:
    with bound(cast):
        Aircraft.objects.create(registration=uuid.uuid4().hex)
