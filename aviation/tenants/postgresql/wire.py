"""Several statements in one round trip, and whether a connection at rest still stands.

psycopg sends BEGIN by itself and waits for its answer before the first statement. What is sent
here brings its own BEGIN along.
"""

from __future__ import annotations

import select
from typing import Any

from psycopg import Connection, errors, generators
from psycopg.pq import ExecStatus

_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)


def send(connection: Connection[Any], text: bytes) -> list[Any]:
    """Run statements that take no parameters; answers their results, raises the first error.

    ``text`` is of constants and of values quoted by ``psycopg.sql``, never of input as it came.
    """
    with connection.lock:
        connection.pgconn.send_query(text)
        results: list[Any] = connection.wait(generators.execute(connection.pgconn))
    for result in results:
        if result.status in _FAILED:
            raise errors.error_from_result(result, encoding=connection.info.encoding)
    return results


def first_rows(results: list[Any]) -> list[tuple[str | None, ...]]:
    """The first row of each result that has rows, as text."""
    return [_first_row(each) for each in results if each.status == ExecStatus.TUPLES_OK]


def _first_row(rows: Any) -> tuple[str | None, ...]:
    values = (rows.get_value(0, column) for column in range(rows.nfields))
    return tuple(None if value is None else value.decode() for value in values)


def has_usual_begin(connection: Connection[Any]) -> bool:
    """Whether a plain BEGIN is what psycopg would send itself."""
    return (
        connection.isolation_level is None
        and connection.read_only is None
        and connection.deferrable is None
    )


def is_silent(connection: Connection[Any]) -> bool:
    """Whether nothing has come from the server since the last answer.

    A server that ended, or ended the connection, has said so; asking the kernel costs no round
    trip.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
