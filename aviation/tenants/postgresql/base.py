"""Django's PostgreSQL backend, with each transaction bound to an organization.

Rules, in order:
1. A transaction is bound by one round trip of SET LOCAL before its first statement, and again
   when the context changes inside it or a savepoint that may have held the binding is undone.
2. With an organization bound, a query outside a transaction raises: its SET LOCAL would have
   nothing to live in.
3. Without one, the search path holds ``public`` alone; a query for an organization's table
   raises and says so.
4. A connection that has served many organizations is closed when its transaction ends: PostgreSQL
   keeps what it learned about every table it touched, and never lets go of it.
5. BEGIN goes with the binding in one round trip, and ``fetch_row`` and ``fetch_rows`` need neither.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from django.db.utils import ProgrammingError
from psycopg import errors as pg_errors
from psycopg.pq import TransactionStatus

from aviation.tenants.context import bound_organization
from aviation.tenants.limits import TimeLimits
from aviation.tenants.postgresql.binding import Binding, wanted_binding
from aviation.tenants.postgresql.silence import CONNECT_S, Pulse, attend, gives_up_on_silence
from aviation.tenants.postgresql.wire import first_rows, has_usual_begin, is_silent, send

ORGANIZATIONS_PER_CONNECTION = 50
"""Distinct organizations before a connection is recycled; a setting of the same name changes it."""


@cache
def _pulse(alias: str) -> Pulse:
    """One for all threads of the process."""

    def ask() -> None:
        params = connections[alias].get_connection_params()
        with psycopg.connect(**params | {"connect_timeout": CONNECT_S}) as connection:
            connection.execute("SELECT 1")

    return Pulse(ask)


class NoOrganizationBound(ProgrammingError):
    """A table of an organization was asked for, and no organization is bound."""


class OutsideTransaction(ProgrammingError):
    """An organization is bound, and the query is not inside a transaction."""


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # None: unknown, as in a fresh transaction or after an undone savepoint.
        self._binding: Binding | None = None
        self._is_binding_paused = False
        self._organizations_served: set[uuid.UUID] = set()
        self.execute_wrappers.append(self._execute_bound)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not gives_up_on_silence():
            return super().get_new_connection(conn_params)
        pulse = _pulse(self.alias)
        pulse.require()
        patient = {"connect_timeout": CONNECT_S} | conn_params
        connection = super().get_new_connection(patient)
        attend(connection, pulse)
        return connection

    def connect(self) -> None:
        """Django's look at the server's version, once a process, is for nobody in particular."""
        self._organizations_served.clear()
        with self._paused_binding():
            super().connect()

    def close_if_health_check_failed(self) -> None:
        """Django would send a query for it, once a request."""
        if (
            self.connection is not None
            and not self.connection.closed
            and is_silent(self.connection)
        ):
            self.health_check_done = True
        super().close_if_health_check_failed()

    def fetch_row(self, statement: bytes) -> tuple[str | None, ...]:
        """The first row, as text, of a SELECT of constants; in a single round trip.

        Within a begun transaction it is one of its statements. Before one has begun it is sent as
        it is, and a transaction by itself: it must bind what it reads, or read what is the same
        for everybody, and name it in full. Nothing is open, nor held, afterwards.
        """
        (row,) = self.fetch_rows([statement])
        return row

    def fetch_rows(self, statements: Sequence[bytes]) -> list[tuple[str | None, ...]]:
        """The same for several, in their order and one transaction. Raises the first error of any.

        A database that is known to be silent is not waited for.
        """
        self.validate_thread_sharing()
        self.close_if_health_check_failed()
        self.ensure_connection()
        if not self._has_status(TransactionStatus.IDLE):
            self._bind()
        text = b"; ".join(statements)
        with debug_transaction(self, text.decode()), self.wrap_database_errors:
            if gives_up_on_silence():
                _pulse(self.alias).require()
            return first_rows(send(self.connection, text))

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)  # type: ignore[misc]
        self._bind()
        return cursor

    def _execute_bound(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        """Bind again when the context has changed since the cursor was opened."""
        self._bind()
        try:
            return execute(sql, params, many, context)
        except ProgrammingError as error:
            is_missing = isinstance(error.__cause__, pg_errors.UndefinedTable)
            if is_missing and bound_organization() is None:
                raise NoOrganizationBound(
                    f"No organization is bound. {str(error).splitlines()[0]}"
                ) from error
            raise

    def _bind(self) -> None:
        if self._is_binding_paused:
            return
        wanted = wanted_binding(self._usual_limits)
        if self.get_autocommit():
            self._refuse_outside_transaction(wanted)
            return
        if self._has_status(TransactionStatus.IDLE):
            self._binding = None
        if self._binding == wanted:
            return
        with self.wrap_database_errors:
            self._send_binding(wanted.as_sql())
        self._binding = wanted
        if wanted.organization_id is not None:
            self._organizations_served.add(wanted.organization_id)

    def _send_binding(self, text: bytes) -> None:
        if self._has_status(TransactionStatus.IDLE) and has_usual_begin(self.connection):
            send(self.connection, b"BEGIN; " + text)
        else:
            self.connection.execute(text)

    def _has_status(self, status: TransactionStatus) -> bool:
        return bool(self.connection.info.transaction_status == status)

    @property
    def _usual_limits(self) -> TimeLimits:
        return TimeLimits.from_settings(self.settings_dict.get("TIME_LIMITS", {}))

    @staticmethod
    def _refuse_outside_transaction(wanted: Binding) -> None:
        if wanted.organization_id is not None:
            raise OutsideTransaction(
                "An organization is bound, but no transaction is open. "
                "Wrap the work in transaction.atomic()."
            )

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        super().set_autocommit(autocommit, *args, **kwargs)
        if autocommit and self._is_worn:
            self.close()

    @property
    def _is_worn(self) -> bool:
        limit = self.settings_dict.get("ORGANIZATIONS_PER_CONNECTION", ORGANIZATIONS_PER_CONNECTION)
        return len(self._organizations_served) >= int(limit)

    def _savepoint_rollback(self, sid: str) -> None:
        with self._paused_binding():
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._binding = None

    def _savepoint_commit(self, sid: str) -> None:
        with self._paused_binding():
            super()._savepoint_commit(sid)  # type: ignore[misc]

    @contextmanager
    def _paused_binding(self) -> Iterator[None]:
        """In a failed transaction only ROLLBACK TO is allowed: send nothing before it."""
        self._is_binding_paused = True
        try:
            yield
        finally:
            self._is_binding_paused = False
