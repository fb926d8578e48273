"""Looking in the catalogue for anything that would let one organization reach another's data.

Reads only, as the owner. Every finding is a fault: either somebody changed the database by hand,
or a migration made something policies.py does not know.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aviation.tenants.catalogue import (
    TABLE_KINDS,
    PolicyForm,
    RelationFacts,
    organization_schemas,
    read_relations,
)
from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import (
    APP_ROLE,
    OWNER_ROLE,
    READER_PREFIX,
    READER_ROLE,
    SHARED_TABLES,
    TableRules,
)
from aviation.tenants.references import outward_references, unlocked_tables
from aviation.tenants.schemas import ASIDE
from aviation.tenants.securing import forms_of, own_forms, own_rules, shared_forms, shared_rules
from aviation.tenants.views import guard_text


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as declared. ``code`` is stable."""

    code: str
    where: str
    text: str


def find_faults(cursor: Any) -> list[Fault]:
    """Every deviation, roles first. Call inside a transaction on the owner's connection."""
    return [
        *_roles(cursor),
        *_ownership(cursor),
        *_shared(cursor),
        *_organizations(cursor),
        *_definer_functions(cursor),
    ]


_ROLES = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
       ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname IN (%s, %s, %s) OR starts_with(r.rolname, %s)
"""
_POWERS = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
_PAST_POLICIES = frozenset({"SUPERUSER", "BYPASSRLS"})
"""Not even the owner may have these: policies would not hold for it."""


def _roles(cursor: Any) -> Iterator[Fault]:
    cursor.execute(_ROLES, [OWNER_ROLE, APP_ROLE, READER_ROLE, READER_PREFIX])
    for name, *powers, member_of in cursor.fetchall():
        for power, has in zip(_POWERS, powers, strict=True):
            if has and (name != OWNER_ROLE or power in _PAST_POLICIES):
                yield Fault("role_power", name, f"has {power}")
        if name == OWNER_ROLE:
            continue
        allowed = {READER_ROLE} if name.startswith(READER_PREFIX) else set()
        for group in set(member_of) - allowed:
            yield Fault("role_member", name, f"is a member of {group}")


def _ownership(cursor: Any) -> Iterator[Fault]:
    """Who owns an object may switch off what protects it."""
    cursor.execute(
        "SELECT r.rolname, pg_describe_object(d.classid, d.objid, d.objsubid)"
        " FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
        " LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid"
        " WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'"
        " AND c.relpersistence IS DISTINCT FROM 't'"  # staging tables of its own sessions
        " AND (r.rolname IN (%s, %s) OR starts_with(r.rolname, %s))"
        " AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
        [APP_ROLE, READER_ROLE, READER_PREFIX],
    )
    for role, thing in cursor.fetchall():
        yield Fault("owns", role, f"owns {thing}")


def _shared(cursor: Any) -> Iterator[Fault]:
    yield from _schema_rights(cursor, {"public": True})
    declared = {access.table: access for access in SHARED_TABLES}
    relations = read_relations(cursor, ["public"])
    for facts in relations:
        if facts.kind in TABLE_KINDS and (facts.parent or facts.name) not in declared:
            yield Fault("undeclared", facts.full_name, "is not in policies.SHARED_TABLES")
            continue
        rules = shared_rules(facts)
        if facts.kind in TABLE_KINDS and facts.has_organization_column and not rules.policies:
            yield Fault("unprotected", facts.full_name, "has org_id and no policy is declared")
        yield from _relation(facts, rules, shared_forms(cursor, facts, rules))
        yield from _view(facts, "", None)
    for name in declared.keys() - {facts.name for facts in relations}:
        yield Fault("missing", f"public.{name}", "is declared and does not exist")
    for name in unlocked_tables(cursor):
        yield Fault("movable", f"public.{name}", "its rows can be moved to another organization")


def _organizations(cursor: Any) -> Iterator[Fault]:
    """Schemas against organizations, then everything inside each schema."""
    cursor.execute("SELECT id, slug, status FROM public.tenants_organization")
    rows = {f"org_{identity.hex}": (identity, slug, status) for identity, slug, status in cursor}
    schemas = organization_schemas(cursor)
    yield from _stray_readers(cursor, set(rows))
    for name in rows.keys() - set(schemas):
        yield Fault("no_schema", rows[name][1], f"has no schema {name}")
    for name in set(schemas) - rows.keys():
        yield Fault("no_organization", name, "belongs to no organization")
    known = [name for name in schemas if name in rows]
    is_open = {name: rows[name][2] != "closed" for name in known}
    yield from _schema_rights(cursor, is_open | dict.fromkeys(_aside(cursor), False))
    yield from _references(cursor, known)
    yield from _switched_off(cursor, known)
    example, views = _Example(cursor), _view_texts(cursor, known)
    for facts in read_relations(cursor, known):
        identity, slug, _ = rows[facts.schema]
        organization = BoundOrganization(identity, slug, facts.schema)
        rules = own_rules(facts, organization)
        yield from _relation(facts, rules, forms_of(rules, example.forms_of(organization)))
        text = views.get((facts.schema, facts.name), "")
        yield from _view(facts, text, example.guard_of(organization))


def _aside(cursor: Any) -> list[str]:
    """Schemas with other states of an organization, which no role but the owner may use."""
    cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname::text, %s)", [ASIDE])
    return [row[0] for row in cursor.fetchall()]


def _stray_readers(cursor: Any, schemas: set[str]) -> Iterator[Fault]:
    cursor.execute(
        "SELECT rolname FROM pg_roles r JOIN pg_db_role_setting s ON s.setrole = r.oid"
        " JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()"
        " WHERE starts_with(rolname, %s)",
        [READER_PREFIX],
    )
    for (name,) in cursor.fetchall():
        if "org_" + name.removeprefix(READER_PREFIX)[:32] not in schemas:
            yield Fault("stray_reader", name, "is the login of no organization here")


class _Example:
    """What the catalogue says of one organization, read once and rewritten for each other."""

    def __init__(self, cursor: Any) -> None:
        self._id = uuid.uuid4()
        organization = BoundOrganization(self._id, "example", "")
        self._forms = own_forms(cursor, organization)
        self._guard = guard_text(cursor, organization)

    def forms_of(self, organization: BoundOrganization) -> frozenset[PolicyForm]:
        """Of its policies."""
        return frozenset(
            (name, is_restrictive, roles, self._rewritten(condition, organization))
            for name, is_restrictive, roles, condition in self._forms
        )

    def guard_of(self, organization: BoundOrganization) -> str:
        """The condition of its views."""
        return self._rewritten(self._guard, organization)

    def _rewritten(self, text: str, organization: BoundOrganization) -> str:
        its_own = text.replace(str(self._id), str(organization.id))
        return its_own.replace(self._id.hex, organization.id.hex)


def _relation(
    facts: RelationFacts, rules: TableRules, forms: frozenset[PolicyForm]
) -> Iterator[Fault]:
    if facts.kind in TABLE_KINDS:
        if rules.policies and not (facts.is_secured and facts.is_forced):
            yield Fault("not_forced", facts.full_name, "row level security is not forced")
        for name, *_ in forms - facts.policies:
            yield Fault("policy_missing", facts.full_name, f"{name} is not as declared")
        for name in {form[0] for form in facts.policies} - {form[0] for form in forms}:
            yield Fault("policy_unknown", facts.full_name, f"{name} is not declared")
    if facts.kind == "v":
        return
    for role, privilege in sorted(facts.grants - rules.grants):
        if not _is_owner_or_reader(role, privilege):
            yield Fault("grant_unknown", facts.full_name, f"{role} has {privilege}")
    for role, privilege in sorted(rules.grants - facts.grants):
        yield Fault("grant_missing", facts.full_name, f"{role} lacks {privilege}")


def _is_owner_or_reader(role: str, privilege: str) -> bool:
    return role == OWNER_ROLE or (role.startswith(READER_PREFIX) and privilege == "SELECT")


def _view_texts(cursor: Any, schemas: Sequence[str]) -> dict[tuple[str, str], str]:
    """What each view of the schemas asks for."""
    cursor.execute(
        "SELECT n.nspname, c.relname, pg_get_viewdef(c.oid) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'v' AND n.nspname = ANY (%s)",
        [list(schemas)],
    )
    return {(schema, name): text for schema, name, text in cursor.fetchall()}


def _view(facts: RelationFacts, text: str, guard: str | None) -> Iterator[Fault]:
    """A view runs with its owner's rights unless it says otherwise or guards itself."""
    if facts.kind != "v" or "security_invoker=true" in facts.options:
        return
    is_guarded = guard is not None and guard in text
    if not (is_guarded and "security_barrier=true" in facts.options):
        yield Fault("view_open", facts.full_name, "is neither security_invoker nor guarded")


