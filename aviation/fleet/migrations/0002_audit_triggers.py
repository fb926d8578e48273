"""Every row added, changed or deleted leaves an audit event."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("fleet", "0001_aircraft"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('aircraft', 'id', '')",
                    func="",
                    hash="0ec6a6b0cf58edcd8b29fca9579a113aace4b199",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_c2546",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('aircraft', 'id', '')",
                    func="",
                    hash="b725c3bcff816f6367312a45946574653b522e62",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_37c64",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('aircraft', 'id', '')",
                    func="",
                    hash="8c89f76a5bfd7b459c9ec7f975a2ba8028edbe0e",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_1075f",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('aircraft')",
                    func="",
                    hash="732f031073e37d205cd8365f812f91343876b6d9",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_397b4",
                    table="fleet_aircraft",
                    when="BEFORE",
                ),
            ),
        ),
    ]
