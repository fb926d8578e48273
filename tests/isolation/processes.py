"""Other processes at work on the database of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connections

from aviation.tenants.schemas import OWNER


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a process that shall use the very databases of this test."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": url_of(connections["default"].settings_dict),
        "DATABASE_OWNER_URL": url_of(connections[OWNER].settings_dict),
        "DBX_LOG_LEVEL": "WARNING",
        **more,
    }


def url_of(server: Mapping[str, Any]) -> str:
    user, password = quote(server["USER"], ""), quote(server["PASSWORD"], "")
    port = f":{server['PORT']}" if server["PORT"] else ""
    return f"postgresql://{user}:{password}@{quote(server['HOST'], '')}{port}/{server['NAME']}"


def run_python(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder and wait for its end, however it ends."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.ROOT,
        env=surroundings(**more),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
