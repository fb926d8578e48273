"""Who waits for the database gives up when it is away, and only then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import OperationalError, connections

from aviation.tenants.postgresql import base
from aviation.tenants.postgresql.silence import Pulse, attend

QUIET_S, ANSWER_S = 0.15, 0.1
PATIENT_S = 60.0
"""For an answer that does come: a busy machine shall not decide what is found."""
Connect = Callable[[Pulse], "psycopg.Connection[tuple[object, ...]]"]


@pytest.fixture
def attended(db: None) -> Iterator[Connect]:
    opened = []

    def connect(pulse: Pulse) -> psycopg.Connection[tuple[object, ...]]:
        params = connections["default"].get_connection_params()
        connection: psycopg.Connection[tuple[object, ...]] = psycopg.connect(
            **{name: params[name] for name in ("dbname", "user", "password", "host")}
        )
        opened.append(connection)
        attend(connection, pulse, quiet_s=QUIET_S)
        return connection

    yield connect
    for each in opened:
        each.close()


def test_long_statement_is_waited_for_while_the_database_answers(attended: Connect) -> None:
    asked = []
    connection = attended(Pulse(lambda: asked.append(1), answer_s=PATIENT_S))
    connection.execute("SELECT pg_sleep(0.8)")
    assert asked


def test_waiting_ends_when_the_question_stays_open(attended: Connect) -> None:
    """The statement would go on for a minute; the connection is of no use afterwards."""
    answered, began = threading.Event(), time.monotonic()
    connection = attended(Pulse(lambda: bool(answered.wait()) and None, answer_s=ANSWER_S))
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        connection.execute("SELECT pg_sleep(60)")
    assert time.monotonic() - began < 30
    assert connection.closed
    answered.set()


def test_who_comes_is_told_at_once_until_it_answers() -> None:
    answered, asked = threading.Event(), []

    def ask() -> None:
        asked.append(1)
        answered.wait()

    pulse = Pulse(ask, answer_s=0.0)
    pulse.is_away()
    assert pulse.is_away()
    for _ in range(20):
        with pytest.raises(psycopg.OperationalError):
            pulse.require()
    assert asked == [1]
    answered.set()
    while pulse.was_away:
        threading.Event().wait(0.001)
    pulse.require()


def test_open_connection_does_not_wait_for_a_known_silence(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked with others that waited in vain does not wait once more by itself."""
    ours, answered = connections["default"], threading.Event()
    assert isinstance(ours, base.DatabaseWrapper)
    pulse = Pulse(lambda: bool(answered.wait()) and None, answer_s=0.0)
    pulse.is_away()
    assert pulse.is_away()
    assert ours.fetch_row(b"SELECT 1") == ("1",)
    monkeypatch.setattr(base, "gives_up_on_silence", lambda: True)
    monkeypatch.setattr(base, "_pulse", lambda _alias: pulse)
    with pytest.raises(OperationalError, match="does not answer"):
        ours.fetch_row(b"SELECT 1")
    answered.set()


def test_database_that_refuses_is_not_silent() -> None:
    def ask() -> None:
        raise psycopg.OperationalError("too many clients")

    pulse = Pulse(ask)
    for _ in range(3):
        assert not pulse.is_away()
