"""A schema through a pipe: pg_dump and psql on one end, psql on the other, in one transaction.

The rows of large tables go as PostgreSQL keeps them instead of as text, which halves the work on
both ends. Half a dump is no dump, so every program is asked how it ended.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from psycopg import sql

from maintenance.backup.programs import ProgramFailed, Programs, without_password
from maintenance.recovery.beside import Copy

VIEWS = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'm' ORDER BY 1
"""
LARGE_BYTES = 1 << 20
_LARGE = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' AND pg_table_size(c.oid) >= %s
    AND a.attgenerated = ''
GROUP BY 1 HAVING bool_and(t.typnamespace = 'pg_catalog'::regnamespace) ORDER BY 1
"""
_SURROUNDINGS = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


def pipe_schema(copy: Copy, live_dsn: str, programs: Programs, schema: str) -> None:
    """Make the copy's schema in the running database, all of it or nothing. Raises ProgramFailed.

    Stored figures are left out: they are made anew under the policies of their tables.
    """
    address, secret = without_password(live_dsn)
    load = [
        *(str(programs.folder / "psql"), "--dbname", address, "--no-psqlrc", "--quiet"),
        *("--no-password", "--set", "ON_ERROR_STOP=1"),
    ]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - our own arguments
            load,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd="/",
            env={**_SURROUNDINGS, **secret},
        ) as loading,
    ):
        assert loading.stdin is not None
        try:
            _Sender(copy, programs, schema, loading.stdin).send()
            loading.communicate()
        except (ProgramFailed, BrokenPipeError):
            loading.kill()
            if loading.wait() == -signal.SIGKILL:  # else it had ended before: that is the reason
                raise
        said.seek(0)
        if loading.returncode != 0:
            raise ProgramFailed(f"psql failed: {said.read().decode(errors='replace').strip()}")


@dataclass(frozen=True, slots=True)
class _Sender:
    """The end that reads the copy."""

    copy: Copy
    programs: Programs
    schema: str
    target: IO[bytes]

    def send(self) -> None:
        """Tables, the rows of the large ones, and then everything else.

        Only the last word makes it stay: an end that comes before, such as ours, undoes it.
        """
        large = self.copy.connection.execute(_LARGE, [self.schema, LARGE_BYTES]).fetchall()
        views = self.copy.connection.execute(VIEWS, [self.schema]).fetchall()
        self._say("BEGIN;\n")
        self._dump("--section=pre-data")
        self._say("".join(self._rows(name, columns) for name, columns in large))
        names = [name for name, *_ in [*large, *views]]
        left_out = (f"--exclude-table-data={self._place(name)}" for name in names)
        self._dump("--section=data", "--section=post-data", *left_out)
        self._say("COMMIT;\n")

    def _say(self, words: str) -> None:
        self.target.write(words.encode())

    def _dump(self, *options: str) -> None:
        name = str(self.programs.folder / "pg_dump")
        ended = subprocess.run(  # noqa: S603 - our own arguments
            [name, "--dbname", self.copy.dsn, "--schema", self.schema, *options],
            stdout=self.target,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_SURROUNDINGS,
        )
        if ended.returncode != 0:
            words = ended.stderr.decode(errors="replace").strip()
            raise ProgramFailed(f"pg_dump failed: {words}")

    def _rows(self, table: str, columns: Sequence[str]) -> str:
        """The line for psql that has another one read the table."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns)).as_string(self.copy.connection)
        rows = f"{self._place(table)} ({names})"
        read = [
            *(str(self.programs.folder / "psql"), "--dbname", self.copy.dsn, "--no-psqlrc"),
            *("--command", f"COPY {rows} TO STDOUT (FORMAT binary)"),
        ]
        program = shlex.join(read).replace("'", "''")
        return f"\\copy {rows} FROM PROGRAM '{program}' (FORMAT binary)\n"

    def _place(self, table: str) -> str:
        return sql.Identifier(self.schema, table).as_string(self.copy.connection)
