"""Every row added, changed or deleted leaves an audit event."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("flights", "0001_flights_and_logs"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('flight_log', 'id', '')",
                    func="",
                    hash="69ae2af4f2e0c2f2b83f294d2e6df3cdffd1d467",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_e8ae7",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('flight_log', 'id', '')",
                    func="",
                    hash="ef6f59e5e8e69e12456a4b83ef0e2b83b2effba2",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_56c2c",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('flight_log', 'id', '')",
                    func="",
                    hash="7f37a95aecbe2e282badacefacc6d39d165b7b05",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_362cc",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('flight_log')",
                    func="",
                    hash="aaa0350c5ef761195c214ae66c0ff721f55e44fb",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_42df3",
                    table="flights_flightlog",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('flight', 'id', '')",
                    func="",
                    hash="c67d9784a57be3c3ee9fa864e6b7fca18222ec62",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_90eaf",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('flight', 'id', '')",
                    func="",
                    hash="4a37321cc0c79afb78b93eabefa63c56f7d09bb0",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_26e45",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('flight', 'id', '')",
                    func="",
                    hash="c04d8cea2c0c3263f80c1d152b1998f4316fe14a",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_386bd",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('flight')",
                    func="",
                    hash="5ed05fb9cdcf0e43a122a2699d9ac6ce9c054494",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_b3c0c",
                    table="flights_flightsession",
                    when="BEFORE",
                ),
            ),
        ),
    ]
