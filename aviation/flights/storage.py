"""How much of its storage an organization uses: its logs' files, and its telemetry's tables."""

from __future__ import annotations

from django.core.cache import cache
from django.db import connection
from django.db.models import Sum

from aviation.common.errors import QuotaExceeded
from aviation.flights.models import FlightLog
from aviation.tenants.context import require_organization
from aviation.tenants.models import Organization

REMEMBERED_S = 60
STANDING = "storage.standing"
"""The cache's name for what was used of how much."""
_TABLES = """
SELECT coalesce(sum(pg_total_relation_size(tree.relid)), 0)
  + pg_total_relation_size('telemetry_quarantinedpoint')
  + pg_total_relation_size('telemetry_ingestreceipt')
FROM pg_partition_tree('telemetry_point') AS tree
"""


def refuse_over_quota(more_bytes: int) -> None:
    """Raise QuotaExceeded when ``more_bytes`` do not fit any more."""
    _refuse(*_measured(), more_bytes)


def refuse_when_full(more_bytes: int) -> None:
    """The same by what was measured up to REMEMBERED_S ago: for what comes many times a second."""
    used, quota = cache.get_or_set(STANDING, _measured, REMEMBERED_S) or _measured()
    _refuse(used, quota, more_bytes)


def _refuse(used: int, quota: int, more_bytes: int) -> None:
    if used + more_bytes > quota:
        raise QuotaExceeded(
            f"Your organization's storage is full: {used / 1e9:.1f} of {quota / 1e9:.1f} GB "
            "are used. Delete flights you no longer need, or ask your administrator for more."
        )


def _measured() -> tuple[int, int]:
    """Bytes used, indexes included, and the quota."""
    quota = Organization.objects.values_list("storage_quota_bytes", flat=True).get(
        pk=require_organization().id
    )
    logs = FlightLog.objects.aggregate(used=Sum("size_bytes"))["used"] or 0
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return int(logs + cursor.fetchone()[0]), quota
