"""A copy of the database from the backups, rolled forward and running for as long as a block lasts.

Nothing of it is waited for until it is on the disk: after a crash of the machine it is worth
nothing. The WAL is fetched while the backup is still being unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from maintenance.backup.restoring import Plan, Restorer
from maintenance.backup.throw_away import throw_away_server
from maintenance.backup.wal_answering import wal_at_hand

Say = Callable[[str], None]


@contextmanager
def running_copy(
    plan: Plan, restorer: Restorer, data: Path, *, user: str, database: str, say: Say
) -> Iterator[str]:
    """Restore into ``data`` unless that was done already; yields the server's connection string.

    Raises what the restorer raises, and Unavailable where the server does not recover.
    """
    programs = restorer.programs
    with ExitStack() as stack:
        with _wal(plan, restorer, data) as command:
            if not data.exists():
                restorer.restore(plan, data, command, say, is_kept=False)
            say("Starting the copy ...")
            server = throw_away_server(
                data, programs, user=user, database=database, restore_command=command
            )
            dsn = stack.enter_context(server)
        yield dsn


def _wal(plan: Plan, restorer: Restorer, data: Path) -> AbstractContextManager[str]:
    """None is needed where the recovery has come to its end already."""
    if data.exists() and not (data / "recovery.signal").exists():
        return nullcontext("")
    return wal_at_hand(plan, restorer, data.with_name(f"{data.name}.wal"))
