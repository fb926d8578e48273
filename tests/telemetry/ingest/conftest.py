from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from aviation.flights.storage import STANDING
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.isolation.conftest import committing as committing
from tests.isolation.conftest import pgbouncer as pgbouncer
from tests.isolation.conftest import pooled as pooled
from tests.telemetry.ingest.sending import Post, sender


@pytest.fixture
def send(alpha: Cast) -> Iterator[Post]:
    """Alpha's ground station."""
    with tenant_context(alpha.organization):
        cache.delete(STANDING)
    yield sender(alpha)
    with tenant_context(alpha.organization):
        cache.delete(STANDING)
