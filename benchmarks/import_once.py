"""Import one log in a process of its own and print its peak memory in MB."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import django


def main(path: Path, slug: str) -> None:
    django.setup()
    from django.db import transaction

    from aviation.fleet.models import Aircraft
    from aviation.telemetry.management.commands.import_logs import import_file
    from aviation.tenants.context import platform_context, tenant_context
    from aviation.tenants.models import Organization

    with platform_context(), transaction.atomic():
        organization = Organization.objects.get(slug=slug)
    with tenant_context(organization):
        with transaction.atomic():
            aircraft = Aircraft.objects.get(registration="BENCH-1")
        result = import_file(path, aircraft)
    if result.outcome != "imported":
        sys.exit(f"{result.outcome}: {result.detail}")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    main(Path(sys.argv[1]), sys.argv[2])
