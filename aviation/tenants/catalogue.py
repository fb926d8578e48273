"""Reading from PostgreSQL's catalogue what stands between organizations.

Every function takes a cursor of the owner's connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from aviation.tenants.policies import Grants, Policy

TABLE_KINDS = "rp"

PolicyForm = tuple[str, bool, tuple[str, ...], str]
"""A policy as the catalogue tells it: name, restrictive, roles, condition (``~`` and its own
WITH CHECK or command appended when it has one; ours have none)."""


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """What the catalogue says of a table, partition, view, materialized view or sequence."""

    schema: str
    name: str
    kind: str
    """``pg_class.relkind``: r table, p partitioned, v view, m materialized view, S sequence."""
    is_partition: bool
    parent: str
    """The partitioned table above a partition, else empty."""
    is_secured: bool
    is_forced: bool
    has_organization_column: bool
    options: tuple[str, ...]
    grants: Grants
    """Of everybody but the owner; a column's grant reads ``SELECT(name)``."""
    policies: frozenset[PolicyForm]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text, c.relispartition,
       coalesce((SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                 WHERE i.inhrelid = c.oid AND c.relispartition), ''),
       c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT 1 FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped),
       coalesce(c.reloptions, '{}'),
       ARRAY(SELECT coalesce(r.rolname, 'public') || ' ' || x.privilege_type
             FROM aclexplode(c.relacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
             WHERE x.grantee <> c.relowner
             UNION ALL
             SELECT coalesce(r.rolname, 'public') || ' ' || x.privilege_type
                    || '(' || a.attname || ')'
             FROM pg_attribute a, aclexplode(a.attacl) x
             LEFT JOIN pg_roles r ON r.oid = x.grantee
             WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND x.grantee <> c.relowner)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname = ANY(%s)
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_POLICIES = """
SELECT n.nspname, c.relname, p.polname, NOT p.polpermissive,
       ARRAY(SELECT coalesce(r.rolname, 'public') FROM unnest(p.polroles) AS role(oid)
             LEFT JOIN pg_roles r ON r.oid = role.oid ORDER BY 1),
       coalesce(pg_get_expr(p.polqual, p.polrelid), '')
       || CASE WHEN p.polcmd <> '*' THEN ' ~ ' || p.polcmd::text ELSE '' END
       || coalesce(' ~ ' || pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s)
"""


def read_relations(cursor: Any, schemas: Sequence[str]) -> list[RelationFacts]:
    """Everything in the schemas that holds or shows rows; extensions' own objects left out."""
    policies: dict[tuple[str, str], set[PolicyForm]] = {}
    cursor.execute(_POLICIES, [list(schemas)])
    for schema, table, name, is_restrictive, roles, condition in cursor.fetchall():
        form = (name, is_restrictive, tuple(roles), condition)
        policies.setdefault((schema, table), set()).add(form)
    cursor.execute(_RELATIONS, [list(schemas)])
    return [_facts(row, frozenset(policies.get((row[0], row[1]), ()))) for row in cursor.fetchall()]


def _facts(row: tuple[Any, ...], policies: frozenset[PolicyForm]) -> RelationFacts:
    schema, name, kind, is_partition, parent, is_secured, is_forced, has_org, options, grants = row
    return RelationFacts(
        schema,
        name,
        kind,
        is_partition,
        parent,
        is_secured,
        is_forced,
        has_org,
        tuple(options),
        frozenset(_split(each) for each in grants),
        policies,
    )


def _split(grant: str) -> tuple[str, str]:
    role, _, privilege = grant.partition(" ")
    return role, privilege


def catalogue_forms(
    cursor: Any, policies: Sequence[Policy], *, like: str | None = None
) -> frozenset[PolicyForm]:
    """How the catalogue tells these policies; ``like`` names the shared table they speak of.

    PostgreSQL rewrites a condition when it stores it, and each version in its own way: so they
    are put on a temporary table, read back, and dropped.
    """
    name = like or "policy_probe"
    probe = sql.Identifier("pg_temp", name)
    columns = sql.SQL("(LIKE {})").format(sql.Identifier("public", like)) if like else sql.SQL("()")
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} {}").format(sql.Identifier(name), columns))
    try:
        for policy in policies:
            cursor.execute(create_policy(policy, probe))
        cursor.execute("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()")
        here = cursor.fetchone()[0]
        cursor.execute(_POLICIES, [[here]])
        return frozenset((row[2], row[3], tuple(row[4]), row[5]) for row in cursor.fetchall())
    finally:
        cursor.execute(sql.SQL("DROP TABLE {}").format(probe))


def create_policy(policy: Policy, table: sql.Composable) -> sql.Composed:
    """The statement that makes it. Conditions are constants of policies.py, never input."""
    role = sql.SQL("PUBLIC") if policy.role == "public" else sql.Identifier(policy.role)
    return sql.SQL("CREATE POLICY {} ON {} AS {} FOR {} TO {} {} ({})").format(
        sql.Identifier(policy.name),
        table,
        sql.SQL("RESTRICTIVE" if policy.is_restrictive else "PERMISSIVE"),
        sql.SQL(policy.command),
        role,
        sql.SQL("WITH CHECK" if policy.command == "INSERT" else "USING"),
        sql.SQL(policy.using),
    )


def organization_schemas(cursor: Any) -> list[str]:
    """The schemas that belong, or claim to belong, to an organization."""
    cursor.execute(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'org\_%' ORDER BY 1")
    return [row[0] for row in cursor.fetchall()]
