from __future__ import annotations

from tests.audit.conftest import by_hand
from tests.isolation.conftest import committing, pgbouncer, pooled

__all__ = ["by_hand", "committing", "pgbouncer", "pooled"]
