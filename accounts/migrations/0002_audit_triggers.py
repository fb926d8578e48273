"""Every row added, changed or deleted leaves an audit event."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("accounts", "0001_people"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('membership', 'id', 'org_id')",
                    func="",
                    hash="918c61134c49d497e1d3356e8af07085dbb0e90a",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_bca51",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('membership', 'id', 'org_id')",
                    func="",
                    hash="d08330eff4bd625521721364db27dc41fe7374b9",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_c30b4",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('membership', 'id', 'org_id')",
                    func="",
                    hash="6a678e2f809fd659c0d2852019058b12377a3949",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_fe589",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('membership')",
                    func="",
                    hash="431c2cb279d5a1c84719f2ff7a4f8e3d9fb74670",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_5e8ed",
                    table="accounts_membership",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('person', 'id', '', 'password')",
                    func="",
                    hash="06fb9a188e822388c545240ba84ff8589b49b9b1",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_6f624",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('person', 'id', '', 'password')",
                    func="",
                    hash="88786ad2f3148489ff829aed21d290bf9841dab6",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_b852b",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('person', 'id', '', 'password')",
                    func="",
                    hash="4c808698d637535e1889666ea18e3c036b7b3750",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_5dfd0",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('person')",
                    func="",
                    hash="1837c2fed5a3aaab16b97d19813b6f82e7e355e6",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_64fdf",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
    ]
