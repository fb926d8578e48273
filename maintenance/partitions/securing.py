"""What would make partitions as aviation/tenants/policies.py declares them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from psycopg import sql

from aviation.tenants.catalogue import PolicyForm, RelationFacts, read_relations
from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import TableRules
from aviation.tenants.securing import (
    forms_of,
    mending,
    own_forms,
    own_rules,
    shared_forms,
    shared_rules,
)


def securing_statements(
    cursor: Any, schema: str, organization: BoundOrganization | None, names: Collection[str]
) -> Iterator[tuple[str, list[sql.Composed]]]:
    """Of the named relations those that are not as declared, with what mends each."""
    known: dict[str, frozenset[PolicyForm]] = {}
    for facts in read_relations(cursor, [schema]):
        if facts.name not in names:
            continue
        rules = shared_rules(facts) if organization is None else own_rules(facts, organization)
        statements = list(mending(facts, rules, _forms(cursor, facts, rules, organization, known)))
        if statements:
            yield facts.name, statements


def _forms(
    cursor: Any,
    facts: RelationFacts,
    rules: TableRules,
    organization: BoundOrganization | None,
    known: dict[str, frozenset[PolicyForm]],
) -> frozenset[PolicyForm]:
    """The rules' policies as the catalogue tells them, asked once for a table and its leaves."""
    if organization is not None:
        forms = known.setdefault("", frozenset()) or own_forms(cursor, organization)
        known[""] = forms
        return forms_of(rules, forms)
    above = facts.parent or facts.name
    if above not in known:
        known[above] = shared_forms(cursor, facts, rules)
    return forms_of(rules, known[above])
