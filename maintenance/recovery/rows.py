"""Finding rows of then that are missing now, and putting them back; what is there stays as it is.

What must never happen: a row changed or another organization's table touched. Rows come through a
temporary table and are only ever added, in one transaction, with the organization bound, so that
the triggers of audit, caching and references see them as they see the application's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from aviation.common.errors import Conflict, NotFound
from aviation.tenants.policies import READ_ONLY_ORGANIZATION_TABLES
from maintenance.recovery.choices import RecoveryKind
from maintenance.recovery.comparing import Connection, tables_in
from maintenance.recovery.models import RecoveryRequest

FLIGHTS = "flights_flightsession"
POINTS = "telemetry_point"
_REFERENCES = """
SELECT c.relname, a.attname, r.relname, b.attname FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid AND NOT c.relispartition
JOIN pg_class r ON r.oid = f.confrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]
JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = f.confkey[1]
WHERE f.contype = 'f' AND f.conparentid = 0 AND c.relnamespace = to_regnamespace(%s)
  AND r.relnamespace = c.relnamespace AND c.oid <> r.oid
ORDER BY 1, 2
"""
_BY_TRIGGER = ((POINTS, "session_id", FLIGHTS, "id"),)
"""References that triggers hold in place of a foreign key."""
_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""
_KEY = """
SELECT a.attname FROM pg_index i JOIN pg_attribute a
    ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = to_regclass(%s) AND i.indisprimary ORDER BY a.attnum
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of one table: those that meet the condition."""

    table: str
    condition: sql.Composable


@dataclass(frozen=True, slots=True)
class Missing:
    table: str
    then: int
    there: int
    """How many of the rows of then are there now."""

    @property
    def missing(self) -> int:
        return self.then - self.there


def missing(live: Connection, copy: Connection, asked: RecoveryRequest) -> list[Missing]:
    """Count, for every table concerned, rows of then and how many of them are there now."""
    with live.transaction(force_rollback=True):
        return [_counted(live, asked, staged) for staged in _stage_all(live, copy, asked)]


def put_back(live: Connection, copy: Connection, asked: RecoveryRequest) -> dict[str, int]:
    """Add the missing rows; how many by table. Call inside a transaction bound to it."""
    added = {}
    for staged in _stage_all(live, copy, asked):
        before = _counted(live, asked, staged)
        _make_room(live, asked, staged)
        names = sql.SQL(", ").join(map(sql.Identifier, staged.columns))
        count = live.execute(
            sql.SQL(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} t WHERE {}"
            ).format(staged.home(asked), names, names, staged.place, _is_not_there(asked, staged))
        ).rowcount
        if count != before.missing:
            raise Conflict(f"{staged.table}: {count} rows were added instead of {before.missing}.")
        added[staged.table] = count
    return added


@dataclass(frozen=True, slots=True)
class Staged:
    """One table's rows of then in a temporary table."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def place(self) -> sql.Identifier:
        return sql.Identifier("pg_temp", f"then_{self.table}"[:63])

    def home(self, asked: RecoveryRequest) -> sql.Identifier:
        return sql.Identifier(asked.schema_name, self.table)


def parts_of(copy: Connection, asked: RecoveryRequest) -> list[Part]:
    """The tables concerned, each after those it refers to. Raises NotFound."""
    if asked.kind == RecoveryKind.TABLE:
        known = set(tables_in(copy, asked.schema_name)) - READ_ONLY_ORGANIZATION_TABLES
        if asked.table_name not in known:
            raise NotFound(f"The organization has no table {asked.table_name}.")
        return [Part(asked.table_name, sql.SQL("true"))]
    flight = sql.SQL("id = {}").format(sql.Literal(str(asked.flight_id)))
    home = sql.Identifier(asked.schema_name, FLIGHTS)
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(home, flight)
    if copy.execute(query).fetchone() != (1,):
        raise NotFound(f"There was no flight {asked.flight_id} at that moment.")
    return list(_belonging(copy, asked.schema_name, Part(FLIGHTS, flight)))


def _belonging(copy: Connection, schema: str, first: Part) -> Iterator[Part]:
    """The rows that refer to the first ones, and those that refer to them, and so on."""
    references = [*copy.execute(_REFERENCES, [schema]).fetchall(), *_BY_TRIGGER]
    known = {first.table: first.condition}
    waiting = [first.table]
    yield first
    while waiting:
        above = waiting.pop(0)
        for table, column, referred, referred_column in references:
            if referred != above or table in known:
                continue
            known[table] = sql.SQL("{} IN (SELECT {} FROM {} WHERE {})").format(
                sql.Identifier(column),
                sql.Identifier(referred_column),
                sql.Identifier(schema, above),
                known[above],
            )
            waiting.append(table)
            yield Part(table, known[table])


def _stage_all(live: Connection, copy: Connection, asked: RecoveryRequest) -> list[Staged]:
    return [_stage(live, copy, asked, part) for part in parts_of(copy, asked)]


def _stage(live: Connection, copy: Connection, asked: RecoveryRequest, part: Part) -> Staged:
    home = f'"{asked.schema_name}"."{part.table}"'
    columns = tuple(row[0] for row in live.execute(_COLUMNS, [home]).fetchall())
    key = tuple(row[0] for row in live.execute(_KEY, [home]).fetchall())
    staged = Staged(part.table, columns, key)
    place = sql.Identifier(f"then_{part.table}"[:63])
    live.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
        ).format(place, sql.SQL(", ").join(map(sql.Identifier, columns)), staged.home(asked))
    )
    wanted = sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT (FORMAT binary)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), staged.home(asked), part.condition
    )
    into = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(staged.place)
    with copy.cursor().copy(wanted) as out, live.cursor().copy(into) as target:
        for block in out:
            target.write(block)
    return staged


def _counted(live: Connection, asked: RecoveryRequest, staged: Staged) -> Missing:
    query = sql.SQL("SELECT count(*), count(*) FILTER (WHERE {}) FROM {} t").format(
        _is_not_there(asked, staged), staged.place
    )
    row = live.execute(query).fetchone()
    assert row is not None
    return Missing(staged.table, row[0], row[0] - row[1])


def _is_not_there(asked: RecoveryRequest, staged: Staged) -> sql.Composed:
    same = sql.SQL(" AND ").join(
        sql.SQL("h.{} = t.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in staged.key
    )
    return sql.SQL("NOT EXISTS (SELECT FROM {} h WHERE {})").format(staged.home(asked), same)


def _make_room(live: Connection, asked: RecoveryRequest, staged: Staged) -> None:
    """Months whose partition is gone get one again."""
    if staged.table != POINTS:
        return
    make = sql.Identifier(asked.schema_name, "telemetry_ensure_partition")
    live.execute(
        sql.SQL(
            "SELECT {}(month::date) FROM (SELECT DISTINCT date_trunc('month', \"timestamp\")"
            " AS month FROM {}) AS months"
        ).format(make, staged.place)
    )
