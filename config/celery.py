"""The task queue. ``celery -A config worker`` and ``celery -A config beat`` start from here."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("dbx", task_cls="aviation.tenants.tasks:NamedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["accounts"], related_name="upkeep")
app.autodiscover_tasks(
    ["aviation.telemetry.cold", "aviation.telemetry.ingest"], related_name="upkeep"
)
app.autodiscover_tasks(["analytics.platform", "analytics.reports"])
