"""Which channels a flight's stored points hold."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql

from aviation.telemetry.columns import COLUMN_TYPES

Span = tuple[datetime, datetime]

_PART = sql.SQL(
    "(SELECT * FROM telemetry_point "
    'WHERE session_id = %(session)s AND "timestamp" BETWEEN %(start)s AND %(end)s'
    ' ORDER BY "timestamp" DESC LIMIT %(newest)s) AS part'
)
_COLUMNS = sql.SQL("SELECT max(cardinality(motor_rpm)), {} FROM {}").format(
    sql.SQL(", ").join(
        sql.SQL("count({}) > 0").format(sql.Identifier(name)) for name in COLUMN_TYPES
    ),
    _PART,
)
_EXTRAS = sql.SQL("SELECT DISTINCT jsonb_object_keys(extras) FROM {} ORDER BY 1").format(_PART)


def channels_present(session_id: uuid.UUID, span: Span, *, newest: int | None = None) -> list[str]:
    """The names of what any point of ``span`` holds; of the ``newest`` so many where given."""
    asked: dict[str, Any] = {
        "session": session_id,
        "start": span[0],
        "end": span[1],
        "newest": newest,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, asked)
        motors, *has_column = cursor.fetchone()
        cursor.execute(_EXTRAS, asked)
        extras = [name for (name,) in cursor.fetchall()]
    columns = [name for name, is_there in zip(COLUMN_TYPES, has_column, strict=True) if is_there]
    return columns + [f"motor_rpm_{number}" for number in range(1, (motors or 0) + 1)] + extras
