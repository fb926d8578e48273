"""What cached values are made from notes its changes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("accounts", "0003_access"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('memberships', 'org_id')",
                    func="",
                    hash="7bff9fa887ba221e32d439cf97b027e43b374cec",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_b8fda",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('memberships', 'org_id')",
                    func="",
                    hash="227bfb86614260a5060de0c07dd087652d7c3e57",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_0b93a",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('memberships', 'org_id')",
                    func="",
                    hash="5878ee4efc9a403d438b6b266121c8a7ce29f5da",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_ecbc2",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
    ]
