"""``backup settings`` and ``backup new-key``."""

from __future__ import annotations

from maintenance.backup.keys import new_key
from maintenance.backup.part_call import Call


def print_settings(call: Call) -> None:
    """Print the lines of postgresql.conf that make the server archive its WAL here."""
    lines = call.operator.archive_settings
    call.speaker.say(lines.rstrip())
    call.speaker.document({"lines": lines.splitlines()})


def make_key(call: Call) -> None:
    """Print a new secret key and its public one; keep the secret apart from the server."""
    secret, public = new_key()
    call.speaker.say(f"{secret}\n{public}")
    call.speaker.document({"secret": secret, "public": public})
