"""Making one row of the many that note a topic's changes. Its generation stays what it is."""

from __future__ import annotations

from django.db import connection, transaction

from aviation.tenants.context import platform_context

MOST_ROWS = 20
"""Rows of a topic that are left alone: reading them costs no more than reading one."""


def compact(most_rows: int = MOST_ROWS) -> int:
    """Compact the topics of all organizations that have more rows; answers how many rows went."""
    with platform_context(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.caching_compact(%s)", [most_rows])
        return int(cursor.fetchone()[0])
