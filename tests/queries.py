"""Counting what a page asks the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

ONCE_A_SECOND = "public.caching_cachepolicy"
"""Read by each process in its own time, whichever request comes then."""


@contextmanager
def noted() -> Iterator[list[str]]:
    """The statements of a block, once it is over."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [query["sql"] for query in captured if ONCE_A_SECOND not in query["sql"]]


def queries(client: Client, path: str) -> list[str]:
    """The statements that answering ``path`` took."""
    with noted() as statements:
        assert client.get(path).status_code == 200
    return statements
