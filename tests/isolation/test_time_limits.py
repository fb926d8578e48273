"""Statements and waits for locks end in time, and the limit ends with the transaction."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from aviation.tenants.context import tenant_context
from aviation.tenants.limits import time_limits
from tests.conftest import Cast
from tests.isolation.conftest import changed_settings


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def test_limits_come_from_the_settings(standing: tuple[Cast, Cast]) -> None:
    with (
        changed_settings("default", TIME_LIMITS={"statement_s": 7, "lock_s": 1.5}),
        tenant_context(standing[0].organization),
        transaction.atomic(),
    ):
        assert shown("statement_timeout") == "7s"
        assert shown("lock_timeout") == "1500ms"


def test_limits_hold_without_an_organization_too(committing: None) -> None:
    with (
        changed_settings("default", TIME_LIMITS={"statement_s": 7, "lock_s": 1}),
        transaction.atomic(),
    ):
        assert shown("statement_timeout") == "7s"


def test_limits_end_with_the_transaction(committing: None) -> None:
    """Behind a pooler the next client gets the connection."""
    with changed_settings("default", TIME_LIMITS={"statement_s": 7, "lock_s": 1}):
        with transaction.atomic():
            shown("statement_timeout")
        assert shown("statement_timeout") == "0"
        assert shown("lock_timeout") == "0"


def test_block_changes_a_limit_and_gives_it_back(committing: None) -> None:
    with (
        changed_settings("default", TIME_LIMITS={"statement_s": 7, "lock_s": 1}),
        transaction.atomic(),
    ):
        with time_limits(statement_s=9), time_limits(lock_s=2):
            assert (shown("statement_timeout"), shown("lock_timeout")) == ("9s", "2s")
        assert (shown("statement_timeout"), shown("lock_timeout")) == ("7s", "1s")


def test_slow_statement_is_ended(committing: None) -> None:
    with (
        time_limits(statement_s=0.05),
        pytest.raises(OperationalError, match="statement timeout"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(10)")


def test_usual_limits_are_set(committing: None) -> None:
    """The product's own settings name both."""
    with transaction.atomic():
        assert shown("statement_timeout") == "1min"
        assert shown("lock_timeout") == "10s"
