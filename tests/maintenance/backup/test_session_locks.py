"""A command's lock: one holder, and none that is refused for a holder who has just gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from maintenance.backup import session_locks
from maintenance.backup.session_locks import hold_lock

KEY = (0x7465_7374, 1)
Connection = psycopg.Connection[tuple[object, ...]]


def connected() -> Connection:
    return psycopg.connect(os.environ["DBX_TEST_ADMIN_URL"], autocommit=True)


@pytest.fixture
def holder() -> Iterator[Connection]:
    with connected() as connection:
        assert hold_lock(connection, *KEY)
        yield connection


@pytest.fixture
def comer() -> Iterator[Connection]:
    with connected() as connection:
        yield connection


def test_a_second_holder_is_refused(
    holder: Connection, comer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_locks, "PATIENCE_S", 1)
    assert not hold_lock(comer, *KEY)
    assert hold_lock(comer, KEY[0], 2)


def test_a_killed_command_whose_statement_still_runs_is_waited_for(
    holder: Connection, comer: Connection
) -> None:
    begun = threading.Event()

    def last_statement() -> None:
        begun.set()
        holder.execute("SELECT pg_sleep(0.7)")
        holder.close()

    with ThreadPoolExecutor(1) as others:
        dying = others.submit(last_statement)
        begun.wait()
        assert hold_lock(comer, *KEY)
        dying.result()


def test_statements_after_the_lock_may_wait_as_long_as_they_like(comer: Connection) -> None:
    assert hold_lock(comer, *KEY)
    assert comer.execute("SHOW lock_timeout").fetchone() == ("0",)
