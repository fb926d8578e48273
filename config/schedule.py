"""Everything Celery beat starts, on one screen."""

from __future__ import annotations

SCHEDULE: dict[str, dict[str, object]] = {
    "pick up logs whose import was interrupted": {
        "task": "telemetry.resume_imports",
        "schedule": 60.0,
    },
    "make the audit trail's partitions ahead": {
        "task": "audit.prepare_partitions",
        "schedule": 86_400.0,
    },
    "beat is alive": {"task": "common.heartbeat", "schedule": 15.0},
}
