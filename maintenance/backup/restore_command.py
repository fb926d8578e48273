"""PostgreSQL's ``restore_command``: ``python -m maintenance.backup.restore_command … %f %p``.

Exits with 0 when the file is there, 1 when the archive has none of that name, and 255 for
everything else, which stops the recovery: a damaged file is not the end of the WAL.
"""

from __future__ import annotations

import sys
from pathlib import Path

from maintenance.backup import wal_commands
from maintenance.backup.archiving import fetch
from maintenance.backup.cluster_files import system_identifier

NOT_THERE = 1
STOP = 255
"""Above 125, so that PostgreSQL ends the recovery with an error instead of ending it early."""


def main(arguments: list[str]) -> int:
    parser = wal_commands.parser("Fetch one WAL file of PostgreSQL from the archive.")
    parser.add_argument("--data", type=Path, default=Path(), help="data directory; default: here")
    parser.add_argument("name", help="the file, %%f")
    parser.add_argument("path", type=Path, help="where to put it, %%p")
    options = parser.parse_args(arguments)

    def work() -> int:
        found = fetch(
            options.name,
            options.data / options.path,
            wal_commands.store_of(options),
            wal_commands.keys_of(options),
            system_identifier=system_identifier(options.data),
        )
        return 0 if found else NOT_THERE

    return wal_commands.run(work, options.timeout, failed=STOP)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
