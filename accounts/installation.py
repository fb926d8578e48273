"""What the platform's first page says of the installation: slow to find out, and kept a while."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from accounts.models import TokenFamily, UserSession
from aviation.caching.reading import cached
from aviation.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    text: str
    found_at: datetime


def installation_figures() -> list[Figure]:
    """For platform work. Never whether a session holds, which the database alone says."""
    return [
        *cached("system_health", "figures", _of_the_system),
        *cached("sessions", "figures", _of_sessions),
    ]


def _of_the_system() -> list[Figure]:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        database_bytes = cursor.fetchone()[0]
    free_bytes = shutil.disk_usage(settings.MEDIA_ROOT).free
    return [
        Figure("Active organizations", str(Organization.objects.active().count()), now),
        Figure("Size of the database", filesizeformat(database_bytes), now),
        Figure("Free for log files", filesizeformat(free_bytes), now),
    ]


def _of_sessions() -> list[Figure]:
    now = timezone.now()
    browsers = UserSession.objects.filter(expire_date__gt=now, user_id__isnull=False)
    programs = TokenFamily.objects.filter(expires_at__gt=now, revoked_at=None)
    return [
        Figure("People signed in", str(browsers.values("user_id").distinct().count()), now),
        Figure("Browsers signed in", str(browsers.count()), now),
        Figure("Programs signed in", str(programs.count()), now),
    ]
