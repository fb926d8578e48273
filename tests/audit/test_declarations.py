"""Deny unless declared: every model is audited or says why not, and the database agrees."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import LazySettings
from pgtrigger import registered

from aviation.audit.checks import every_model_is_declared
from aviation.audit.tables import AuditedTable
from aviation.audit.triggers import AuditTrigger
from tests.audit.conftest import ByHand
from tests.conftest import Cast

TRIGGERS = (
    "SELECT c.relname, t.tgname, p.proname, encode(t.tgargs, 'escape'), t.tgenabled::text"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE c.relnamespace = %s::regnamespace AND p.proname LIKE 'audit%%'"
    " AND c.relname NOT LIKE 'audit%%'"
)


def ids(settings: LazySettings) -> list[str | None]:
    return [message.id for message in every_model_is_declared()]


def test_every_model_is_declared(settings: LazySettings) -> None:
    assert every_model_is_declared() == []


def test_reasons_are_given(settings: LazySettings) -> None:
    assert all(len(reason) > 15 for reason in settings.UNAUDITED_MODELS.values())


def test_new_model_is_reported_until_declared(settings: LazySettings) -> None:
    settings.AUDITED_TABLES = settings.AUDITED_TABLES[:-1]
    assert ids(settings) == ["audit.E001"]


def test_model_declared_twice_is_reported(settings: LazySettings) -> None:
    settings.UNAUDITED_MODELS = settings.UNAUDITED_MODELS | {"fleet.Aircraft": "No reason at all."}
    assert ids(settings) == ["audit.E002"]


def test_declaration_without_a_model_is_reported(settings: LazySettings) -> None:
    settings.UNAUDITED_MODELS = settings.UNAUDITED_MODELS | {"fleet.Zeppelin": "No such thing."}
    assert ids(settings) == ["audit.E002"]


@pytest.mark.parametrize("wrong", [{"left_out": ("colour",)}, {"organization_column": "owner"}])
def test_unknown_column_is_reported(settings: LazySettings, wrong: dict[str, object]) -> None:
    first, *rest = settings.AUDITED_TABLES
    settings.AUDITED_TABLES = (AuditedTable(first.model, first.name, **wrong), *rest)  # type: ignore[arg-type]
    assert ids(settings) == ["audit.E003"]


def test_names_in_the_trail_are_unique(settings: LazySettings) -> None:
    names = [table.name for table in settings.AUDITED_TABLES]
    assert len(names) == len(set(names))


NOT_SECRET = {"password_changed_at", "pepper_number"}
"""A moment, and which of the peppers: neither helps anybody to guess."""


def test_every_secret_looking_column_is_left_out(settings: LazySettings) -> None:
    for table in settings.AUDITED_TABLES:
        columns = {field.column for field in apps.get_model(table.model)._meta.concrete_fields}
        secret = {
            column
            for column in columns
            for word in ("password", "secret", "token", "key_hash", "pepper", "otp")
            if word in column and column not in NOT_SECRET
        }
        assert secret <= set(table.left_out)


@pytest.mark.parametrize("place", ["public", "alpha", "bravo"])
def test_triggers_in_the_database_are_the_declared_ones(
    casts: dict[str, Cast], by_hand: ByHand, settings: LazySettings, place: str
) -> None:
    schema = "public" if place == "public" else casts[place].organization.schema_name
    is_here = settings.SHARED_APPS if place == "public" else settings.ORGANIZATION_APPS
    found = set(by_hand("owner").execute(TRIGGERS, [schema]).fetchall())
    wanted = set()
    for model, trigger in registered():
        if not isinstance(trigger, AuditTrigger):
            continue
        if apps.get_app_config(model._meta.app_label).name not in is_here:
            continue
        function, _, arguments = trigger.render_execute(model).partition("(")
        constants = arguments.removesuffix(")").replace("'", "").split(", ")
        name, function = trigger.get_pgid(model), function.removeprefix("public.")
        args = "".join(f"{each}\\000" for each in constants)
        wanted.add((model._meta.db_table, name, function, args, "O"))
    assert found == wanted
    assert len(wanted) % 4 == 0
    assert wanted


def test_telemetry_has_no_audit_trigger(casts: dict[str, Cast], by_hand: ByHand) -> None:
    schema = casts["alpha"].organization.schema_name
    tables = {row[0] for row in by_hand("owner").execute(TRIGGERS, [schema]).fetchall()}
    assert not [table for table in tables if table.startswith("telemetry")]


def test_organization_s_schema_gets_no_function_for_it(
    casts: dict[str, Cast], by_hand: ByHand
) -> None:
    schema = casts["alpha"].organization.schema_name
    rows = (
        by_hand("owner")
        .execute("SELECT proname FROM pg_proc WHERE pronamespace = %s::regnamespace", [schema])
        .fetchall()
    )
    assert not [row[0] for row in rows if "audit" in row[0] or "pgtrigger" in row[0]]


def test_model_reads_every_column_of_the_trail(casts: dict[str, Cast], by_hand: ByHand) -> None:
    rows = (
        by_hand("owner")
        .execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_event'::regclass"
            " AND attnum > 0 AND NOT attisdropped"
        )
        .fetchall()
    )
    fields = {field.column for field in apps.get_model("audit.AuditEvent")._meta.concrete_fields}
    assert {row[0] for row in rows} == fields
