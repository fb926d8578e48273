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
                    execute="public.caching_changed_for('memberships', 'org_id')",
                    func="",
                    hash="aafb7dc7c8a84312e5417c1c4b2bf2d1431a9f0b",
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
                    execute="public.caching_changed_for('memberships', 'org_id')",
                    func="",
                    hash="60eaeb32675a01267cd7b705472f34268a57aad3",
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
                    execute="public.caching_changed_for('memberships', 'org_id')",
                    func="",
                    hash="0f596db17687c929122e050a37afb9f2c736b582",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_ecbc2",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
    ]
