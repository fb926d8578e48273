"""Many threads at once, each with connections of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def in_threads(count: int, work: Callable[[int], Result]) -> list[Result]:
    """What ``work(0)`` to ``work(count - 1)`` answer, begun together; the first error is raised."""
    start = Barrier(count)

    def one(number: int) -> Result:
        start.wait()
        try:
            return work(number)
        finally:
            for connection in connections.all():
                connection.close()

    with ThreadPoolExecutor(count) as crowd:
        return list(crowd.map(one, range(count)))
