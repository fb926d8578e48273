"""``manage.py migrate`` that ends itself with SIGKILL in the middle of the 151st organization.

Started by test_migrating; KILL_AFTER says how many may be finished, empty lets it run through.
"""

from __future__ import annotations

import os
import signal
import sys

import django
from django.conf import settings


def main() -> None:
    settings.MIGRATION_MODULES = {"fleet": "tests.isolation.next_release"}
    django.setup()
    if os.environ.get("KILL_AFTER"):
        die_after(int(os.environ["KILL_AFTER"]))
    from django.core.management import call_command

    call_command("migrate", stdout=sys.stdout)


def die_after(finished: int) -> None:
    """All statements of the next organization are sent, its commit is not."""
    from aviation.tenants import schemas

    note, count = schemas.note_state, 0

    def note_or_die(schema_name: str, fingerprint: str) -> None:
        nonlocal count
        note(schema_name, fingerprint)
        count += 1
        if count > finished:
            os.kill(os.getpid(), signal.SIGKILL)

    schemas.note_state = note_or_die


if __name__ == "__main__":
    main()
