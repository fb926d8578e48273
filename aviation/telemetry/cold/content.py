"""An archived file's bytes, never without looking whether they are still the ones archived."""

from __future__ import annotations

import hashlib

from django.core.files.storage import default_storage

from aviation.common.errors import DomainError
from aviation.telemetry.cold.models import ColdFile


class UnsoundArchive(DomainError):
    """A file is missing, cut off or changed, or did not come back as it was written."""

    code = "archive_unsound"
    status = 503


def checked_content(file: ColdFile) -> bytes:
    """The whole file. Raises UnsoundArchive."""
    try:
        with default_storage.open(file.file_name, "rb") as stored:
            content: bytes = stored.read()
    except OSError as error:
        raise UnsoundArchive("Archived telemetry of this flight cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise UnsoundArchive("Archived telemetry of this flight is damaged.")
    return content
