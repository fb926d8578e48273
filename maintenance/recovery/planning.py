"""Making the plan of a request: what would happen, in numbers and in words. Changes no data.

Made again before it runs: the same backup and the same data make the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql

from aviation.common.errors import Conflict, NotFound
from aviation.tenants.choices import OrganizationStatus
from maintenance.backup.operating import Operator
from maintenance.backup.restoring import Plan
from maintenance.backup.wal_names import lsn_text
from maintenance.recovery import rows, stored_files
from maintenance.recovery.beside import Beside, Copy
from maintenance.recovery.choices import RecoveryKind
from maintenance.recovery.comparing import Connection, compared, contents_of, tables_in
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import Source, TableThen, plan_text
from maintenance.recovery.wording import (
    words_for_cluster,
    words_for_organization,
    words_for_rows,
)

Say = Callable[[str], None]
_WRITERS = "LOCK TABLE {} IN SHARE MODE"
_RECYCLED_SINCE = """
SELECT count(*) FROM public.maintenance_recycledbatch
WHERE org_id = %(organization)s AND recycled_at > %(target_at)s
  AND state IN ('recycled', 'restoring', 'removing') AND {}
"""
_TOUCHED = {
    RecoveryKind.ORGANIZATION: sql.SQL("true"),
    RecoveryKind.FLIGHT: sql.SQL("%(flight)s = ANY (flight_ids)"),
    RecoveryKind.TABLE: sql.SQL("jsonb_exists(counts, %(table)s)"),
}
"""Which batches of the recycle archive hold rows that a recovery brings back."""
_NOTED = "SELECT app, name FROM {} ORDER BY 1, 2"


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs: the operator's tools and a connection of the superuser's."""

    operator: Operator
    live: Connection
    say: Say

    def choose(self, asked: RecoveryRequest, backup_id: str = "") -> Plan:
        """The backup to restore from. Raises what the restorer raises, and Conflict while the
        organization that is to go back is open, or what comes back lies in the recycle archive."""
        if asked.kind == RecoveryKind.ORGANIZATION:
            self._require_suspended(asked)
        if asked.kind != RecoveryKind.CLUSTER:
            self._require_none_recycled(asked)
        return Beside(self.operator, asked).choose(backup_id)

    def for_cluster(self, asked: RecoveryRequest, chosen: Plan) -> str:
        """The plan for a whole database: nothing is restored yet, so nothing is counted."""
        ids = tuple(each.id for each in chosen.chain)
        source = Source(ids, lsn_text(chosen.backup.start_position), "")
        return plan_text(asked, source, [], words_for_cluster(asked))

    def for_organization(self, asked: RecoveryRequest, copy: Copy, schema: str) -> str:
        """The plan for an organization whose copy lies in ``schema`` of the restored database.

        Raises Conflict while the organization is open, or where the copy is of another release.
        """
        self._require_suspended(asked)
        self._require_same_release(asked, copy, schema)
        self._await_writers(asked)
        self.say("Counting what is there now ...")
        now = contents_of(self.live, asked.schema_name)
        self.say("Counting what was there then ...")
        then = contents_of(copy.connection, schema)
        tables = compared(now, then)
        members = self._lost_members(asked, copy)
        gone = stored_files.missing(copy.connection, schema)
        words = words_for_organization(asked, tables, members, gone)
        return plan_text(asked, copy.source, tables, words, {"members_back": members})

    def for_rows(self, asked: RecoveryRequest, copy: Copy) -> str:
        """The plan for missing rows of a flight or a table, found by their keys."""
        self._require_there(asked, copy.connection)
        self._require_same_release(asked, copy, asked.schema_name)
        found = rows.missing(self.live, copy.connection, asked)
        tables = [TableThen(each.table, each.there, each.then) for each in found]
        if not any(each.missing for each in found):
            raise Conflict("Nothing is missing: every row of then is there now.")
        gone = {each.table: each.missing for each in found}
        parts = {each.table: each.condition for each in rows.parts_of(copy.connection, asked)}
        files = stored_files.missing(copy.connection, asked.schema_name, parts)
        words = words_for_rows(asked, gone, files)
        return plan_text(asked, copy.source, tables, words, {"missing": gone})

    def _require_suspended(self, asked: RecoveryRequest) -> None:
        row = self.live.execute(
            "SELECT status FROM public.tenants_organization WHERE id = %s", [asked.organization_id]
        ).fetchone()
        if row is None:
            raise NotFound(f"There is no organization {asked.organization_slug} any more.")
        if row != (OrganizationStatus.SUSPENDED.value,):
            raise Conflict(
                f"{asked.organization_slug} is open, and what is written to it from now on would be"
                f" lost. Suspend it first: manage.py suspend_organization {asked.organization_slug}"
            )

    def _require_none_recycled(self, asked: RecoveryRequest) -> None:
        """Else rows would be in the tables and in the archive, whose end takes their files."""
        query = sql.SQL(_RECYCLED_SINCE).format(_TOUCHED[RecoveryKind(asked.kind)])
        scope = {
            "organization": asked.organization_id,
            "target_at": asked.target_at,
            "flight": asked.flight_id,
            "table": asked.table_name,
        }
        if self.live.execute(query, scope).fetchone() != (0,):
            raise Conflict(
                "Data of that moment went to the recycle archive since. Bring it back first:"
                f" manage.py retention list --organization {asked.organization_slug}, and restore"
                " each batch that was recycled after it."
            )

    def _require_there(self, asked: RecoveryRequest, connection: Connection) -> None:
        row = connection.execute("SELECT to_regnamespace(%s)", [asked.schema_name]).fetchone()
        if row == (None,):
            raise NotFound(f"{asked.organization_slug} was not there at that moment.")

    def _require_same_release(self, asked: RecoveryRequest, copy: Copy, schema: str) -> None:
        """The copy's tables must be those of the present release."""
        now = _migrations(self.live, asked.schema_name)
        then = _migrations(copy.connection, schema)
        if now == then:
            return
        since = ", ".join(f"{app}.{name}" for app, name in sorted(now - then))
        dropped = ", ".join(f"{app}.{name}" for app, name in sorted(then - now))
        raise Conflict(
            "The tables of that moment are of another release."
            + (f" They lack {since}." if since else "")
            + (f" They have {dropped} besides." if dropped else "")
            + " Recover the whole database beside, with the release of that time."
        )

    def _await_writers(self, asked: RecoveryRequest) -> None:
        """Whoever was let in before it was suspended has ended when this returns."""
        with self.live.transaction():
            self.live.execute("SET LOCAL lock_timeout = '60s'")
            self.live.execute(
                sql.SQL(_WRITERS).format(
                    sql.SQL(", ").join(
                        sql.Identifier(asked.schema_name, table)
                        for table in tables_in(self.live, asked.schema_name)
                    )
                )
            )

    def _lost_members(self, asked: RecoveryRequest, copy: Copy) -> list[str]:
        """Ids of memberships that rows of then may name and that are not there any more."""
        query = "SELECT id::text FROM public.accounts_membership WHERE org_id = %s"
        then = {row[0] for row in copy.connection.execute(query, [asked.organization_id])}
        now = {row[0] for row in self.live.execute(query, [asked.organization_id])}
        return sorted(then - now)


def _migrations(connection: Connection, schema: str) -> set[tuple[str, str]]:
    place = sql.Identifier(schema, "django_migrations")
    found: Sequence[tuple[str, str]] = connection.execute(sql.SQL(_NOTED).format(place)).fetchall()
    return set(found)
