"""Everything Celery beat starts, on one screen."""

from __future__ import annotations

SCHEDULE: dict[str, dict[str, object]] = {
    "pick up logs whose import was interrupted": {
        "task": "telemetry.resume_imports",
        "schedule": 60.0,
    },
    "end and finish streamed flights": {
        "task": "telemetry.close_silent_streams",
        "schedule": 60.0,
    },
    "forget old sign-in attempts and browsers": {
        "task": "accounts.clear_sign_in_record",
        "schedule": 3_600.0,
    },
    "clear ended sessions": {"task": "accounts.clear_sessions", "schedule": 86_400.0},
    "clear ended tokens": {"task": "accounts.clear_tokens", "schedule": 86_400.0},
    "forget old answers to batches and refused points": {
        "task": "telemetry.clear_ingest_record",
        "schedule": 86_400.0,
    },
    "move old telemetry to files": {"task": "telemetry.archive_old", "schedule": 86_400.0},
    "write down the end of overdue visits": {"task": "accounts.end_visits", "schedule": 300.0},
    "refresh the figures of fleets that changed": {
        "task": "analytics.refresh_changed",
        "schedule": 300.0,
    },
    "mail the summaries that are due": {"task": "analytics.send_summaries", "schedule": 900.0},
    "gather the platform's figures": {
        "task": "analytics.gather_platform_figures",
        "schedule": 900.0,
    },
    "keep the notes of changes few": {"task": "caching.compact_changes", "schedule": 30.0},
    "look after all partitions": {"task": "maintenance.keep_partitions", "schedule": 86_400.0},
    "keep data for as long as policies say": {
        "task": "maintenance.keep_retention",
        "schedule": 86_400.0,
    },
    "look whether WAL is archived": {"task": "maintenance.watch_archiver", "schedule": 10.0},
    "beat is alive": {"task": "common.heartbeat", "schedule": 15.0},
}
