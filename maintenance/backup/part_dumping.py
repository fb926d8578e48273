"""``backup dump`` and ``backup fetch-dump``."""

from __future__ import annotations

from pathlib import Path

from aviation.common.errors import NotFound
from maintenance.backup.dump_checking import fetch_dump
from maintenance.backup.dump_store import read_dump
from maintenance.backup.part_call import MB, Call
from maintenance.backup.restoring import require_free


def dump(call: Call) -> None:
    """Dump one organization by pg_dump: its own tables, its rows of the shared ones, its people."""
    made, removed = call.operator.dump(call.options["organization"])
    for dump_id in removed:
        call.speaker.say(f"{dump_id} was never finished. What was left of it is deleted.")
    rows = sum(made.rows.values())
    call.speaker.say(
        f"{made.id} holds {rows:,} rows of {made.slug} and {made.people} people,"
        f" {made.stored_bytes / MB:,.1f} MB stored; read back and counted."
    )
    call.speaker.document(
        {
            "id": made.id,
            "rows": made.rows,
            "people": made.people,
            "dump_remains": removed,
        }
    )


def fetch(call: Call) -> None:
    """Put the files of a dump, decrypted, into a NEW folder."""
    operator, folder = call.operator, Path(call.options["folder"]).absolute()
    require_free(folder)
    try:
        found = read_dump(operator.store, call.options["dump"])
    except FileNotFoundError:
        raise NotFound(f"There is no dump {call.options['dump']}.") from None
    folder.mkdir(mode=0o700, exist_ok=True)
    made = fetch_dump(found, folder, operator.store, operator.keys)
    for path in made:
        call.speaker.say(str(path))
    call.speaker.document({"files": made})