def _references(cursor: Any, schemas: Sequence[str]) -> Iterator[Fault]:
    for reference in outward_references(cursor, schemas):
        where = f"{reference.schema}.{reference.table}.{reference.column}"
        if not reference.has_organization:
            text = f"refers to {reference.shared_table}, which knows no organization"
            yield Fault("reference_open", where, text)
        elif not reference.is_guarded:
            yield Fault("reference_open", where, f"refers to {reference.shared_table} unguarded")


def _switched_off(cursor: Any, schemas: Sequence[str]) -> Iterator[Fault]:
    cursor.execute(
        "SELECT n.nspname || '.' || c.relname, t.tgname FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY (%s) AND t.tgenabled <> 'O'",
        [list(schemas)],
    )
    for table, trigger in cursor.fetchall():
        yield Fault("trigger_off", table, f"{trigger} is switched off")


_RIGHTS = """
SELECT n.nspname, r.rolname, has_schema_privilege(r.oid, n.oid, 'USAGE'),
       has_schema_privilege(r.oid, n.oid, 'CREATE')
FROM pg_namespace n, pg_roles r WHERE n.nspname = ANY (%s) AND r.rolname IN (%s, %s)
ORDER BY 1, 2
"""


def _schema_rights(cursor: Any, is_open: Mapping[str, bool]) -> Iterator[Fault]:
    """``is_open`` says of each schema whether the roles may use it."""
    cursor.execute(_RIGHTS, [list(is_open), APP_ROLE, READER_ROLE])
    for schema, role, may_use, may_create in cursor.fetchall():
        if may_create:
            yield Fault("schema_rights", schema, f"{role} may create objects in it")
        if may_use and not is_open[schema]:
            yield Fault("schema_rights", schema, f"{role} may use it, and it is shut to all")
        if is_open[schema] and not may_use:
            yield Fault("schema_rights", schema, f"{role} may not use it")


_DEFINERS = """
SELECT n.nspname || '.' || p.proname,
       EXISTS (SELECT 1 FROM unnest(p.proconfig) AS setting(text)
               WHERE setting.text LIKE 'search\\_path=%%'),
       EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
               WHERE x.grantee = 0 AND x.privilege_type = 'EXECUTE')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""


def _definer_functions(cursor: Any) -> Iterator[Fault]:
    cursor.execute(_DEFINERS, [])
    for name, is_pinned, is_public in cursor.fetchall():
        if not is_pinned:
            yield Fault("definer_path", name, "runs as its owner without a fixed search_path")
        if is_public:
            yield Fault("definer_public", name, "runs as its owner and everybody may call it")
