"""PostgreSQL's ``archive_command``: ``python -m maintenance.backup.archive_command … %p``.

Exits with 0 only when the file can be read back from the archive. Runs in the data directory.
"""

from __future__ import annotations

import sys
from pathlib import Path

from maintenance.backup import wal_commands
from maintenance.backup.archiving import archive
from maintenance.backup.cluster_files import system_identifier

NOT_ARCHIVED = 1
"""Above 125 PostgreSQL would end its archiver, and count no failure in pg_stat_archiver."""


def main(arguments: list[str]) -> int:
    parser = wal_commands.parser("Archive one WAL file of PostgreSQL.")
    parser.add_argument("--recipient", default="", help="public age key to encrypt for")
    parser.add_argument("--data", type=Path, default=Path(), help="data directory; default: here")
    parser.add_argument("path", type=Path, help="the file, %%p")
    options = parser.parse_args(arguments)

    def work() -> int:
        store, keys = wal_commands.store_of(options), wal_commands.keys_of(options)
        identifier = system_identifier(options.data)
        archive(options.data / options.path, store, keys, system_identifier=identifier)
        return 0

    return wal_commands.run(work, options.timeout, failed=NOT_ARCHIVED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
