"""Questions that one query answers, however much lies in their window: they may take so long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from aviation.common.errors import Rejected
from aviation.tenants.limits import time_limits

ANSWER_S = 30.0


@contextmanager
def answered_in_time() -> Iterator[None]:
    """Raises Rejected when a statement of the block takes longer than ANSWER_S."""
    try:
        with time_limits(statement_s=ANSWER_S):
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise Rejected(
            "This takes too long. Ask for a shorter stretch of time, or fewer channels.",
            code="too_much",
        ) from error
