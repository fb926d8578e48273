"""Making the catalogue match what policies.py and references.py declare.

Plan → apply: only what differs is touched, since every change of a policy takes a lock that
stops all reading of its table for a moment. Run again, nothing is left to do.

What must never happen: a table in use without its policies. Everything here runs in the same
transaction as the migrations before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import sql

from aviation.tenants.catalogue import (
    TABLE_KINDS,
    PolicyForm,
    RelationFacts,
    catalogue_forms,
    create_policy,
    read_relations,
)
from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import (
    APP_ROLE,
    READER_ROLE,
    SHARED_TABLES,
    UNDECLARED,
    Grants,
    TableRules,
    grants_of,
    organization_table_rules,
)
from aviation.tenants.references import missing_guards, missing_org_locks

Statements = Iterator[sql.Composed]
SEQUENCE_GRANTS = grants_of(APP_ROLE, "USAGE")
OUR_ROLES = frozenset({APP_ROLE, READER_ROLE, "public"})


def secure_public(cursor: Any) -> int:
    """Make the shared tables match SHARED_TABLES; answers how many statements it took."""
    statements = list(_usage(cursor, "public"))
    for facts in read_relations(cursor, ["public"]):
        rules = shared_rules(facts)
        statements += mending(facts, rules, shared_forms(cursor, facts, rules))
    return _run(cursor, [*statements, *missing_org_locks(cursor)])


def secure_schema(cursor: Any, organization: BoundOrganization) -> int:
    """Make the organization's schema right, partitions included; answers how many statements."""
    name = organization.schema_name
    statements = list(_usage(cursor, name))
    forms = own_forms(cursor, organization)
    for facts in read_relations(cursor, [name]):
        rules = own_rules(facts, organization)
        statements += mending(facts, rules, forms_of(rules, forms))
    return _run(cursor, [*statements, *missing_guards(cursor, organization)])


def shared_rules(facts: RelationFacts) -> TableRules:
    """What holds for a relation in ``public``; a partition follows the table above it."""
    if facts.kind == "S":
        return TableRules((), SEQUENCE_GRANTS)
    name = facts.parent or facts.name
    declared = next((each for each in SHARED_TABLES if each.table == name), None)
    return UNDECLARED if declared is None else declared.rules(is_partition=facts.is_partition)


def own_rules(facts: RelationFacts, organization: BoundOrganization) -> TableRules:
    """What holds for a relation in an organization's schema."""
    if facts.kind == "S":
        return TableRules((), SEQUENCE_GRANTS)
    if facts.kind not in TABLE_KINDS:
        return UNDECLARED
    return organization_table_rules(organization, facts.name, is_partition=facts.is_partition)


def shared_forms(cursor: Any, facts: RelationFacts, rules: TableRules) -> frozenset[PolicyForm]:
    """The rules' policies as the catalogue would tell them, on the table they speak of."""
    if not rules.policies:
        return frozenset()
    return catalogue_forms(cursor, rules.policies, like=facts.parent or facts.name)


def own_forms(cursor: Any, organization: BoundOrganization) -> frozenset[PolicyForm]:
    """All policies of an organization's tables as the catalogue tells them."""
    rules = organization_table_rules(organization, "", is_partition=False)
    return catalogue_forms(cursor, rules.policies)


def forms_of(rules: TableRules, forms: frozenset[PolicyForm]) -> frozenset[PolicyForm]:
    """Those of ``forms`` that the rules ask for."""
    names = {policy.name for policy in rules.policies}
    return frozenset(form for form in forms if form[0] in names)


def mending(facts: RelationFacts, rules: TableRules, forms: frozenset[PolicyForm]) -> Statements:
    """The statements that make one relation as its rules say."""
    relation = sql.Identifier(facts.schema, facts.name)
    if facts.kind in TABLE_KINDS:
        yield from _mend_policies(facts, rules, forms, relation)
    if facts.kind != "v":  # a view's grants are its migration's affair; inspection judges them
        yield from _mend_grants(facts, rules.grants, relation)


def _mend_policies(
    facts: RelationFacts,
    rules: TableRules,
    forms: frozenset[PolicyForm],
    table: sql.Identifier,
) -> Statements:
    if rules.policies and not facts.is_secured:
        yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table)
    if rules.policies and not facts.is_forced:
        yield sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(table)
    for name, *_ in facts.policies - forms:
        yield sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(name), table)
    missing = {form[0] for form in forms - facts.policies}
    for policy in rules.policies:
        if policy.name in missing:
            yield create_policy(policy, table)


def _mend_grants(facts: RelationFacts, wanted: Grants, relation: sql.Identifier) -> Statements:
    kind = sql.SQL("SEQUENCE" if facts.kind == "S" else "TABLE")
    held = frozenset(grant for grant in facts.grants if grant[0] in OUR_ROLES)
    for role, privilege in sorted(held - wanted):
        yield sql.SQL("REVOKE {} ON {} {} FROM {}").format(
            _privilege(privilege), kind, relation, _role(role)
        )
    for role, privilege in sorted(wanted - held):
        yield sql.SQL("GRANT {} ON {} {} TO {}").format(
            _privilege(privilege), kind, relation, _role(role)
        )


def _privilege(text: str) -> sql.Composable:
    """``SELECT``, or ``SELECT(name)`` for a column's."""
    privilege, _, column = text.partition("(")
    if not column:
        return sql.SQL(privilege)
    return sql.SQL(privilege + " ({})").format(sql.Identifier(column.removesuffix(")")))


def _role(role: str) -> sql.Composable:
    return sql.SQL("PUBLIC") if role == "public" else sql.Identifier(role)


def _usage(cursor: Any, schema: str) -> Statements:
    """USAGE on the schema for both roles, and CREATE for neither."""
    for role in (APP_ROLE, READER_ROLE):
        cursor.execute(
            "SELECT has_schema_privilege(%s, %s, 'USAGE'), has_schema_privilege(%s, %s, 'CREATE')",
            [role, schema, role, schema],
        )
        may_use, may_create = cursor.fetchone()
        names = (sql.Identifier(schema), sql.Identifier(role))
        if not may_use:
            yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(*names)
        if may_create:
            yield sql.SQL("REVOKE CREATE ON SCHEMA {} FROM {}").format(*names)


def _run(cursor: Any, statements: list[sql.Composed]) -> int:
    """All of them in one round trip."""
    if statements:
        cursor.execute(sql.SQL("; ").join(statements))
    return len(statements)
