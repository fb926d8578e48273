"""A month's manifest beside its files: what there is, should the database be what is lost."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from aviation.telemetry.cold.models import ColdFile
from aviation.telemetry.cold.parquet import SCHEMA_VERSION
from aviation.tenants.context import require_organization


@transaction.atomic
def write_manifest(month: date) -> str:
    """Write the month's manifest anew from the files in force; answers its name."""
    organization = require_organization()
    files = ColdFile.objects.filter(month=month, is_in_force=True)
    document = {
        "organization": str(organization.id),
        "month": f"{month:%Y-%m}",
        "schema_version": SCHEMA_VERSION,
        "rows": sum(file.rows for file in files),
        "files": [_described(file) for file in files],
    }
    name = f"organizations/{organization.id}/telemetry/{month:%Y-%m}/manifest.json"
    if default_storage.exists(name):
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(json.dumps(document, indent=1).encode() + b"\n"))


def _described(file: ColdFile) -> dict[str, Any]:
    return {
        "file": file.file_name.rsplit("/", 1)[1],
        "flight": str(file.session_id),
        "rows": file.rows,
        "bytes": file.size_bytes,
        "sha256": file.sha256,
        "first_point_at": file.first_point_at.isoformat(),
        "last_point_at": file.last_point_at.isoformat(),
        "schema_version": file.schema_version,
    }
